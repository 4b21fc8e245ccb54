"""One difference with its three sides: what was approved, what we recorded, and what the directory has now."""

from collections.abc import Iterator

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.assignment import Assignment
from selfservice.model.delivery import Delivery, DeliveryStep, StepKind, StepState
from selfservice.model.drift import DriftFinding, DriftKind, DriftState, HeldRole
from selfservice.model.group import GroupMembership
from selfservice.model.guest import Guest
from selfservice.model.mirror import DirectorySponsor, MirrorState
from selfservice.model.package import RoleKind
from selfservice.model.person import Person
from selfservice.model.refusal import NotFound
from selfservice.model.request import AccessRequest
from selfservice.services import authority, drift_adopting, drift_mending, sponsoring
from selfservice.services.overview.drift import row_of
from selfservice.services.overview.drift_rows import DriftPage, Side
from selfservice.services.overview.drift_words import BY_HAND, MEANINGS, REPAIRS, REVOKES
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading

MOST_LINES = 20

Line = tuple[str, str]

STEPS = {
    StepState.DONE: "done",
    StepState.SKIPPED: "left out",
    StepState.FAILED: "failed",
    StepState.PENDING: "to come",
    StepState.RUNNING: "under way",
    StepState.WAITING: "tried again later",
}


def drift_page(rt: Runtime, finding_id: str, by: Actor) -> DriftPage:
    """Return a difference of the tenant that the actor oversees."""
    with reading(rt.sessions) as tx:
        finding = tx.get(DriftFinding, finding_id)
        if finding is None or not authority.oversees(rt.settings, finding.tenant_id, by=by):
            raise NotFound
        guest = tx.get(Guest, finding.guest_id) if finding.guest_id else None
        sides = _sides(tx, finding, guest)
        packages = tuple((each.id, each.name) for each in drift_adopting.packages_for(tx, finding))
    acts = finding.state in (DriftState.OPEN, DriftState.ACCEPTED) and authority.administers(
        rt.settings, finding.tenant_id, by=by
    )
    can_repair = acts and drift_mending.can_repair(finding, guest)
    can_revoke = acts and finding.kind in REVOKES and drift_mending.can_revoke(finding, guest)
    return DriftPage(
        row=row_of(rt.settings, finding),
        sides=sides,
        meaning=MEANINGS[finding.kind],
        reason=finding.reason,
        by_name=finding.by_name,
        accepted_until=finding.accepted_until,
        closed_at=finding.closed_at,
        closed_why=finding.closed_why,
        packages=packages,
        can_adopt=acts and bool(packages),
        can_revoke=can_revoke,
        can_repair=can_repair,
        can_accept=acts,
        repair_words=REPAIRS.get(finding.kind, ""),
        revoke_words=REVOKES.get(finding.kind, ""),
        nothing_to_do="" if can_repair or can_revoke else BY_HAND.get(finding.kind, ""),
    )


def _sides(tx: Session, finding: DriftFinding, guest: Guest | None) -> tuple[Side, ...]:
    approved = tuple(_approved(tx, finding, guest)) if guest else ()
    recorded = tuple(_recorded(tx, finding, guest)) if guest else ()
    return (
        Side(title="Approved", lines=approved, nothing="No request of ours stands behind this."),
        Side(title="Recorded", lines=recorded, nothing="We know nothing of this guest."),
        Side(title="In the directory", lines=tuple(_directory(tx, finding)), nothing="There is no such object."),
    )


def _approved(tx: Session, finding: DriftFinding, guest: Guest) -> Iterator[Line]:
    query = (
        select(Assignment, AccessRequest)
        .join(AccessRequest, AccessRequest.id == Assignment.request_id)
        .where(Assignment.guest_id == guest.id)
        .order_by(Assignment.starts_at.desc(), Assignment.id)
        .limit(MOST_LINES)
    )
    for access, request in tx.execute(query):
        by = ", ".join(dict.fromkeys(vote.name for stage in request.stages for vote in stage.votes))
        ended = f", ended {access.ended_at:%Y-%m-%d}" if access.ended_at else ""
        agreed = f", agreed by {by}" if by else ""
        yield (
            access.package_name,
            f"until {access.ends_on.isoformat()}{ended}{agreed}; asked by {request.requestor_name}",
        )


def _recorded(tx: Session, finding: DriftFinding, guest: Guest) -> Iterator[Line]:
    standing = f"{guest.standing}" + (f" since {guest.standing_since:%Y-%m-%d %H:%M}" if guest.standing_since else "")
    yield "Guest", f"{standing}, {'looked after by us' if guest.managed else 'not looked after by us'}"
    yield "Address", guest.address
    if finding.kind is DriftKind.SPONSOR_MISSING:
        yield "Sponsors", ", ".join(row.name for row in sponsoring.rows_of(tx, guest)) or "nobody"
    if finding.resource_id is not None:
        yield from _steps(tx, finding)


def _steps(tx: Session, finding: DriftFinding) -> Iterator[Line]:
    query = (
        select(DeliveryStep)
        .join(Delivery, Delivery.id == DeliveryStep.delivery_id)
        .where(Delivery.tenant_id == finding.tenant_id, Delivery.guest_object_id == finding.object_id)
        .where(DeliveryStep.kind.in_((StepKind.GIVE_ROLE, StepKind.TAKE_ROLE)))
        .where(DeliveryStep.resource_id == finding.resource_id)
        .order_by(DeliveryStep.settled_at.desc())
        .limit(MOST_LINES)
    )
    for step in tx.scalars(query):
        when = f" on {step.settled_at:%Y-%m-%d %H:%M}" if step.settled_at else ""
        what = "Given" if step.kind is StepKind.GIVE_ROLE else "Taken away"
        yield what, f"{STEPS[step.state]}{when}{f': {step.cause}' if step.cause else ''}"


def _directory(tx: Session, finding: DriftFinding) -> Iterator[Line]:
    person = tx.get(Person, (finding.tenant_id, finding.object_id))
    if person is None:
        return
    if person.removed_at is not None:
        yield "Object", f"deleted, noticed on {person.removed_at:%Y-%m-%d %H:%M}"
    else:
        yield "Object", "can sign in" if person.enabled else "disabled"
    yield "Treated as", f"a {person.user_type.value.lower()}" if person.user_type else "not known"
    yield "Mail", person.mail or "none"
    if finding.role_kind is not None:
        yield "Role", "held" if _is_held(tx, finding) else "not held"
    if finding.kind is DriftKind.SPONSOR_MISSING:
        yield "Sponsors", ", ".join(_sponsor_names(tx, finding)) or "nobody"
    state = tx.get(MirrorState, (finding.tenant_id, finding.part))
    if state is not None and state.synced_at is not None:
        yield "Read last", f"{state.synced_at:%Y-%m-%d %H:%M} (UTC)"


def _is_held(tx: Session, finding: DriftFinding) -> bool:
    if finding.role_kind is RoleKind.GROUP:
        return tx.get(GroupMembership, (finding.tenant_id, finding.resource_id, finding.object_id)) is not None
    key = (finding.tenant_id, finding.resource_id, finding.app_role_id, finding.object_id)
    return tx.get(HeldRole, key) is not None


def _sponsor_names(tx: Session, finding: DriftFinding) -> list[str]:
    query = (
        select(DirectorySponsor.sponsor_id, Person.display_name)
        .outerjoin(
            Person,
            and_(
                Person.tenant_id == DirectorySponsor.tenant_id,
                Person.object_id == DirectorySponsor.sponsor_id,
            ),
        )
        .where(DirectorySponsor.tenant_id == finding.tenant_id, DirectorySponsor.user_id == finding.object_id)
    )
    return [name or sponsor_id for sponsor_id, name in tx.execute(query)]
