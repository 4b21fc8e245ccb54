"""Retrying: an admin tries a failed delivery or mail again, or lets writing to a tenant go on after it was stopped."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.approval import ApprovalStage, StageState
from selfservice.model.assignment import AlreadyEnding, Assignment, AssignmentState
from selfservice.model.audit import Account, Subject, event
from selfservice.model.delivery import Delivery, DeliveryKind
from selfservice.model.mail import OutboxMail
from selfservice.model.mirror import TenantBrake
from selfservice.model.refusal import NotAllowed, NotFound
from selfservice.model.request import AccessRequest
from selfservice.services import authority, caring, notifying
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import transaction


def retry_delivery(rt: Runtime, delivery_id: str, *, by: Actor) -> None:
    """Try the failed steps of a delivery once more; what was done stays done."""
    with transaction(rt.sessions) as tx:
        access = _access_of_grant(tx, delivery_id)
        delivery = tx.get(Delivery, delivery_id, with_for_update=True)
        if delivery is None or not authority.administers(rt.settings, delivery.tenant_id, by=by):
            raise NotFound
        at = rt.clock()
        if access is not None and access.state is not AssignmentState.ACTIVE:
            raise AlreadyEnding(
                "This access is being taken away already, or is gone, so nothing more is given.",
                next_step="Ask for it again, so that it is decided anew.",
                owner="The requestor",
            )
        delivery.retry(at=at)
        if delivery.kind is DeliveryKind.GRANT:
            request = tx.get_one(AccessRequest, delivery.request_id)
            tx.add(
                request.take(
                    "retry",
                    by=by,
                    at=at,
                    account=Account(details={"delivery": delivery.id}),
                )
            )
        elif delivery.kind is DeliveryKind.END:
            tx.add(tx.get_one(Assignment, delivery.assignment_id).retry_end(by=by, at=at))
        else:
            tx.add(caring.retry(tx, delivery, by=by, at=at))
        tenant_id = delivery.tenant_id
    rt.waker.wake("pump", tenant_id)


def _access_of_grant(tx: Session, delivery_id: str) -> Assignment | None:
    """Return the access that a granting delivery has begun to give, locked before the delivery, as ending locks it."""
    request_id = select(Delivery.request_id).where(Delivery.id == delivery_id, Delivery.kind == DeliveryKind.GRANT)
    return tx.scalar(select(Assignment).where(Assignment.request_id.in_(request_id)).with_for_update())


def resend_mail(rt: Runtime, mail_id: str, *, by: Actor) -> str | None:
    """Send a mail that failed once more, under the Message-ID that it had; return the request that it is about."""
    with transaction(rt.sessions) as tx:
        mail = tx.get(OutboxMail, mail_id, with_for_update=True)
        if mail is None or not authority.administers(rt.settings, mail.tenant_id, by=by):
            raise NotFound
        _ensure_still_asked(tx, mail)
        why = mail.failure
        mail.queue_again()
        subject = Subject(kind="mail", id=mail.id, tenant_id=mail.tenant_id)
        account = Account(why=why, details={"kind": mail.kind.value, "request": mail.request_id})
        tx.add(event("mail.resend", subject, by=by, at=rt.clock(), account=account))
    rt.waker.wake("mail")
    return mail.request_id


def release_brake(rt: Runtime, tenant_id: str, *, by: Actor) -> None:
    """Let writing to a tenant go on, once the reason why it was stopped is settled."""
    with transaction(rt.sessions) as tx:
        brake = tx.get(TenantBrake, tenant_id)
        if brake is None or not authority.administers(rt.settings, tenant_id, by=by):
            raise NotFound
        subject = Subject(kind="tenant", id=tenant_id, tenant_id=tenant_id)
        tx.add(
            event(
                "tenant.brakeReleased",
                subject,
                by=by,
                at=rt.clock(),
                account=Account(why=brake.cause),
            )
        )
        tx.delete(brake)
    rt.waker.wake("pump", tenant_id)


def _ensure_still_asked(tx: Session, mail: OutboxMail) -> None:
    """Refuse to ask anybody for a decision that is not wanted any more."""
    stage = tx.get(ApprovalStage, mail.once_key.split(":")[1]) if mail.kind in notifying.ASKING else None
    if stage is not None and stage.state is not StageState.OPEN:
        raise NotAllowed(
            "This mail asks for a decision that is not wanted any more.",
            next_step="Nothing needs to be sent.",
            owner="Nobody",
        )
