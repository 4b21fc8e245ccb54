"""Looking after a guest object: which steps each kind of care takes, and what it is told."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from selfservice.model.delivery import Delivery, DeliveryKind, DeliveryStep, StepKind
from selfservice.model.guest import Guest
from selfservice.model.planning import GivenRole

STEPS_OF: Mapping[DeliveryKind, tuple[StepKind, ...]] = {
    DeliveryKind.BLOCK: (StepKind.BLOCK,),
    DeliveryKind.UNBLOCK: (StepKind.UNBLOCK,),
    DeliveryKind.DELETE: (StepKind.DELETE,),
    DeliveryKind.RESTORE: (StepKind.RESTORE, StepKind.SETTLE_IN, StepKind.UNBLOCK),
    DeliveryKind.SPONSORS: (StepKind.SET_SPONSORS,),
    DeliveryKind.LINK: (StepKind.INVITE, StepKind.MAIL),
    DeliveryKind.RESET: (StepKind.RESET_REDEMPTION, StepKind.MAIL),
    DeliveryKind.TREAT: (StepKind.TREAT,),
}
"""The steps of each kind. A repair has one for each role (`plan_repair`)."""


def plan_care(guest: Guest, kind: DeliveryKind, order: Mapping[str, object] | None = None, *, at: datetime) -> Delivery:
    """Return the delivery that does this for a guest; `order` is what its steps are told besides."""
    return _plan(guest, kind, [DeliveryStep(position=n, kind=step) for n, step in enumerate(STEPS_OF[kind])], order, at)


def plan_repair(
    guest: Guest, *, give: Iterable[GivenRole] = (), take: Iterable[GivenRole] = (), at: datetime
) -> Delivery:
    """Return the delivery that gives a guest roles that are missing, and takes away those that should be gone."""
    wanted = [*((StepKind.GIVE_ROLE, role) for role in give), *((StepKind.TAKE_ROLE, role) for role in take)]
    steps = [
        DeliveryStep(
            position=position,
            kind=kind,
            role_kind=role.kind,
            resource_id=role.resource_id,
            app_role_id=role.app_role_id,
            label=role.label,
        )
        for position, (kind, role) in enumerate(wanted)
    ]
    return _plan(guest, DeliveryKind.REPAIR, steps, None, at)


def _plan(
    guest: Guest, kind: DeliveryKind, steps: list[DeliveryStep], order: Mapping[str, object] | None, at: datetime
) -> Delivery:
    return Delivery(
        tenant_id=guest.tenant_id,
        kind=kind,
        guest_id=guest.id,
        guest_object_id=guest.object_id,
        order=dict(order or {}),
        created_at=at,
        due_at=at,
        steps=steps,
    )
