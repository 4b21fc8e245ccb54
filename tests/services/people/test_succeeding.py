"""When a sponsor goes: the closest are asked one after the other, and meanwhile somebody answers and knows it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from selfservice.model.actor import Role
from selfservice.model.application import RoleHolder
from selfservice.model.approval import Decision, Outcome
from selfservice.model.assignment import Assignment
from selfservice.model.mail import MailKind
from selfservice.model.proposal import Proposal, ProposalKind, ProposalState
from selfservice.model.request import AccessRequest, RequestState
from selfservice.services import agreeing, handing, proposing, requesting, sponsoring, succeeding, succeeding_requests
from selfservice.store.transaction import reading, transaction
from tests.services.care.steps import guest, mails
from tests.services.drift.making import hold
from tests.services.leaving.steps import set_person, sponsors
from tests.services.making import ANN, BOB, CONTOSO, CY, DEE, EVE, START, World
from tests.services.mirror_steps import DAY, later
from tests.services.test_requesting import make_ask


@pytest.fixture
def guest_id(world: World) -> str:
    """Return a guest who holds Expenses, which Bob owns, and for whom Cy answers; Eve is the manager, Dee an admin."""
    with transaction(world.rt.sessions) as tx:
        tx.add(RoleHolder(tenant_id=CONTOSO, object_id=DEE.object_id, role=Role.ADMIN))
    set_person(world, CY, manager_id=EVE.object_id)
    return holder(world)


def holder(world: World, n: int = 1) -> str:
    return hold(world, n).guest_id


def asked(world: World, kind: ProposalKind = ProposalKind.SUCCESSION) -> list[list[str]]:
    with reading(world.rt.sessions) as tx:
        waiting = select(Proposal).where(Proposal.kind == kind, Proposal.state == ProposalState.OPEN)
        return [[each.name for each in proposal.waiting_for] for proposal in tx.scalars(waiting)]


def the_id(world: World) -> str:
    with reading(world.rt.sessions) as tx:
        return tx.scalars(select(Proposal.id).where(Proposal.state == ProposalState.OPEN)).one()


def answering(world: World, guest_id: str) -> set[str]:
    with reading(world.rt.sessions) as tx:
        return {ref.object_id for ref in sponsoring.sponsors_of(tx, guest(world, guest_id))}


def test_no_guest_goes_dark_when_a_sponsor_leaves_and_the_owner_knows_it(world: World, guest_id: str) -> None:
    set_person(world, CY, enabled=False)
    assert succeeding.succeed_due(world.rt) == 1
    assert succeeding.succeed_due(world.rt) == 0
    assert answering(world, guest_id) == {BOB.object_id}
    assert sponsors(world, guest_id)[BOB.ref]
    assert [(mail.to_name, mail.facts["reader"]) for mail in mails(world, MailKind.SPONSOR_INTERIM)] == [
        ("Bob Ray", "interim")
    ]
    assert asked(world) == [["Eve Stone"]]
    assert [mail.to_name for mail in mails(world, MailKind.PROPOSAL_MADE)] == ["Eve Stone"]


def test_the_manager_takes_over_and_nobody_answers_for_now_any_more(world: World, guest_id: str) -> None:
    set_person(world, CY, enabled=False)
    succeeding.succeed_due(world.rt)
    agreeing.accept(world.rt, the_id(world), by=EVE)
    assert sponsors(world, guest_id) == {EVE.ref: False}
    assert answering(world, guest_id) == {EVE.object_id}
    with reading(world.rt.sessions) as tx:
        assert tx.scalars(select(Assignment.sponsor_name)).all() == ["Eve Stone"]
    assert succeeding.succeed_due(world.rt) == 0


def test_the_next_is_asked_where_one_says_no_and_the_admins_stay_asked(world: World, guest_id: str) -> None:
    set_person(world, CY, enabled=False)
    succeeding.succeed_due(world.rt)
    agreeing.decline(world.rt, the_id(world), by=EVE, why="too many already")
    assert asked(world) == [["Bob Ray"]]
    later(world, 5 * DAY)
    agreeing.expire_proposals(world.rt)
    assert asked(world) == [["Bob Ray", "Dee Fox"]]
    for who in (BOB, DEE):
        agreeing.decline(world.rt, the_id(world), by=who, why="no")
    assert asked(world) == [["Dee Fox"]]
    assert {mail.to_name for mail in mails(world, MailKind.PROPOSAL_MADE)} == {"Eve Stone", "Bob Ray", "Dee Fox"}
    assert "admin" in {mail.facts["reader"] for mail in mails(world, MailKind.SPONSOR_INTERIM)}
    assert answering(world, guest_id) == {BOB.object_id}


def test_one_who_is_about_to_leave_is_asked_to_hand_over_and_answers_until_then(world: World, guest_id: str) -> None:
    set_person(world, CY, leaves_at=START + timedelta(days=31))
    assert succeeding.succeed_due(world.rt) == 0
    later(world, 2 * DAY)
    assert succeeding.succeed_due(world.rt) == 1
    assert [(mail.to_name, mail.facts["reader"]) for mail in mails(world, MailKind.SPONSOR_INTERIM)] == [
        ("Cy Novak", "leaving")
    ]
    assert answering(world, guest_id) == {CY.object_id}


def test_what_a_sponsor_chooses_goes_before_what_was_proposed_by_itself(world: World, guest_id: str) -> None:
    set_person(world, CY, leaves_at=START + timedelta(days=9))
    succeeding.succeed_due(world.rt)
    (proposal_id,) = handing.hand_over(world.rt, [guest_id], to=ANN.ref, why="we share it", by=CY)
    assert (asked(world), asked(world, ProposalKind.HAND_OVER)) == ([], [["Ann Lee"]])
    assert succeeding.succeed_due(world.rt) == 0
    agreeing.accept(world.rt, proposal_id, by=ANN)
    assert answering(world, guest_id) == {ANN.object_id}


def test_a_sponsor_who_has_not_been_there_for_long_is_followed(world: World, guest_id: str) -> None:
    set_person(world, CY, last_sign_in_at=START - timedelta(days=90))
    assert succeeding.succeed_due(world.rt) == 1
    assert asked(world) == [["Eve Stone"]]


def test_a_sponsor_who_is_back_stays(world: World, guest_id: str) -> None:
    set_person(world, CY, enabled=False)
    succeeding.succeed_due(world.rt)
    set_person(world, CY, enabled=True)
    succeeding.succeed_due(world.rt)
    assert asked(world) == []
    assert answering(world, guest_id) == {CY.object_id}
    assert BOB.ref not in sponsors(world, guest_id)


def test_what_an_admin_takes_back_is_not_proposed_again_at_once(world: World, guest_id: str) -> None:
    set_person(world, CY, enabled=False)
    succeeding.succeed_due(world.rt)
    proposing.withdraw(world.rt, the_id(world), by=DEE)
    assert succeeding.succeed_due(world.rt) == 0
    later(world, 31 * DAY)
    assert succeeding.succeed_due(world.rt) == 1


def test_many_guests_of_one_leaver_are_one_mail(world: World, guest_id: str) -> None:
    others = [holder(world, n) for n in (2, 3)]
    set_person(world, CY, enabled=False)
    assert succeeding.succeed_due(world.rt) == 3
    assert [mail.facts["count"] for mail in mails(world, MailKind.PROPOSAL_MADE)] == ["3"]
    with reading(world.rt.sessions) as tx:
        (bundle,) = tx.scalars(select(Proposal.bundle).distinct()).all()
    assert bundle is not None
    assert agreeing.accept_all(world.rt, bundle, by=EVE) == 3
    assert {tuple(answering(world, each)) for each in (guest_id, *others)} == {(EVE.object_id,)}


def test_nobody_is_asked_about_themself(world: World, guest_id: str) -> None:
    set_person(world, CY, enabled=False, manager_id=CY.object_id)
    succeeding.succeed_due(world.rt)
    assert asked(world) == [["Bob Ray"]]


def the_request(world: World, request_id: str) -> AccessRequest:
    with reading(world.rt.sessions) as tx:
        return tx.get_one(AccessRequest, request_id)


def test_a_request_that_waits_gets_another_sponsor_who_has_agreed(world: World) -> None:
    set_person(world, CY, manager_id=EVE.object_id)
    request_id = requesting.submit(world.rt, make_ask(world), by=CY)
    assert succeeding_requests.hand_on_due(world.rt) == 0
    set_person(world, CY, enabled=False)
    assert succeeding_requests.hand_on_due(world.rt) == 1
    assert succeeding_requests.hand_on_due(world.rt) == 0
    assert the_request(world, request_id).sponsor == CY.ref
    before = the_request(world, request_id).content_hash
    agreeing.accept(world.rt, the_id(world), by=EVE)
    assert the_request(world, request_id).sponsor == EVE.ref
    assert the_request(world, request_id).content_hash != before


def test_a_request_whose_sponsor_nobody_wants_to_be_is_taken_back(world: World) -> None:
    set_person(world, CY, manager_id=EVE.object_id)
    request_id = requesting.submit(world.rt, make_ask(world), by=CY)
    set_person(world, CY, enabled=False)
    succeeding_requests.hand_on_due(world.rt)
    agreeing.decline(world.rt, the_id(world), by=EVE, why="I do not know them")
    assert the_request(world, request_id).state is RequestState.CANCELED
    assert succeeding_requests.hand_on_due(world.rt) == 0


def test_a_request_that_was_decided_in_part_is_not_changed_but_taken_back(world: World) -> None:
    set_person(world, CY, manager_id=EVE.object_id)
    request_id = requesting.submit(world.rt, make_ask(world), by=CY)
    with transaction(world.rt.sessions) as tx:
        request = tx.get_one(AccessRequest, request_id)
        request.stages[0].decisions.append(
            Decision(
                tenant_id=BOB.tenant_id,
                object_id=BOB.object_id,
                name=BOB.name,
                outcome=Outcome.APPROVE,
                justification="",
                content_hash=request.content_hash,
                decided_at=START,
                principal_tenant_id=BOB.tenant_id,
                principal_object_id=BOB.object_id,
            )
        )
    set_person(world, CY, enabled=False)
    assert succeeding_requests.hand_on_due(world.rt) == 0
    assert the_request(world, request_id).state is RequestState.CANCELED
