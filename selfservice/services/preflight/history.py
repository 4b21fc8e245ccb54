"""What invitations to the same domain came to before. Graph v1.0 does not show a tenant's list of allowed and denied
domains, so a refusal is the only way to learn of it.

https://learn.microsoft.com/entra/external-id/allow-deny-list
"""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.crossing.finding import Finding, Level
from selfservice.model.crossing.remedies import allow_domain
from selfservice.model.crossing.sides import Side
from selfservice.model.delivery import Delivery, DeliveryStep, StepKind, StepState
from selfservice.model.request import AccessRequest
from selfservice.services.preflight.card import PreflightLine, day, line_of

REMEMBERED = timedelta(days=30)
LIST_OF_DOMAINS = "domain-blocked"
ABOUT_DOMAINS = frozenset({LIST_OF_DOMAINS, "cross-tenant-blocked", "target-unresolvable"})


def refused_before(tx: Session, side: Side, domain: str, *, at: datetime) -> PreflightLine | None:
    """Return that the tenant refused the last invitation to this domain, and why; nothing where it let one in since."""
    last = tx.scalar(
        select(DeliveryStep)
        .join(Delivery, Delivery.id == DeliveryStep.delivery_id)
        .join(AccessRequest, AccessRequest.id == Delivery.request_id)
        .where(
            Delivery.tenant_id == side.tenant_id,
            AccessRequest.guest_domain == domain,
            DeliveryStep.kind == StepKind.INVITE,
            DeliveryStep.state.in_((StepState.DONE, StepState.FAILED)),
            DeliveryStep.settled_at > at - REMEMBERED,
        )
        .order_by(DeliveryStep.settled_at.desc(), DeliveryStep.id)
        .limit(1)
    )
    if last is None or last.state is not StepState.FAILED or last.code not in ABOUT_DOMAINS or last.settled_at is None:
        return None
    return line_of(
        Finding(
            level=Level.NOTE,
            text=f"On {day(last.settled_at.date())} an invitation to {domain} was refused: {last.cause}",
            owner=last.owner or side.owner,
            next_step=last.next_step,
            remedy=allow_domain(side, domain) if last.code == LIST_OF_DOMAINS else None,
        )
    )
