"""Deciding: the inbox holds what waits for me; the page holds what I need to know, of my tenant alone."""

import pytest
from sqlalchemy import delete

from selfservice.model.actor import Actor, PersonRef
from selfservice.model.directory import RedemptionState, UserType
from selfservice.model.group import GroupMembership
from selfservice.model.person import Person
from selfservice.model.refusal import NotFound
from selfservice.services import approving, requesting
from selfservice.services.overview import deciding
from selfservice.store.transaction import transaction
from tests.services.making import ANN, BOB, CONTOSO, CY, DEE, EVE, FABRIKAM, LEE, WES, WOODGROVE, World
from tests.services.overview.conftest import CountQueries
from tests.services.overview.journeys import Journey, begin, second_package, wait


def waiting(world: World, by: Actor) -> list[str]:
    return [row.id for row in deciding.inbox(world.rt, by).rows]


def at_woodgrove(world: World) -> Journey:
    return begin(world, form_key="form-w", package_id=world.design)


def test_a_request_waits_for_every_approver_and_for_nobody_else(world: World) -> None:
    journey = begin(world)
    for approver in (BOB, LEE):
        assert waiting(world, approver) == [journey.request_id]
    for other in (ANN, CY, DEE, EVE, WES):
        assert waiting(world, other) == []


def test_s23_an_approver_of_one_tenant_never_sees_a_row_of_another(world: World) -> None:
    here, there = begin(world), at_woodgrove(world)
    assert waiting(world, BOB) == [here.request_id]
    assert waiting(world, WES) == [there.request_id]
    history = deciding.decision_page(world.rt, here.request_id, BOB).history
    assert [row.id for row in history] == []
    with pytest.raises(NotFound):
        deciding.decision_page(world.rt, there.request_id, BOB)


def test_a_decided_request_leaves_every_inbox_and_stays_under_settled(world: World) -> None:
    journey = begin(world).agree()
    for approver in (BOB, LEE):
        assert waiting(world, approver) == []
        (row,) = deciding.inbox(world.rt, approver, show="decided").rows
        assert (row.id, row.decided_by, row.state_words) == (journey.request_id, "Bob Ray", "being delivered")
    assert deciding.inbox(world.rt, WES, show="decided").rows == ()


def test_a_withdrawn_request_waits_for_nobody(world: World) -> None:
    journey = begin(world)
    requesting.withdraw(world.rt, journey.request_id, by=ANN)
    assert waiting(world, BOB) == []


def test_the_oldest_comes_first_and_pages_neither_repeat_nor_skip(world: World) -> None:
    made = []
    for number in range(30):
        made.append(begin(world, form_key=f"f{number}", guest_address=f"gus{number}@partner.example").request_id)
        wait(world.rt, seconds=1)
    first = deciding.inbox(world.rt, BOB)
    second = deciding.inbox(world.rt, BOB, first.next_after)
    assert [row.id for row in (*first.rows, *second.rows)] == made
    assert second.next_after is None


def test_the_page_says_who_else_may_decide(world: World) -> None:
    page = deciding.decision_page(world.rt, begin(world).request_id, BOB)
    assert (page.others, page.may_decide, page.why_not) == (("Lee Wu",), True, "")
    assert page.request.can_decide


def test_who_was_faster_is_named_to_the_other_approver(world: World) -> None:
    journey = begin(world).agree()
    page = deciding.decision_page(world.rt, journey.request_id, LEE)
    assert (page.may_decide, page.decided_by) == (False, "Bob Ray")


def test_who_left_the_approvers_may_still_look_but_not_decide(world: World) -> None:
    journey = begin(world)
    with transaction(world.rt.sessions) as tx:
        tx.execute(delete(GroupMembership).where(GroupMembership.member_id == BOB.object_id))
    page = deciding.decision_page(world.rt, journey.request_id, BOB)
    assert not page.may_decide
    assert page.why_not == "You are not an approver of this access package any more."


@pytest.mark.parametrize("other", [ANN, CY, DEE, WES], ids=lambda actor: actor.name)
def test_s22_whoever_was_not_asked_finds_no_decision_page(world: World, other: Actor) -> None:
    journey = begin(world)
    with pytest.raises(NotFound) as forbidden:
        deciding.decision_page(world.rt, journey.request_id, other)
    with pytest.raises(NotFound) as absent:
        deciding.decision_page(world.rt, "0" * 32, other)
    assert vars(forbidden.value) == vars(absent.value)


def test_a_stranger_is_a_stranger(world: World) -> None:
    known = deciding.decision_page(world.rt, begin(world).request_id, BOB).known
    assert (known.exists, known.redemption, known.holds) == (False, "", ())
    assert (known.domain, known.is_home_domain_of, known.ascii_domain_differs) == ("partner.example", "", False)


def test_a_known_guest_shows_how_they_stand_and_what_they_hold(world: World) -> None:
    first = begin(world).deliver().accept()
    second = begin(world, form_key="form-2", package_id=second_package(world), directory=first.directory)
    page = deciding.decision_page(world.rt, second.request_id, LEE)
    assert (page.known.exists, page.known.redemption, page.known.holds) == (True, "accepted", ("Expenses",))
    assert [row.id for row in page.history] == [first.request_id]


def test_a_guest_whom_only_the_mirror_knows_is_known_and_blocked(world: World) -> None:
    with transaction(world.rt.sessions) as tx:
        for tenant_id, enabled in ((CONTOSO, False), (WOODGROVE, True)):
            tx.add(
                Person(
                    tenant_id=tenant_id,
                    object_id="99000000-0000-4000-8000-0000000000aa",
                    display_name=f"Gus of {tenant_id}",
                    mail_key="gus@partner.example",
                    user_type=UserType.GUEST,
                    enabled=enabled,
                    redemption_state=RedemptionState.PENDING,
                )
            )
    known = deciding.decision_page(world.rt, begin(world).request_id, BOB).known
    assert (known.exists, known.enabled, known.redemption) == (True, False, "pending")
    assert known.display_name == f"Gus of {CONTOSO}"


def test_s56_a_domain_with_letters_beyond_a_to_z_is_flagged_and_shown_both_ways(world: World) -> None:
    journey = begin(world, guest_address="gus@m\u00fcnchen.example")
    known = deciding.decision_page(world.rt, journey.request_id, BOB).known
    assert known.domain.startswith("xn--")
    assert known.ascii_domain_differs
    assert known.shown_domain != known.domain


def test_an_employee_of_a_home_tenant_is_shown_as_one(world: World) -> None:
    journey = begin(world, for_self=True, guest_address="")
    known = deciding.decision_page(world.rt, journey.request_id, BOB).known
    assert known.is_home_domain_of == "Fabrikam"


def test_what_the_page_says_may_be_decided_is_decided(world: World) -> None:
    journey = begin(world, sponsor=PersonRef(tenant_id=FABRIKAM, object_id=CY.object_id))
    page = deciding.decision_page(world.rt, journey.request_id, LEE)
    approving.approve(world.rt, journey.request_id, by=LEE, seen=page.request.content_hash, justification="")
    assert journey.page().row.state == "delivering"


def test_an_inbox_costs_the_same_however_full_it_is(world: World, queries: CountQueries) -> None:
    begin(world)
    one = queries(lambda: deciding.inbox(world.rt, BOB))
    for number in range(10):
        begin(world, form_key=f"f{number}", guest_address=f"gus{number}@partner.example")
    assert queries(lambda: deciding.inbox(world.rt, BOB)) == one <= 7
