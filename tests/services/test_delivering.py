"""Delivering through MSAL and HTTP to a simulated Graph that misbehaves: what is tried again, and what is not."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from selfservice.model.actor import Role
from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.audit import AuditEvent
from selfservice.model.delivery import Delivery, DeliveryState, DeliveryStep, StepKind, StepState
from selfservice.model.guest import Guest, GuestOrigin
from selfservice.model.mail import MailKind, OutboxMail
from selfservice.model.mirror import TenantBrake
from selfservice.model.package import AccessPackage
from selfservice.model.request import RequestState
from selfservice.services import delivering, ending, retrying
from selfservice.store.transaction import reading, transaction
from tests.installation import GUEST, Installation, installed

pytestmark = pytest.mark.slow


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    with installed(tmp_path, database_url) as place:
        yield place


@pytest.fixture
def quick_place(sqlite_url: str, tmp_path: Path) -> Iterator[Installation]:
    with installed(tmp_path, sqlite_url) as place:
        yield place


def contoso(place: Installation) -> str:
    return place.rt.settings.tenants["contoso"].tenant_id


def approved(place: Installation, package: str = "Expenses", *, address: str = GUEST) -> str:
    request_id = place.ask(package, address=address)
    place.approve(request_id)
    return request_id


def deliver(place: Installation, *, minutes: int = 30) -> None:
    """Pump until nothing is due, letting our clock run ahead over every wait."""
    ahead = {"by": timedelta()}

    def clock() -> datetime:
        return place.rt.clock() + ahead["by"]

    rt = replace(place.rt, clock=clock)
    for _ in range(minutes * 2):
        delivering.pump(rt, contoso(place))
        if not is_working(place):
            return
        ahead["by"] += timedelta(seconds=30)


def is_working(place: Installation) -> bool:
    with reading(place.rt.sessions) as tx:
        return tx.scalar(select(Delivery.id).where(Delivery.state == DeliveryState.WORKING)) is not None


def steps(place: Installation) -> dict[StepKind, DeliveryStep]:
    with reading(place.rt.sessions) as tx:
        delivery = tx.scalars(select(Delivery).order_by(Delivery.created_at.desc())).first()
        assert delivery is not None
        return {step.kind: step for step in delivery.steps}


def settle_lag(place: Installation) -> None:
    place.simulator.world.tenants[contoso(place)].behaviour.lag_seconds = 0.0


def test_an_approved_guest_is_invited_described_sponsored_given_access_and_mailed(place: Installation) -> None:
    settle_lag(place)
    request_id = approved(place)
    deliver(place)
    assert place.state(request_id) is RequestState.DELIVERED
    (invitation,) = place.writes(method="POST", path_holds="/invitations")
    assert invitation["body"]["sendInvitationMessage"] is False
    assert invitation["body"]["invitedUserType"] == "Guest"
    assert place.writes(method="PATCH", path_holds="/users/")
    assert place.writes(method="POST", path_holds="/sponsors/$ref")
    assert place.writes(method="POST", path_holds="/members/$ref")
    with reading(place.rt.sessions) as tx:
        assignment = tx.scalars(select(Assignment).where(Assignment.request_id == request_id)).one()
        guest = tx.get_one(Guest, assignment.guest_id)
        mails = tx.scalars(select(OutboxMail).where(OutboxMail.kind == MailKind.INVITATION)).all()
        effects = tx.scalars(select(AuditEvent).where(AuditEvent.action == "delivery.done")).all()
    assert (assignment.state, guest.origin, guest.address) == (AssignmentState.ACTIVE, GuestOrigin.INVITED, GUEST)
    assert [mail.to_address for mail in mails] == [GUEST]
    invited = next(event for event in effects if event.details["step"] == StepKind.INVITE)
    assert invited.graph_request_id == invitation["request_id"]
    assert invited.details["clientRequestId"] == invitation["client_request_id"]


def test_s48_every_invitation_says_guest_and_never_resets_a_redemption(quick_place: Installation) -> None:
    settle_lag(quick_place)
    approved(quick_place)
    approved(quick_place, "Expenses", address="ida@partner.example")
    deliver(quick_place)
    bodies = [row["body"] for row in quick_place.writes(method="POST", path_holds="/invitations")]
    assert bodies
    allowed = {
        "invitedUserEmailAddress",
        "invitedUserDisplayName",
        "inviteRedirectUrl",
        "sendInvitationMessage",
        "invitedUserType",
    }
    for body in bodies:
        assert set(body) <= allowed
        assert (body["invitedUserType"], body["sendInvitationMessage"]) == ("Guest", False)


def test_a_guest_who_was_there_is_adopted_and_gets_no_second_invitation(quick_place: Installation) -> None:
    settle_lag(quick_place)
    approved(quick_place, address="ida@partner.example")
    deliver(quick_place)
    assert quick_place.writes(method="POST", path_holds="/invitations") == []
    with reading(quick_place.rt.sessions) as tx:
        guest = tx.scalars(select(Guest)).one()
    assert guest.origin is GuestOrigin.ADOPTED
    assert guest.redeemed_at is not None


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "throttle", "retry_after": 7},
        {"kind": "throttle"},
        {"kind": "status", "status": 503},
        {"kind": "status", "status": 500},
        {"kind": "drop-before"},
        {"kind": "drop-after"},
        {"kind": "truncate"},
        {"kind": "html", "status": 502},
    ],
    ids=lambda fault: "-".join(str(part) for part in fault.values()),
)
def test_a_fault_on_any_write_ends_with_one_guest_and_one_membership(
    quick_place: Installation, fault: dict[str, object]
) -> None:
    settle_lag(quick_place)
    request_id = approved(quick_place)
    for path in ("/invitations", "/members/"):
        quick_place.fault(match={"method": "POST", "path": path}, times=1, **fault)
    deliver(quick_place)
    assert quick_place.state(request_id) is RequestState.DELIVERED
    users = quick_place.simulator.world.tenants[contoso(quick_place)].users.live.values()
    assert len([user for user in users if user["mail"] == GUEST]) == 1
    assert len(quick_place.writes(method="POST", path_holds="/members/$ref")) == 1


def test_while_the_directory_still_copies_a_new_guest_the_step_waits_and_says_so(quick_place: Installation) -> None:
    quick_place.simulator.world.tenants[contoso(quick_place)].behaviour.lag_seconds = 3600.0
    approved(quick_place)
    delivering.pump(quick_place.rt, contoso(quick_place))
    waiting = steps(quick_place)[StepKind.SETTLE_IN]
    assert (waiting.state, waiting.code) == (StepState.WAITING, "not-there-yet")
    assert "still copying" in waiting.cause
    settle_lag(quick_place)


def test_no_more_guests_are_invited_in_a_second_than_the_pace_allows(quick_place: Installation) -> None:
    settle_lag(quick_place)
    for number in range(4):
        approved(quick_place, address=f"kim{number}@partner.example")
    now = quick_place.rt.clock()
    delivering.pump(replace(quick_place.rt, clock=lambda: now), contoso(quick_place))
    assert len(quick_place.writes(method="POST", path_holds="/invitations")) == 2
    deliver(quick_place)
    assert len(quick_place.writes(method="POST", path_holds="/invitations")) == 4


def test_a_suspicious_activity_block_stops_the_tenant_until_an_admin_lets_it_go_on(quick_place: Installation) -> None:
    settle_lag(quick_place)
    first, second = approved(quick_place), approved(quick_place, address="kim@partner.example")
    quick_place.fault(match={"method": "POST", "path": "/invitations"}, kind="suspicious")
    deliver(quick_place, minutes=2)
    assert quick_place.state(first) is RequestState.DELIVERY_FAILED
    assert quick_place.state(second) is RequestState.DELIVERING
    assert delivering.due_tenants(quick_place.rt) == ()
    with reading(quick_place.rt.sessions) as tx:
        assert tx.get_one(TenantBrake, contoso(quick_place)).next_step
        failed = tx.scalars(select(Delivery).where(Delivery.request_id == first)).one()
    quick_place.end_faults()
    dee = replace(quick_place.person("Dee Fox"), roles=frozenset({Role.ADMIN}))
    retrying.release_brake(quick_place.rt, contoso(quick_place), by=dee)
    retrying.retry_delivery(quick_place.rt, failed.id, by=dee)
    deliver(quick_place)
    assert {quick_place.state(first), quick_place.state(second)} == {RequestState.DELIVERED}


def test_what_will_not_pass_is_set_aside_with_cause_owner_and_next_step(quick_place: Installation) -> None:
    settle_lag(quick_place)
    tenant = quick_place.simulator.world.tenants[contoso(quick_place)]
    tenant.policies["authorization"]["allowInvitesFrom"] = "none"
    request_id = approved(quick_place)
    deliver(quick_place)
    failed = steps(quick_place)[StepKind.INVITE]
    assert quick_place.state(request_id) is RequestState.DELIVERY_FAILED
    assert (failed.state, failed.attempts) == (StepState.FAILED, 1)
    assert failed.cause
    assert failed.owner
    assert failed.next_step


def test_a_package_that_changed_after_approval_is_not_delivered(quick_place: Installation) -> None:
    request_id = approved(quick_place)
    with transaction(quick_place.rt.sessions) as tx:
        package = tx.scalars(select(AccessPackage).where(AccessPackage.name == "Expenses")).one()
        package.roles[0].resource_id = "99999999-0000-4000-8000-000000000000"
    deliver(quick_place)
    assert quick_place.state(request_id) is RequestState.DELIVERY_FAILED
    assert quick_place.writes(method="POST", path_holds="/invitations") == []


def test_s09_an_approver_who_was_disabled_after_deciding_lets_nothing_be_delivered(quick_place: Installation) -> None:
    request_id = approved(quick_place)
    bob = quick_place.person("Bob Ray")
    users = quick_place.simulator.world.tenants[contoso(quick_place)].users
    users.change(bob.object_id, {"accountEnabled": False})
    deliver(quick_place)
    assert quick_place.state(request_id) is RequestState.DELIVERY_FAILED
    assert "Bob Ray" in steps(quick_place)[StepKind.RECHECK].cause
    assert quick_place.writes(method="POST", path_holds="/invitations") == []


def test_the_sponsor_ends_the_access_and_the_directory_follows(place: Installation) -> None:
    settle_lag(place)
    approved(place)
    deliver(place)
    with reading(place.rt.sessions) as tx:
        assignment = tx.scalars(select(Assignment)).one()
    ending.end_access(place.rt, assignment.id, by=place.person("Ann Lee"), why="the month is closed")
    deliver(place)
    assert len(place.writes(method="DELETE", path_holds="/members/")) == 1
    with reading(place.rt.sessions) as tx:
        ended = tx.get_one(Assignment, assignment.id)
    assert (ended.state, ended.end_reason) == (AssignmentState.ENDED, "the month is closed")
    assert place.writes(method="DELETE", path_holds="/users/") == []


def test_a_zombie_that_lost_its_lease_cannot_settle(quick_place: Installation) -> None:
    settle_lag(quick_place)
    approved(quick_place)
    rt = quick_place.rt
    work = delivering.claim(rt, contoso(quick_place))
    assert work is not None

    def later() -> datetime:
        return rt.clock() + rt.settings.intervals.lease * 2

    assert delivering.claim(replace(rt, clock=later), contoso(quick_place)) is not None
    delivering.attempt(rt, work)
    assert steps(quick_place)[StepKind.RECHECK].state is StepState.RUNNING
