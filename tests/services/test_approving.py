"""Deciding: authority and content are checked in the transaction that decides, and of two approvers one decides."""

import threading
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from selfservice.model.actor import Actor
from selfservice.model.approval import Decision, Outcome
from selfservice.model.audit import AuditEvent
from selfservice.model.delivery import Delivery, StepKind
from selfservice.model.group import GroupMembership
from selfservice.model.mail import MailKind, OutboxMail
from selfservice.model.package import AccessPackage, ResourceRole, RoleKind
from selfservice.model.person import Person
from selfservice.model.refusal import NotFound, Stale
from selfservice.model.request import AccessRequest, RequestState, StepNotAllowed
from selfservice.services import approving, expiring, requesting
from selfservice.services.approving import ContentChanged
from selfservice.services.eligibility import TextRefused
from selfservice.services.voices import AlreadyDecided, ConflictOfInterest, NoLongerApprover
from selfservice.store.transaction import reading, transaction
from tests.services.making import ANN, BOB, CONTOSO, CY, DEE, EXPENSES_APPROVERS, LEE, TIER_0, WES, World
from tests.services.test_requesting import make_ask, the_request


def make_request(world: World, **changes: object) -> AccessRequest:
    return the_request(world, requesting.submit(world.rt, make_ask(world, **changes), by=ANN))


def approve(world: World, request: AccessRequest, *, by: Actor = BOB, seen: str | None = None) -> None:
    approving.approve(world.rt, request.id, by=by, seen=seen or request.content_hash, justification="ok for the close")


def test_the_last_approval_starts_the_delivery_in_the_same_commit(world: World) -> None:
    request = make_request(world)
    approve(world, request)
    with reading(world.rt.sessions) as tx:
        decided = tx.get_one(AccessRequest, request.id)
        delivery = tx.scalars(select(Delivery).where(Delivery.request_id == request.id)).one()
        told = tx.scalars(select(OutboxMail.to_address).where(OutboxMail.kind == MailKind.REQUEST_DECIDED)).all()
        events = tx.scalars(select(AuditEvent).where(AuditEvent.action == "request.approve")).all()
    (decision,) = decided.stages[0].decisions
    assert (decided.state, decision.name, decision.outcome) == (RequestState.DELIVERING, "Bob Ray", Outcome.APPROVE)
    assert decision.content_hash == request.content_hash
    assert [step.kind for step in delivery.steps][-2:] == [StepKind.GIVE_ROLE, StepKind.MAIL]
    assert "ann@fabrikam.example" in told
    assert [(event.why, event.details["content"]) for event in events] == [("ok for the close", request.content_hash)]
    assert ("pump", CONTOSO) in world.rt.waker.woken  # type: ignore[attr-defined]


def test_a_denial_needs_a_reason_and_delivers_nothing(world: World) -> None:
    request = make_request(world)
    with pytest.raises(TextRefused):
        approving.deny(world.rt, request.id, by=BOB, seen=request.content_hash, justification=" ")
    approving.deny(world.rt, request.id, by=BOB, seen=request.content_hash, justification="wrong package")
    with reading(world.rt.sessions) as tx:
        assert tx.scalars(select(Delivery)).all() == []
    assert the_request(world, request.id).state is RequestState.DENIED


@pytest.mark.parametrize("stranger", [ANN, CY, DEE, WES], ids=lambda actor: actor.name)
def test_whoever_was_not_asked_finds_nothing_to_decide(world: World, stranger: Actor) -> None:
    request = make_request(world)
    with pytest.raises(NotFound):
        approve(world, request, by=stranger)
    assert the_request(world, request.id).state is RequestState.PENDING_APPROVAL


def test_a_second_decision_is_refused_and_names_who_decided(world: World) -> None:
    request = make_request(world)
    approve(world, request, by=BOB)
    with pytest.raises(AlreadyDecided) as refusal:
        approving.deny(world.rt, request.id, by=LEE, seen=request.content_hash, justification="no")
    assert (refusal.value.decider, "Bob Ray" in refusal.value.cause) == ("Bob Ray", True)
    assert the_request(world, request.id).state is RequestState.DELIVERING


@pytest.mark.parametrize("state", ["withdrawn", "expired"])
def test_what_ended_cannot_be_approved_late(world: World, state: str) -> None:
    request = make_request(world)
    if state == "withdrawn":
        requesting.withdraw(world.rt, request.id, by=ANN)
    else:
        world.rt.clock.forward(timedelta(days=15))  # type: ignore[attr-defined]
        assert expiring.expire_requests(world.rt) == 1
    with pytest.raises(StepNotAllowed):
        approve(world, request)


CHANGES = {
    "guest_address": "mallory@partner.example",
    "guest_name": "Mallory",
    "justification": "something else",
    "message": "click here",
    "ends_on": date(2027, 12, 31),
    "sponsor_object_id": CY.object_id,
    "package_fingerprint": "0" * 64,
}


@pytest.mark.parametrize("changed", CHANGES)
def test_a_page_that_was_loaded_before_the_content_changed_cannot_decide(world: World, changed: str) -> None:
    request = make_request(world)
    with transaction(world.rt.sessions) as tx:
        setattr(tx.get_one(AccessRequest, request.id), changed, CHANGES[changed])
    with pytest.raises(ContentChanged):
        approve(world, request)
    assert the_request(world, request.id).state is RequestState.PENDING_APPROVAL


def test_a_package_that_gives_more_than_it_did_cannot_be_approved_unseen(world: World) -> None:
    request = make_request(world)
    with transaction(world.rt.sessions) as tx:
        package = tx.get_one(AccessPackage, world.expenses)
        package.roles.append(ResourceRole(kind=RoleKind.GROUP, resource_id=TIER_0, resource_name="Tier 0 Admins"))
    with pytest.raises(ContentChanged):
        approve(world, request)


def test_someone_who_left_the_approver_group_does_not_decide_any_more(world: World) -> None:
    request = make_request(world)
    with transaction(world.rt.sessions) as tx:
        tx.delete(tx.get_one(GroupMembership, (CONTOSO, EXPENSES_APPROVERS, BOB.object_id)))
    with pytest.raises(NoLongerApprover):
        approve(world, request, by=BOB)
    approve(world, request, by=LEE)


def test_an_approver_who_became_the_sponsor_is_refused_and_that_is_on_record(world: World) -> None:
    request = make_request(world)
    with transaction(world.rt.sessions) as tx:
        row = tx.get_one(AccessRequest, request.id)
        row.sponsor_tenant_id, row.sponsor_object_id = BOB.tenant_id, BOB.object_id
    with pytest.raises(ConflictOfInterest):
        approve(world, the_request(world, request.id), by=BOB)
    with reading(world.rt.sessions) as tx:
        events = tx.scalars(select(AuditEvent).where(AuditEvent.action == "request.decisionRefused")).all()
    assert [event.actor_object_id for event in events] == [BOB.object_id]


def test_s09_an_approver_whom_the_directory_disabled_cannot_decide(world: World) -> None:
    request = make_request(world)
    with transaction(world.rt.sessions) as tx:
        tx.get_one(Person, (CONTOSO, BOB.object_id)).enabled = False
    with pytest.raises(NoLongerApprover):
        approve(world, request, by=BOB)
    assert the_request(world, request.id).state is RequestState.PENDING_APPROVAL


@pytest.mark.slow
def test_of_two_approvers_who_press_at_the_same_moment_one_decides(world: World) -> None:
    for number in range(15):
        request = make_request(world, form_key=f"form-{number}", guest_address=f"gus{number}@partner.example")
        told = _press_together(world, request)
        with reading(world.rt.sessions) as tx:
            decisions = tx.scalars(select(Decision)).all()
            deliveries = tx.scalars(select(Delivery).where(Delivery.request_id == request.id)).all()
        assert len(decisions) == number + 1
        (winner,) = [name for name, refusal in told.items() if refusal is None]
        (late,) = [refusal for refusal in told.values() if refusal is not None]
        assert isinstance(late, AlreadyDecided)
        assert late.decider == winner
        approved = decisions[-1].outcome is Outcome.APPROVE if len(decisions) == 1 else None
        final = the_request(world, request.id)
        assert len(deliveries) == (1 if final.state is RequestState.DELIVERING else 0)
        assert approved in (None, final.state is RequestState.DELIVERING)


def _press_together(world: World, request: AccessRequest) -> dict[str, AlreadyDecided | Stale | None]:
    told: dict[str, AlreadyDecided | Stale | None] = {}
    start = threading.Barrier(2)

    def press(by: Actor, decide: str) -> None:
        start.wait()
        try:
            getattr(approving, decide)(
                world.rt, request.id, by=by, seen=request.content_hash, justification="at the same moment"
            )
            told[by.name] = None
        except (AlreadyDecided, Stale) as refusal:
            told[by.name] = refusal

    threads = [
        threading.Thread(target=press, args=(BOB, "approve")),
        threading.Thread(target=press, args=(LEE, "deny")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told
