"""What an admin tries again is done once, and gives nothing that was meanwhile taken away."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from selfservice.model.actor import Role
from selfservice.model.assignment import AlreadyEnding, Assignment, AssignmentState
from selfservice.model.delivery import Delivery, DeliveryKind, DeliveryState, StepKind, StepState
from selfservice.model.mail import MailState
from selfservice.model.refusal import NotAllowed, NotFound
from selfservice.model.request import AccessRequest, RequestState
from selfservice.services import ending, retrying
from selfservice.store.transaction import reading, transaction
from tests.installation import Installation, installed
from tests.services.mailbox import Relay
from tests.services.making import ANN, DEE, TestRuntime
from tests.services.outbox_steps import REFUSED, events, ids, put_mail, runtime, send, the_mail
from tests.services.test_delivering import approved, deliver, settle_lag

rt = pytest.fixture(runtime)


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    with installed(tmp_path, database_url) as place:
        yield place


def failed_mail(rt: TestRuntime) -> str:
    put_mail(rt)
    send(rt, Relay(before=[REFUSED]))
    assert the_mail(rt).state is MailState.FAILED
    return the_mail(rt).id


def test_a_failed_mail_is_sent_again_under_its_own_message_id(rt: TestRuntime) -> None:
    retrying.resend_mail(rt, failed_mail(rt), by=DEE)
    relay = Relay()
    assert send(rt, relay) == 1
    assert ids(relay.left) == ["<one@localhost>"]
    assert the_mail(rt).state is MailState.SENT
    assert ("mail.resend", REFUSED.cause) in events(rt)


def test_a_mail_that_is_not_failed_is_not_sent_again(rt: TestRuntime) -> None:
    put_mail(rt)
    send(rt, Relay())
    with pytest.raises(NotAllowed):
        retrying.resend_mail(rt, the_mail(rt).id, by=DEE)


def test_a_stranger_cannot_send_a_mail_again(rt: TestRuntime) -> None:
    mail_id = failed_mail(rt)
    with pytest.raises(NotFound):
        retrying.resend_mail(rt, mail_id, by=ANN)
    assert the_mail(rt).state is MailState.FAILED


def partly(place: Installation, *, state: DeliveryState, step_state: StepState) -> tuple[str, str]:
    """Deliver, then make it look as if the last role had not been given for certain."""
    settle_lag(place)
    request_id = approved(place)
    deliver(place)
    with transaction(place.rt.sessions) as tx:
        grant = tx.scalars(select(Delivery).where(Delivery.kind == DeliveryKind.GRANT)).one()
        role = next(step for step in grant.steps if step.kind is StepKind.GIVE_ROLE)
        grant.state, role.state = state, step_state
        role.lease_until = place.rt.clock() + timedelta(minutes=1) if step_state is StepState.RUNNING else None
        request = tx.get_one(AccessRequest, request_id)
        working = state is DeliveryState.WORKING
        request.state = RequestState.DELIVERING if working else RequestState.PARTIALLY_DELIVERED
        return grant.id, tx.scalars(select(Assignment.id)).one()


@pytest.mark.slow
def test_a_delivery_whose_access_has_ended_gives_nothing_more(place: Installation) -> None:
    grant_id, access_id = partly(place, state=DeliveryState.PARTLY, step_state=StepState.FAILED)
    ending.end_access(place.rt, access_id, by=place.person("Ann Lee"), why="over")
    admin = replace(place.person("Dee Fox"), roles=frozenset({Role.ADMIN}))
    with pytest.raises(AlreadyEnding):
        retrying.retry_delivery(place.rt, grant_id, by=admin)
    deliver(place)
    assert len(place.writes(method="DELETE", path_holds="/members/")) == 1


@pytest.mark.slow
def test_ending_an_access_stops_what_is_still_being_given_and_takes_it_away_afterwards(place: Installation) -> None:
    grant_id, access_id = partly(place, state=DeliveryState.WORKING, step_state=StepState.RUNNING)
    ending.end_access(place.rt, access_id, by=place.person("Ann Lee"), why="over")
    with reading(place.rt.sessions) as tx:
        grant = tx.get_one(Delivery, grant_id)
        end = tx.scalars(select(Delivery).where(Delivery.kind == DeliveryKind.END)).one()
    assert grant.state is not DeliveryState.WORKING
    assert end.due_at > end.created_at
    deliver(place)
    with reading(place.rt.sessions) as tx:
        assert tx.get_one(Assignment, access_id).state is AssignmentState.ENDED
    assert len(place.writes(method="DELETE", path_holds="/members/")) == 1


@pytest.mark.slow
def test_a_role_whose_first_attempt_may_have_worked_is_taken_away_though_it_was_reset(place: Installation) -> None:
    grant_id, access_id = partly(place, state=DeliveryState.PARTLY, step_state=StepState.FAILED)
    admin = replace(place.person("Dee Fox"), roles=frozenset({Role.ADMIN}))
    retrying.retry_delivery(place.rt, grant_id, by=admin)
    ending.end_access(place.rt, access_id, by=place.person("Ann Lee"), why="over")
    deliver(place)
    assert len(place.writes(method="DELETE", path_holds="/members/")) == 1


@pytest.mark.slow
@pytest.mark.parametrize(("other_state", "removals"), [(StepState.DONE, 0), (StepState.FAILED, 1)])
def test_a_role_is_kept_only_where_another_access_has_really_given_it(
    place: Installation, other_state: StepState, removals: int
) -> None:
    _grant_id, access_id = partly(place, state=DeliveryState.DONE, step_state=StepState.DONE)
    other_access(place, other_state)
    ending.end_access(place.rt, access_id, by=place.person("Ann Lee"), why="over")
    deliver(place)
    assert len(place.writes(method="DELETE", path_holds="/members/")) == removals


def other_access(place: Installation, state: StepState) -> None:
    """Let the same guest hold another package that gives the same role, or failed to."""
    request_id = approved(place, "Month-end close")
    with transaction(place.rt.sessions) as tx:
        first, second = tx.scalars(
            select(Delivery).where(Delivery.kind == DeliveryKind.GRANT).order_by(Delivery.created_at)
        ).all()
        old, new = (next(step for step in one.steps if step.kind is StepKind.GIVE_ROLE) for one in (first, second))
        new.role_kind, new.resource_id, new.app_role_id = old.role_kind, old.resource_id, old.app_role_id
        new.state = state
        second.state = DeliveryState.PARTLY
        held = tx.scalars(select(Assignment)).one()
        tx.add(
            Assignment(
                tenant_id=held.tenant_id,
                package_id=held.package_id,
                package_name="Month-end close",
                request_id=request_id,
                guest_id=held.guest_id,
                sponsor_tenant_id=held.sponsor_tenant_id,
                sponsor_object_id=held.sponsor_object_id,
                sponsor_name=held.sponsor_name,
                starts_at=held.starts_at,
                ends_on=held.ends_on,
            )
        )
