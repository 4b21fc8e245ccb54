"""While somebody is away: who decides for them, for whom they decide, and the mail about what waits."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from selfservice.model.delegation import Delegation
from selfservice.services.preferring import digest_chosen
from selfservice.services.runtime import WebRuntime
from selfservice.store.transaction import reading
from tests.web.browser import HTMX, Visitor
from tests.web.cast import CAST
from tests.web.house_rules import text_of
from tests.web.world import actor_of

Visit = Callable[[str], Visitor]
WEEK = {"starts_on": "2026-11-24", "ends_on": "2026-11-30", "reason": "holiday"}


def delegations(rt: WebRuntime) -> list[Delegation]:
    with reading(rt.sessions) as tx:
        names = [CAST[who].object_id for who in ("bob", "cal")]
        return list(tx.scalars(select(Delegation).where(Delegation.object_id.in_(names))))


def hand_over(bob: Visitor, **changes: str) -> int:
    return bob.post("/away", {**WEEK, "person": CAST["cal"].object_id, **changes}).status_code


def test_a_colleague_is_found_and_decides_meanwhile(visit: Visit, rt: WebRuntime) -> None:
    bob = visit("bob")
    form = bob.form("/away")
    assert form["starts_on"] == "2026-11-24"
    assert bob.post("/away", {**WEEK, "person_search": "cal orr", "find": "yes"}).status_code == 200
    shown = text_of(bob.document)
    assert "Cal Orr" in shown
    assert "Who decides for you?" in shown
    assert delegations(rt) == []
    assert hand_over(bob) == 303
    assert [(each.name, each.delegate_name) for each in delegations(rt)] == [("Bob Ray", "Cal Orr")]
    bob.get("/away")
    assert "Cal Orr" in text_of(bob.document)
    cal = visit("cal")
    cal.get("/away")
    assert "Bob Ray 24 Nov 2026" in text_of(cal.document)


def test_the_search_for_a_colleague_answers_with_the_choices_alone(visit: Visit) -> None:
    bob = visit("bob")
    form = {**WEEK, "person_search": "cal", "find": "yes", "csrf_token": bob.csrf_token()}
    answer = bob.send("POST", "/away", data=form, headers=HTMX)
    assert "Cal Orr" in answer.get_data(as_text=True)
    assert "<html" not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"person": ""}, "Look for a colleague, and choose who decides for you."),
        ({"starts_on": ""}, "Choose the first day."),
        ({"ends_on": "never"}, "Choose the last day."),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_is_kept(
    visit: Visit, rt: WebRuntime, changes: dict[str, str], words: str
) -> None:
    bob = visit("bob")
    assert hand_over(bob, **changes) == 400
    assert words in text_of(bob.document)
    assert delegations(rt) == []


def test_s16_whoever_is_away_themself_is_refused_as_a_stand_in(visit: Visit, rt: WebRuntime) -> None:
    assert hand_over(visit("bob")) == 303
    cal = visit("cal")
    answer = cal.post("/away", {**WEEK, "person": CAST["bob"].object_id, "person_search": "bob"})
    assert answer.status_code == 403
    assert "holiday" in answer.get_data(as_text=True)
    assert len(delegations(rt)) == 1


def test_nobody_hands_over_to_themself_or_to_another_tenant(visit: Visit, rt: WebRuntime) -> None:
    bob = visit("bob")
    for who in ("bob", "eve"):
        assert hand_over(bob, person=CAST[who].object_id) == 403
    assert delegations(rt) == []


def test_a_delegation_is_ended_early_and_by_no_stranger(visit: Visit, rt: WebRuntime) -> None:
    bob = visit("bob")
    hand_over(bob)
    path = f"/away/{delegations(rt)[0].id}/end"
    assert visit("lee").post(path).status_code == 404
    assert bob.post(path).status_code == 303
    bob.get("/away")
    assert "over" in text_of(bob.document)
    assert delegations(rt)[0].ended_at is not None


def test_one_mail_a_day_is_chosen_and_given_up_again(visit: Visit, rt: WebRuntime) -> None:
    bob, by = visit("bob"), actor_of(CAST["bob"])
    assert bob.post("/away/mail", {"digest": "y"}).headers["Location"] == "/away?saved=yes"
    assert digest_chosen(rt, by=by)
    assert "digest" in bob.form("/away", action="/away/mail")
    bob.post("/away/mail", {})
    assert not digest_chosen(rt, by=by)


def test_the_page_is_reached_from_the_menu_and_the_inbox(visit: Visit) -> None:
    bob = visit("bob")
    for path in ("/", "/decide"):
        assert 'href="/away"' in bob.get(path).get_data(as_text=True)
