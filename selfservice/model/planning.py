"""Which steps a delivery takes: written down in full when it is approved, so that everybody can see what will
happen.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from selfservice.model.assignment import Assignment
from selfservice.model.delivery import Delivery, DeliveryKind, DeliveryStep, StepKind
from selfservice.model.package import AccessPackage, RoleKind
from selfservice.model.request import AccessRequest


@dataclass(frozen=True, kw_only=True)
class GivenRole:
    """A resource role that a delivery has given."""

    kind: RoleKind
    resource_id: str
    app_role_id: str | None
    label: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What the role is, whatever it is called."""
        return (self.kind.value, self.resource_id, self.app_role_id or "")


def plan_grant(request: AccessRequest, package: AccessPackage, *, at: datetime) -> Delivery:
    """Return the delivery that gives what the request asks for."""
    before = (
        StepKind.RECHECK,
        StepKind.LOOK_UP,
        StepKind.INVITE,
        StepKind.SETTLE_IN,
        StepKind.PROFILE,
        StepKind.SPONSORS,
    )
    steps = [DeliveryStep(position=0, kind=kind) for kind in before]
    steps += [
        DeliveryStep(
            position=0,
            kind=StepKind.GIVE_ROLE,
            role_kind=role.kind,
            resource_id=role.resource_id,
            app_role_id=role.role_id,
            label=role.words,
        )
        for role in package.roles
    ]
    steps.append(DeliveryStep(position=0, kind=StepKind.MAIL))
    return Delivery(
        tenant_id=request.tenant_id,
        kind=DeliveryKind.GRANT,
        request_id=request.id,
        created_at=at,
        due_at=at,
        steps=_numbered(steps),
    )


def plan_end(
    assignment: Assignment,
    roles: Iterable[GivenRole],
    *,
    guest_object_id: str,
    at: datetime,
) -> Delivery:
    """Return the delivery that takes away what an assignment gave."""
    steps = [
        DeliveryStep(
            position=0,
            kind=StepKind.TAKE_ROLE,
            role_kind=role.kind,
            resource_id=role.resource_id,
            app_role_id=role.app_role_id,
            label=role.label,
        )
        for role in roles
    ]
    return Delivery(
        tenant_id=assignment.tenant_id,
        kind=DeliveryKind.END,
        request_id=assignment.request_id,
        assignment_id=assignment.id,
        guest_object_id=guest_object_id,
        created_at=at,
        due_at=at,
        steps=_numbered(steps),
    )


def role_of(step: DeliveryStep) -> GivenRole | None:
    """Return the role that a step gives or takes, or None for a step of another kind."""
    if step.role_kind is None or step.resource_id is None:
        return None
    return GivenRole(kind=step.role_kind, resource_id=step.resource_id, app_role_id=step.app_role_id, label=step.label)


def roles_of(steps: Iterable[DeliveryStep]) -> list[GivenRole]:
    """Return the roles of these steps, in their order."""
    return [role for role in map(role_of, steps) if role is not None]


def _numbered(steps: list[DeliveryStep]) -> list[DeliveryStep]:
    for position, step in enumerate(steps):
        step.position = position
    return steps
