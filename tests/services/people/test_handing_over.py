"""A sponsor hands guests over: nothing changes until somebody has agreed, and then everything that names them does."""

import pytest
from sqlalchemy import select

from selfservice.model.actor import Actor
from selfservice.model.delivery import Delivery, DeliveryKind
from selfservice.model.mail import MailKind
from selfservice.model.proposal import Proposal, ProposalClosed, ProposalState
from selfservice.model.refusal import NotFound, Refused
from selfservice.services import agreeing, handing, proposing, sponsoring
from selfservice.services.eligibility import TextRefused
from selfservice.services.handing import CannotHandOver
from selfservice.services.overview.handing import guests_to_hand_over
from selfservice.services.overview.proposals import bundle_page, inbox, proposal_page
from selfservice.services.proposing import AlreadyProposed
from selfservice.store.transaction import reading
from tests.services.care.steps import events, guest, mails, make_guest
from tests.services.leaving.steps import set_person, sponsor, sponsors
from tests.services.making import ANN, BOB, CY, DEE, EVE, LEE, WES, World
from tests.services.mirror_steps import DAY, later


def hand(world: World, *guests: str, to: Actor = LEE, by: Actor = BOB) -> list[str]:
    return handing.hand_over(world.rt, guests, to=to.ref, why="I change teams", by=by)


def make(world: World, n: int = 1, who: Actor = BOB) -> str:
    guest_id = make_guest(world, n)
    sponsor(world, guest_id, who)
    return guest_id


def the_proposal(world: World, proposal_id: str) -> Proposal:
    with reading(world.rt.sessions) as tx:
        return tx.get_one(Proposal, proposal_id)


def test_until_the_colleague_agrees_the_old_sponsor_answers_and_after_it_the_new_one(world: World) -> None:
    guest_id = make(world)
    (proposal_id,) = hand(world, guest_id)
    assert set(sponsors(world, guest_id)) == {BOB.ref}
    assert [mail.to_name for mail in mails(world, MailKind.PROPOSAL_MADE)] == ["Lee Wu"]
    agreeing.accept(world.rt, proposal_id, by=LEE)
    assert set(sponsors(world, guest_id)) == {LEE.ref}
    with reading(world.rt.sessions) as tx:
        assert sponsoring.sponsors_of(tx, guest(world, guest_id)) == (LEE.ref,)
        orders = tx.scalars(select(Delivery).where(Delivery.kind == DeliveryKind.SPONSORS)).all()
    assert [[each["object_id"] for each in order.order["sponsors"]] for order in orders] == [  # type: ignore[attr-defined]
        [LEE.object_id]
    ]
    assert [mail.to_name for mail in mails(world, MailKind.PROPOSAL_ANSWERED)] == ["Bob Ray"]
    assert [mail.to_name for mail in mails(world, MailKind.SPONSOR_CHANGED)] == ["Lee Wu"]
    assert [event.actor_name for event in events(world, "guest.sponsorNamed")] == ["Lee Wu"]


def test_seven_guests_are_one_mail_one_page_and_one_answer(world: World) -> None:
    guests = [make(world, n) for n in range(1, 8)]
    ids = hand(world, *guests)
    (mail,) = mails(world, MailKind.PROPOSAL_MADE)
    assert (mail.facts["count"], mail.facts["guest"]) == ("7", "Guest 1, Guest 2, Guest 3 and 4 more")
    bundle = the_proposal(world, ids[0]).bundle
    assert bundle is not None
    assert [row.guest_name for row in bundle_page(world.rt, bundle, LEE)] == [f"Guest {n}" for n in range(1, 8)]
    assert len(inbox(world.rt, LEE).waiting) == len(inbox(world.rt, BOB).proposed) == 7
    assert agreeing.accept_all(world.rt, bundle, by=LEE) == 7
    assert {tuple(sponsors(world, guest_id)) for guest_id in guests} == {(LEE.ref,)}
    assert len(mails(world, MailKind.PROPOSAL_ANSWERED)) == len(mails(world, MailKind.SPONSOR_CHANGED)) == 1


def test_a_no_goes_back_with_its_reason_and_the_old_sponsor_stays(world: World) -> None:
    guest_id = make(world)
    (proposal_id,) = hand(world, guest_id)
    with pytest.raises(TextRefused):
        agreeing.decline(world.rt, proposal_id, by=LEE, why=" ")
    agreeing.decline(world.rt, proposal_id, by=LEE, why="not my project")
    assert set(sponsors(world, guest_id)) == {BOB.ref}
    (mail,) = mails(world, MailKind.PROPOSAL_ANSWERED)
    assert (mail.to_name, mail.facts["reason"], mail.facts["state"]) == ("Bob Ray", "not my project", "declined")
    with pytest.raises(ProposalClosed):
        agreeing.accept(world.rt, proposal_id, by=LEE)


def test_an_unanswered_one_lapses_and_whoever_proposed_it_is_told_once(world: World) -> None:
    (proposal_id,) = hand(world, make(world))
    assert agreeing.expire_proposals(world.rt) == 0
    later(world, 5 * DAY)
    assert agreeing.expire_proposals(world.rt) == 1
    assert agreeing.expire_proposals(world.rt) == 0
    assert the_proposal(world, proposal_id).state is ProposalState.EXPIRED
    assert [mail.facts["state"] for mail in mails(world, MailKind.PROPOSAL_ANSWERED)] == ["expired"]


@pytest.mark.parametrize("by", [ANN, CY, LEE, WES], ids=lambda actor: actor.name)
def test_a_stranger_cannot_hand_over_somebody_elses_guest(world: World, by: Actor) -> None:
    guest_id = make(world)
    with pytest.raises(NotFound):
        hand(world, guest_id, to=EVE, by=by)


@pytest.mark.parametrize("by", [ANN, CY, DEE, WES], ids=lambda actor: actor.name)
def test_nobody_else_answers_what_was_asked_of_one(world: World, by: Actor) -> None:
    (proposal_id,) = hand(world, make(world))
    with pytest.raises(NotFound):
        agreeing.accept(world.rt, proposal_id, by=by)
    with pytest.raises(NotFound):
        agreeing.decline(world.rt, proposal_id, by=by, why="no")


def test_only_whoever_is_concerned_sees_it(world: World) -> None:
    (proposal_id,) = hand(world, make(world))
    for reader in (BOB, LEE, DEE):
        assert proposal_page(world.rt, proposal_id, reader).guest_name == "Guest 1"
    for reader in (ANN, WES):
        with pytest.raises(NotFound):
            proposal_page(world.rt, proposal_id, reader)


def test_guests_go_to_active_employees_alone_and_never_to_oneself(world: World) -> None:
    guest_id = make(world)
    set_person(world, LEE, enabled=False)
    for to in (LEE, BOB, WES):
        with pytest.raises(CannotHandOver):
            hand(world, guest_id, to=to)


def test_the_same_is_proposed_once_until_it_is_taken_back(world: World) -> None:
    guest_id = make(world)
    (first,) = hand(world, guest_id)
    with pytest.raises(AlreadyProposed):
        hand(world, guest_id, to=DEE)
    with pytest.raises(NotFound):
        proposing.withdraw(world.rt, first, by=LEE)
    proposing.withdraw(world.rt, first, by=BOB)
    hand(world, guest_id, to=DEE)
    with pytest.raises(Refused):
        agreeing.accept(world.rt, first, by=LEE)


def test_an_admin_hands_over_for_a_sponsor_who_cannot(world: World) -> None:
    guest_id = make(world)
    (proposal_id,) = hand(world, guest_id, by=DEE)
    agreeing.accept(world.rt, proposal_id, by=LEE)
    assert set(sponsors(world, guest_id)) == {LEE.ref}
    assert sorted(mail.to_name for mail in mails(world, MailKind.SPONSOR_CHANGED)) == ["Lee Wu"]


def test_a_group_of_guests_is_all_or_nothing(world: World) -> None:
    mine, other = make(world), make(world, 2, LEE)
    with pytest.raises(NotFound):
        hand(world, mine, other, to=DEE)
    assert inbox(world.rt, DEE).waiting == ()


def test_the_form_offers_ones_own_guests_and_an_admin_the_one_they_came_from(world: World) -> None:
    mine, other = make(world), make(world, 2, LEE)
    assert [row.guest_id for row in guests_to_hand_over(world.rt, BOB, [other])] == [mine]
    assert [row.guest_id for row in guests_to_hand_over(world.rt, DEE, [other])] == [other]
    assert guests_to_hand_over(world.rt, WES, [mine, other]) == ()
