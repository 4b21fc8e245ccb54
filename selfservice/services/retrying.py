"""Retrying: an admin tries a failed delivery again, or lets writing to a tenant go on after it was stopped."""

from selfservice.model.actor import Actor
from selfservice.model.assignment import Assignment
from selfservice.model.audit import Account, Subject, event
from selfservice.model.delivery import Delivery, DeliveryKind
from selfservice.model.mirror import TenantBrake
from selfservice.model.refusal import NotFound
from selfservice.model.request import AccessRequest
from selfservice.services import authority
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import transaction


def retry_delivery(rt: Runtime, delivery_id: str, *, by: Actor) -> None:
    """Try the failed steps of a delivery once more; what was done stays done."""
    with transaction(rt.sessions) as tx:
        delivery = tx.get(Delivery, delivery_id, with_for_update=True)
        if delivery is None or not authority.administers(rt.settings, delivery.tenant_id, by=by):
            raise NotFound
        at = rt.clock()
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
        else:
            tx.add(tx.get_one(Assignment, delivery.assignment_id).retry_end(by=by, at=at))
        tenant_id = delivery.tenant_id
    rt.waker.wake("pump", tenant_id)


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
