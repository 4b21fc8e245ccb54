"""Audience: who is written to about a stage that waits. Being asked to decide, and being mailed, are two things."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from selfservice.model.actor import PersonRef, Role
from selfservice.model.application import RoleHolder
from selfservice.model.approval import ApprovalStage, StageApprover
from selfservice.model.delegation import Delegation
from selfservice.model.directory import UserType
from selfservice.model.package import AccessPackage
from selfservice.model.person import Person
from selfservice.model.preference import MailPreference
from selfservice.model.request import AccessRequest
from selfservice.model.routing import Candidate, conflict_of
from selfservice.services import finding, posting
from selfservice.services.posting import Recipient
from selfservice.services.routing import stage_interests


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Somebody who is written to, and why: an approver, or the delegate `instead_of` one who is away."""

    person: PersonRef
    to: Recipient
    because: str
    asked_at: datetime | None
    instead_of: str = ""


def readers(
    tx: Session, request: AccessRequest, stage: ApprovalStage, approvers: Iterable[StageApprover], *, at: datetime
) -> tuple[Reader, ...]:
    """Return who is written to for these approvers, each person once: not who has decided, and not the quiet ones.

    Where an approver is away, their delegate is written to instead, unless the delegate must not decide this.
    """
    silent = [each for each in approvers if stage.vote_of(each.ref) is None and not each.quiet]
    away = _delegates(tx, request, stage, [each.ref for each in silent], at=at)
    here = [_reader(tx, each, each.ref) for each in silent if each.ref not in away]
    standing_in = [
        _reader(tx, each, away[each.ref])
        for each in silent
        if each.ref in away and stage.vote_of(away[each.ref]) is None
    ]
    found = [reader for reader in (*here, *standing_in) if reader is not None]
    return tuple({reader.to.key: reader for reader in reversed(found)}.values())[::-1]


def without_digest(tx: Session, found: Iterable[Reader]) -> tuple[Reader, ...]:
    """Leave out who chose one mail a day instead of one for each request."""
    return tuple(reader for reader in found if not wants_digest(tx, reader.person))


def wants_digest(tx: Session, person: PersonRef) -> bool:
    """Say whether the person chose one mail a day instead of one for each request."""
    preference = tx.get(MailPreference, (person.tenant_id, person.object_id))
    return preference is not None and preference.digest


def delegations_of(tx: Session, people: Iterable[PersonRef], *, at: datetime) -> dict[PersonRef, Delegation]:
    """Return by delegator the delegation that holds now."""
    refs = list(people)
    ids = {ref.object_id for ref in refs}
    handed = select(Delegation).where(
        Delegation.object_id.in_(ids),
        Delegation.starts_at <= at,
        Delegation.ends_at > at,
        or_(Delegation.ended_at.is_(None), Delegation.ended_at > at),
    )
    found = tx.scalars(handed.order_by(Delegation.created_at, Delegation.id)) if ids else ()
    return {each.delegator: each for each in found if each.delegator in set(refs)}


def keepers(tx: Session, package: AccessPackage) -> tuple[Recipient, ...]:
    """Return who can name approvers of an access package: its owner, or else the admins of its tenant."""
    owners = [person.ref for person, _because in finding.party(tx, package.tenant_id, package.owner, "")]
    admins = select(RoleHolder.object_id).where(
        RoleHolder.tenant_id == package.tenant_id, RoleHolder.role == Role.ADMIN
    )
    people = owners or [PersonRef(tenant_id=package.tenant_id, object_id=each) for each in tx.scalars(admins)]
    return tuple(to for ref in people if (to := posting.person(tx, ref)) is not None)


def _delegates(
    tx: Session, request: AccessRequest, stage: ApprovalStage, approvers: list[PersonRef], *, at: datetime
) -> dict[PersonRef, PersonRef]:
    """Return by absent approver the delegate who may decide for them."""
    handed = delegations_of(tx, approvers, at=at)
    if not handed:
        return {}
    package = tx.get_one(AccessPackage, request.package_id)
    interests = stage_interests(tx, package, request, stage, at=at)
    free = {}
    for delegator, delegation in handed.items():
        delegate = tx.get(Person, (delegation.delegate_tenant_id, delegation.delegate_object_id))
        if delegate is not None and _may_decide(delegate) and conflict_of(_candidate(delegate), interests) is None:
            free[delegator] = delegation.delegate
    return free


def _may_decide(person: Person) -> bool:
    return person.active and person.user_type is not UserType.GUEST


def _candidate(person: Person) -> Candidate:
    addresses = finding.addresses_of(person)
    return Candidate(person=person.ref, name=person.display_name, because="", addresses=addresses)


def _reader(tx: Session, approver: StageApprover, person: PersonRef) -> Reader | None:
    to = posting.person(tx, person)
    if to is None:
        return None
    if person == approver.ref:
        return Reader(person=person, to=to, because=approver.because, asked_at=approver.asked_at)
    because = f"you decide for {approver.name}, who is away"
    return Reader(person=person, to=to, because=because, asked_at=approver.asked_at, instead_of=approver.name)
