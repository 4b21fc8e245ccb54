"""Roles that differ: what accesses give against the group memberships and app roles that the mirror knows of."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.delivery import Delivery, DeliveryKind, DeliveryStep, StepKind, StepState
from selfservice.model.directory import UserType
from selfservice.model.drift import DriftKind, HeldRole, Sight
from selfservice.model.group import GroupMembership
from selfservice.model.guest import Guest
from selfservice.model.mirror import MirrorKind
from selfservice.model.package import AccessPackage, PackageState, ResourceRole, RoleKind
from selfservice.model.person import Person
from selfservice.model.planning import GivenRole
from selfservice.services.drift_scope import AT_ONCE, Scope, settled, stream, under_way
from selfservice.services.foreseeing import RUNNING


@dataclass(frozen=True, kw_only=True)
class Holding:
    """Where the mirror keeps who holds roles of a kind. A group has no role: `role_id` is None."""

    kind: RoleKind
    tenant: ColumnElement[str]
    user: ColumnElement[str]
    resource: ColumnElement[str]
    role_id: ColumnElement[str] | None

    def names(self, resource: ColumnElement[str | None], role_id: ColumnElement[str | None]) -> ColumnElement[bool]:
        """Return the condition that this role is the one which is held."""
        same = self.resource == resource
        return same if self.role_id is None else and_(same, self.role_id == role_id)


HOLDINGS: Mapping[MirrorKind, Holding] = {
    MirrorKind.MEMBERS: Holding(
        kind=RoleKind.GROUP,
        tenant=GroupMembership.tenant_id.expression,
        user=GroupMembership.member_id.expression,
        resource=GroupMembership.group_id.expression,
        role_id=None,
    ),
    MirrorKind.HELD_ROLES: Holding(
        kind=RoleKind.APP_ROLE,
        tenant=HeldRole.tenant_id.expression,
        user=HeldRole.user_id.expression,
        resource=HeldRole.application_id.expression,
        role_id=HeldRole.app_role_id.expression,
    ),
}


def missing_roles(tx: Session, scope: Scope) -> Iterator[Sight]:
    """Roles that an access gives and that the directory does not have."""
    holding = HOLDINGS[scope.part]
    held = exists().where(
        holding.tenant == scope.tenant_id,
        holding.user == Guest.object_id,
        holding.names(DeliveryStep.resource_id.expression, DeliveryStep.app_role_id.expression),
    )
    query = (
        select(Guest, Assignment.id, DeliveryStep)
        .join(Assignment, Assignment.guest_id == Guest.id)
        .join(Delivery, and_(Delivery.request_id == Assignment.request_id, Delivery.kind == DeliveryKind.GRANT))
        .join(DeliveryStep, DeliveryStep.delivery_id == Delivery.id)
        .join(Person, and_(Person.tenant_id == Guest.tenant_id, Person.object_id == Guest.object_id))
        .where(
            Assignment.tenant_id == scope.tenant_id,
            Assignment.state == AssignmentState.ACTIVE,
            DeliveryStep.kind == StepKind.GIVE_ROLE,
            DeliveryStep.state.in_((StepState.DONE, StepState.FAILED)),
            DeliveryStep.role_kind == holding.kind,
            DeliveryStep.settled_at < scope.horizon,
            DeliveryStep.resource_id.in_(watched(scope, holding.kind)),
            Person.removed_at.is_(None),
            ~held,
            *settled(scope),
        )
    )
    for guest, assignment_id, step in stream(tx, query):
        yield Sight(
            kind=DriftKind.MISSING_ROLE,
            object_id=guest.object_id,
            name=guest.name,
            guest_id=guest.id,
            assignment_id=assignment_id,
            role=GivenRole(
                kind=holding.kind, resource_id=step.resource_id or "", app_role_id=step.app_role_id, label=step.label
            ),
            since=step.settled_at if step.state is StepState.FAILED else None,
            cause=f"The delivery failed half-way: {step.cause}" if step.state is StepState.FAILED else "",
        )


def unapproved_roles(tx: Session, scope: Scope) -> Iterator[Sight]:
    """Roles that the directory has and no access gives: one that has ended, or none at all."""
    holding = HOLDINGS[scope.part]
    guest = aliased(Guest)
    role_id = holding.role_id
    columns = (Person.object_id, Person.display_name, Person.mail, guest.id, holding.resource)
    query = (
        select(*columns, *(() if role_id is None else (role_id,)))
        .join(Person, and_(Person.tenant_id == holding.tenant, Person.object_id == holding.user))
        .outerjoin(guest, and_(guest.tenant_id == Person.tenant_id, guest.object_id == Person.object_id))
        .where(
            holding.tenant == scope.tenant_id,
            holding.resource.in_(watched(scope, holding.kind)),
            or_(Person.user_type == UserType.GUEST, guest.id.is_not(None)),
            Person.removed_at.is_(None),
            Person.object_id.not_in(under_way(scope)),
            ~_approved(scope, holding),
        )
    )
    if role_id is not None:
        query = query.where(role_id.in_(_watched_roles(scope)))
    for rows in tx.execute(query.execution_options(yield_per=AT_ONCE)).partitions():
        # A copy of plain values: the queries below use the same connection.
        yield from _judged(tx, scope, [tuple(row) for row in rows])


def _judged(tx: Session, scope: Scope, rows: list[tuple[str | None, ...]]) -> Iterator[Sight]:
    holding = HOLDINGS[scope.part]
    ended, tried = _ended(tx, scope, rows), _tried(tx, scope, rows)
    labels = _labels(tx, scope)
    for object_id, display_name, mail, guest_id, resource_id, *role_id in rows:
        app_role_id = role_id[0] if role_id else None
        key = (str(object_id), str(resource_id), app_role_id or "")
        role = GivenRole(
            kind=holding.kind,
            resource_id=str(resource_id),
            app_role_id=app_role_id,
            label=labels.get((str(resource_id), app_role_id or ""), "a role that an access package gives"),
        )
        over = ended.get(key)
        yield Sight(
            kind=DriftKind.ALIVE_AFTER_END if over else DriftKind.UNAPPROVED_ROLE,
            object_id=str(object_id),
            name=display_name or mail or str(object_id),
            guest_id=guest_id,
            assignment_id=over.assignment_id if over else None,
            role=role,
            since=over.ended_at if over else None,
            cause=over.cause if over else tried.get(key, ""),
        )


@dataclass(frozen=True, kw_only=True)
class _Over:
    """The access that had given a role, and when and how it ended."""

    assignment_id: str
    ended_at: datetime | None
    cause: str


Key = tuple[str, str, str]


def _ended(tx: Session, scope: Scope, rows: list[tuple[str | None, ...]]) -> Mapping[Key, _Over]:
    """Return, by user and role, the last access of them that gave it and has ended."""
    query = (
        select(Guest.object_id, DeliveryStep.resource_id, DeliveryStep.app_role_id, Assignment)
        .join(Assignment, Assignment.guest_id == Guest.id)
        .join(Delivery, and_(Delivery.request_id == Assignment.request_id, Delivery.kind == DeliveryKind.GRANT))
        .join(DeliveryStep, DeliveryStep.delivery_id == Delivery.id)
        .where(Guest.id.in_({row[3] for row in rows if row[3]}), Assignment.state == AssignmentState.ENDED)
        .where(DeliveryStep.kind == StepKind.GIVE_ROLE, DeliveryStep.attempt_id != "")
        .order_by(Assignment.ended_at)
    )
    last = {(user, resource or "", role or ""): access for user, resource, role, access in tx.execute(query)}
    taken = _taken(tx, [access.id for access in last.values()])
    return {
        key: _Over(
            assignment_id=access.id,
            ended_at=access.ended_at,
            cause="It was taken away when the access ended, and was added again in the directory by somebody else."
            if (access.id, key[1], key[2]) in taken
            else "It was not taken away when the access ended.",
        )
        for key, access in last.items()
    }


def _taken(tx: Session, assignment_ids: list[str]) -> frozenset[Key]:
    rows = tx.execute(
        select(Delivery.assignment_id, DeliveryStep.resource_id, DeliveryStep.app_role_id)
        .join(DeliveryStep, DeliveryStep.delivery_id == Delivery.id)
        .where(Delivery.assignment_id.in_(assignment_ids), DeliveryStep.kind == StepKind.TAKE_ROLE)
        .where(DeliveryStep.state == StepState.DONE)
    )
    return frozenset((access or "", resource or "", role or "") for access, resource, role in rows)


def _tried(tx: Session, scope: Scope, rows: list[tuple[str | None, ...]]) -> Mapping[Key, str]:
    """Return, by user and role, that a delivery of ours tried to give it and never learnt whether it did."""
    found = tx.execute(
        select(Delivery.guest_object_id, DeliveryStep.resource_id, DeliveryStep.app_role_id)
        .join(Guest, and_(Guest.tenant_id == Delivery.tenant_id, Guest.object_id == Delivery.guest_object_id))
        .join(DeliveryStep, DeliveryStep.delivery_id == Delivery.id)
        .where(Guest.id.in_({row[3] for row in rows if row[3]}), Delivery.tenant_id == scope.tenant_id)
        .where(DeliveryStep.kind == StepKind.GIVE_ROLE, DeliveryStep.state == StepState.FAILED)
    )
    words = "A delivery failed half-way: it may have given this after all."
    return {(user or "", resource or "", role or ""): words for user, resource, role in found}


def _approved(scope: Scope, holding: Holding) -> ColumnElement[bool]:
    """Return the condition that an access gives the role which is held, or gave it until a moment ago."""
    owner = aliased(Guest)
    live = or_(Assignment.state.in_(RUNNING), Assignment.ended_at >= scope.horizon)
    return (
        exists()
        .where(owner.tenant_id == scope.tenant_id, owner.object_id == holding.user)
        .where(Assignment.guest_id == owner.id, live)
        .where(Delivery.request_id == Assignment.request_id, Delivery.kind == DeliveryKind.GRANT)
        .where(DeliveryStep.delivery_id == Delivery.id, DeliveryStep.kind == StepKind.GIVE_ROLE)
        .where(holding.names(DeliveryStep.resource_id.expression, DeliveryStep.app_role_id.expression))
    )


def watched(scope: Scope, kind: RoleKind) -> Select[str]:
    """Return the groups or applications that packages have named for long enough to have been read."""
    return (
        select(ResourceRole.resource_id)
        .join(AccessPackage, AccessPackage.id == ResourceRole.package_id)
        .where(AccessPackage.tenant_id == scope.tenant_id, AccessPackage.state != PackageState.DRAFT)
        .where(AccessPackage.changed_at < scope.horizon, ResourceRole.kind == kind)
    )


def _watched_roles(scope: Scope) -> Select[str | None]:
    return watched(scope, RoleKind.APP_ROLE).with_only_columns(ResourceRole.role_id)


def _labels(tx: Session, scope: Scope) -> Mapping[tuple[str, str], str]:
    roles = tx.scalars(
        select(ResourceRole)
        .join(AccessPackage, AccessPackage.id == ResourceRole.package_id)
        .where(AccessPackage.tenant_id == scope.tenant_id)
    )
    return {(role.resource_id, role.role_id or ""): role.words for role in roles}
