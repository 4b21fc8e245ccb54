"""The tenant that an admin or auditor belongs to: how fresh its mirror is, what its directory allows, and whether
writing to it has stopped.
"""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from selfservice.config.settings import Tenant
from selfservice.model.actor import Actor
from selfservice.model.application import Application
from selfservice.model.directory import UserType
from selfservice.model.group import Group
from selfservice.model.mirror import OPTIONAL, MirrorKind, MirrorState, TenantBrake, TenantPolicy
from selfservice.model.person import Person
from selfservice.services import authority
from selfservice.services.overview.admin_rows import BrakeRow, MirrorRow, PolicyRow, TenantRow
from selfservice.services.overview.marks import mark_of
from selfservice.services.overview.rows import Tone
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading

KINDS = {
    MirrorKind.USERS: "people",
    MirrorKind.GROUPS: "groups",
    MirrorKind.APPLICATIONS: "applications",
    MirrorKind.MANAGERS: "managers",
    MirrorKind.MEMBERS: "members of groups",
    MirrorKind.ROLE_HOLDERS: "admins and auditors",
    MirrorKind.POLICIES: "policies about guests",
    MirrorKind.GUEST_SPONSORS: "sponsors of guests",
    MirrorKind.SIGN_INS: "last sign-ins",
    MirrorKind.LEAVE_TIMES: "when members leave",
    MirrorKind.HELD_ROLES: "holders of app roles",
}
INVITERS = {
    "none": ("Nobody may invite guests, not even this application.", Tone.BAD),
    "adminsAndGuestInviters": ("Only admins and guest inviters may invite guests.", Tone.BAD),
    "adminsGuestInvitersAndAllMembers": ("Members may invite guests.", Tone.GOOD),
    "everyone": ("Everyone may invite guests.", Tone.GOOD),
}
GUEST_ROLES = {
    "a0b1b346-4d3e-4e8b-98f8-753987be4970": "Guests see the directory as members do.",
    "10dae51f-b6af-4016-8d66-8c2a99b929b3": "Guests see a little of the directory.",
    "2af84b1e-32c8-42b7-82bc-daa82404023b": "Guests see nothing of the directory but themselves.",
}
"""What a guest sees. Source: https://learn.microsoft.com/graph/api/resources/authorizationpolicy"""

PASSCODES = {
    "disabled": ("Guests without an account that Entra knows must create a Microsoft account.", Tone.WAITING),
}


def tenants(rt: Runtime, by: Actor) -> tuple[TenantRow, ...]:
    """Return the tenants that the actor oversees: the one they are signed in at."""
    tenant = rt.settings.tenant_by_id(by.tenant_id)
    if tenant is None or not by.roles & authority.OVERSEERS:
        return ()
    with reading(rt.sessions) as tx:
        return (_row(tx, rt, tenant, by=by),)


def _row(tx: Session, rt: Runtime, tenant: Tenant, *, by: Actor) -> TenantRow:
    tenant_id = tenant.tenant_id
    policy, brake = tx.get(TenantPolicy, tenant_id), tx.get(TenantBrake, tenant_id)
    people, guests = _people(tx, tenant_id)
    return TenantRow(
        tenant=mark_of(rt.settings, tenant_id),
        is_home=tenant.is_home,
        is_resource=tenant.is_resource,
        cloud=tenant.cloud.name,
        domains=tenant.domains,
        people=people,
        guests=guests,
        groups=_count(tx, Group, tenant_id),
        applications=_count(tx, Application, tenant_id),
        mirror=_mirror(tx, tenant_id),
        policies=_policies(policy) if policy else (),
        brake=BrakeRow(pulled_at=brake.pulled_at, cause=brake.cause, next_step=brake.next_step) if brake else None,
        can_release=brake is not None and authority.administers(rt.settings, tenant_id, by=by),
    )


def _people(tx: Session, tenant_id: str) -> tuple[int, int]:
    counted = tx.execute(
        select(Person.user_type, func.count())
        .where(Person.tenant_id == tenant_id, Person.removed_at.is_(None))
        .group_by(Person.user_type)
    ).all()
    guests = sum(number for user_type, number in counted if user_type is UserType.GUEST)
    return sum(number for _, number in counted) - guests, guests


def _count(tx: Session, table: type[Group | Application], tenant_id: str) -> int:
    query = select(func.count()).where(table.tenant_id == tenant_id, table.removed_at.is_(None))
    return tx.scalar(query) or 0


def _mirror(tx: Session, tenant_id: str) -> tuple[MirrorRow, ...]:
    known = {state.kind: state for state in tx.scalars(select(MirrorState).where(MirrorState.tenant_id == tenant_id))}
    return tuple(_mirror_row(kind, known.get(kind)) for kind in MirrorKind)


def _mirror_row(kind: MirrorKind, state: MirrorState | None) -> MirrorRow:
    words, tone = _freshness(state)
    return MirrorRow(
        kind=kind,
        words=KINDS[kind],
        state_words=words,
        tone=tone,
        synced_at=state.synced_at if state else None,
        full_synced_at=state.full_synced_at if state else None,
        due_at=state.due_at if state else None,
        failed_at=state.failed_at if state and state.failure else None,
        failure=state.failure if state else "",
        failure_next_step=state.failure_next_step if state else "",
    )


def _freshness(state: MirrorState | None) -> tuple[str, Tone]:
    if state is None:
        return "not read yet", Tone.WAITING
    if state.failure and state.kind in OPTIONAL:
        return "not known here", Tone.WAITING
    if state.failure:
        return "could not be read", Tone.BAD
    if state.synced_at is None:
        return "being read for the first time", Tone.MOVING
    return "up to date", Tone.GOOD


def _policies(policy: TenantPolicy) -> tuple[PolicyRow, ...]:
    inviting, tone = INVITERS.get(policy.allow_invites_from, (policy.allow_invites_from, Tone.WAITING))
    passcode, passcode_tone = PASSCODES.get(
        policy.email_one_time_passcode, ("Guests without such an account sign in with a code by mail.", Tone.GOOD)
    )
    seen = GUEST_ROLES.get(policy.guest_user_role_id or "", "Not known.")
    return (
        PolicyRow(name="Who may invite", words=inviting, tone=tone),
        PolicyRow(name="What guests see", words=seen, tone=Tone.GOOD),
        PolicyRow(name="Codes by mail", words=passcode, tone=passcode_tone),
    )
