"""Handing over: the old sponsor answers until a named colleague has agreed; then the colleague does, and only they."""

import pytest
from sqlalchemy import select

from selfservice.model.actor import Actor, PersonRef
from selfservice.model.delivery import Delivery, DeliveryKind
from selfservice.model.mail import MailKind
from selfservice.model.proposal import Proposal, ProposalClosed, ProposalState
from selfservice.model.refusal import NotFound
from selfservice.model.sponsor import GuestSponsor
from selfservice.services import agreeing, handing, sponsoring
from selfservice.services.eligibility import TextRefused
from selfservice.services.handing import CannotHandOver
from selfservice.store.transaction import reading, transaction
from tests.services.care.steps import events, guest, mails, make_guest
from tests.services.making import ANN, BOB, CY, START, World


def sponsored(world: World, n: int = 1, *, by: Actor = CY) -> str:
    """Make a guest for whom Cy answers."""
    guest_id = make_guest(world, n)
    row = GuestSponsor(guest_id=guest_id, tenant_id=by.tenant_id, object_id=by.object_id, name=by.name, since=START)
    with transaction(world.rt.sessions) as tx:
        tx.add(row)
    return guest_id


def sponsors(world: World, guest_id: str) -> tuple[PersonRef, ...]:
    known = guest(world, guest_id)
    with reading(world.rt.sessions) as tx:
        return sponsoring.sponsors_of(tx, known)


def orders(world: World) -> int:
    """Count what was ordered about sponsors in the directory."""
    with reading(world.rt.sessions) as tx:
        return len(tx.scalars(select(Delivery.id).where(Delivery.kind == DeliveryKind.SPONSORS)).all())


def state(world: World, proposal_id: str) -> ProposalState:
    with reading(world.rt.sessions) as tx:
        return tx.get_one(Proposal, proposal_id).state


def hand_over(world: World, *guest_ids: str) -> list[str]:
    return handing.hand_over(world.rt, guest_ids, to=ANN.ref, why="I change teams", by=CY)


def test_the_old_sponsor_answers_until_the_new_one_agrees(world: World) -> None:
    guest_id = sponsored(world)
    (proposal_id,) = hand_over(world, guest_id)
    assert (sponsors(world, guest_id), orders(world)) == ((CY.ref,), 0)
    agreeing.accept(world.rt, proposal_id, by=ANN)
    assert (sponsors(world, guest_id), orders(world)) == ((ANN.ref,), 1)
    assert [event.object_id for event in events(world, "guest.sponsorDropped")] == [guest_id]


def test_both_are_told(world: World) -> None:
    (proposal_id,) = hand_over(world, sponsored(world))
    agreeing.accept(world.rt, proposal_id, by=ANN)
    assert (len(mails(world, MailKind.PROPOSAL_MADE)), len(mails(world, MailKind.PROPOSAL_ANSWERED))) == (1, 1)


def test_a_decline_leaves_everything_as_it_was(world: World) -> None:
    guest_id = sponsored(world)
    (proposal_id,) = hand_over(world, guest_id)
    agreeing.decline(world.rt, proposal_id, by=ANN, why="I do not know them")
    assert (state(world, proposal_id), sponsors(world, guest_id)) == (ProposalState.DECLINED, (CY.ref,))
    with pytest.raises(ProposalClosed):
        agreeing.accept(world.rt, proposal_id, by=ANN)


def test_several_are_taken_over_at_once(world: World) -> None:
    ids = [sponsored(world, n) for n in (1, 2, 3)]
    made = hand_over(world, *ids)
    with reading(world.rt.sessions) as tx:
        bundle = tx.get_one(Proposal, made[0]).bundle
    assert bundle is not None
    assert agreeing.accept_all(world.rt, bundle, by=ANN) == len(ids)
    assert {sponsors(world, guest_id) for guest_id in ids} == {(ANN.ref,)}


def test_nobody_else_can_hand_over_or_agree(world: World) -> None:
    guest_id = sponsored(world)
    with pytest.raises(NotFound):
        handing.hand_over(world.rt, [guest_id], to=CY.ref, why="mine", by=ANN)
    (proposal_id,) = hand_over(world, guest_id)
    for stranger in (BOB, CY):
        with pytest.raises(NotFound):
            agreeing.accept(world.rt, proposal_id, by=stranger)


def test_a_reason_and_another_person_are_needed(world: World) -> None:
    guest_id = sponsored(world)
    with pytest.raises(TextRefused):
        handing.hand_over(world.rt, [guest_id], to=ANN.ref, why=" ", by=CY)
    with pytest.raises(CannotHandOver):
        handing.hand_over(world.rt, [guest_id], to=CY.ref, why="to myself", by=CY)
