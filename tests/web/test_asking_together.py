"""Asking for several packages at once: one form, a request each, and a word about every one."""

from collections.abc import Callable

from sqlalchemy import func, select

from selfservice.model.package import AccessPackage
from selfservice.model.request import AccessRequest
from selfservice.services.runtime import WebRuntime
from selfservice.store.transaction import reading, transaction
from tests.web.browser import Visitor
from tests.web.cast import CAST
from tests.web.world import World

Visit = Callable[[str], Visitor]
PATH = "/catalog/together"


def requests_of(rt: WebRuntime, who: str) -> dict[str, AccessRequest]:
    """Return somebody's own requests by package."""
    with reading(rt.sessions) as tx:
        found = tx.scalars(
            select(AccessRequest).where(
                AccessRequest.requestor_object_id == CAST[who].object_id, AccessRequest.for_self
            )
        )
        return {request.package_id: request for request in found}


def filled(visitor: Visitor, world: World) -> dict[str, object]:
    """Return the form for both packages, as a browser would send it."""
    page = visitor.form(f"{PATH}?package={world.package}&package={world.other_package}", action=PATH)
    return {**page, "package": [world.package, world.other_package], "justification": "for the close"}


def test_one_form_is_a_request_in_each_tenant(visit: Visit, world: World, rt: WebRuntime) -> None:
    eve = visit("eve")
    sent = eve.post(PATH, filled(eve, world))
    assert (sent.status_code, sent.headers["Location"]) == (303, f"{PATH}/result")
    asked = requests_of(rt, "eve")
    assert set(asked) == {world.package, world.other_package}
    assert len({request.tenant_id for request in asked.values()}) == 2
    assert {request.justification for request in asked.values()} == {"for the close"}
    assert {request.ends_on for request in asked.values()} == {asked[world.package].ends_on}
    told = eve.get(f"{PATH}/result").get_data(as_text=True)
    assert "2 of 2 packages asked for" in told
    assert all(f"/requests/{request.id}" in told for request in asked.values())


def test_the_same_form_sent_twice_asks_once(visit: Visit, world: World, rt: WebRuntime) -> None:
    eve = visit("eve")
    form = filled(eve, world)
    assert [eve.post(PATH, form).status_code for _ in range(2)] == [303, 303]
    assert len(requests_of(rt, "eve")) == 2
    assert "2 of 2" in eve.get(f"{PATH}/result").get_data(as_text=True)


def test_what_one_tenant_refuses_the_other_still_gets(visit: Visit, world: World, rt: WebRuntime) -> None:
    eve = visit("eve")
    form = filled(eve, world)
    with transaction(rt.sessions) as tx:
        tx.get_one(AccessPackage, world.package).for_self = False
    assert eve.post(PATH, form).status_code == 303
    assert set(requests_of(rt, "eve")) == {world.other_package}
    told = eve.get(f"{PATH}/result").get_data(as_text=True)
    assert "1 of 2 packages asked for" in told
    again = f"{PATH}?package={world.package}&amp;again=yes"
    assert again in told
    assert "for the close" in eve.get(again.replace("&amp;", "&")).get_data(as_text=True)


def test_nothing_is_asked_for_while_a_field_is_missing(visit: Visit, world: World, rt: WebRuntime) -> None:
    eve = visit("eve")
    refused = eve.post(PATH, {**filled(eve, world), "justification": " "})
    assert refused.status_code == 400
    assert refused.get_data(as_text=True).count("Say in a sentence what it is for.") == 2
    assert requests_of(rt, "eve") == {}


def test_a_package_that_is_none_of_mine_is_not_found(visit: Visit, world: World, rt: WebRuntime) -> None:
    with transaction(rt.sessions) as tx:
        before = tx.scalar(select(func.count()).select_from(AccessRequest))
    eve, bob = visit("eve"), visit("bob")
    eve.get(f"{PATH}?package={world.package}&package={world.draft}", status=404)
    bob.get(f"{PATH}?package={world.package}", status=404)
    assert bob.post(PATH, {"package": world.package}).status_code == 404
    with transaction(rt.sessions) as tx:
        assert tx.scalar(select(func.count()).select_from(AccessRequest)) == before


def test_more_than_a_page_can_show_are_refused_by_name(visit: Visit) -> None:
    query = "&".join(f"package={number:032}" for number in range(21))
    refused = visit("eve").get(f"{PATH}?{query}", status=409)
    assert "20 can be asked for at once" in refused.get_data(as_text=True)


def test_the_catalog_offers_to_choose_what_i_can_ask_for_myself(visit: Visit, world: World) -> None:
    eve = visit("eve")
    for path, offered in (("/catalog", True), ("/catalog?door=self", True), ("/catalog?door=invite", False)):
        page = eve.get(path).get_data(as_text=True)
        assert (f'id="choose-{world.package}"' in page) is offered
        assert ("Ask for those chosen, together" in page) is offered
