"""Drawing up: what an admin says about an access package, written into it and read back. Ids come from forms; what they
stand for, and whether it may be given at all, comes from the mirror.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.package import AccessPackage, PackageApprover, PartyKind, ResourceRole, RoleKind
from selfservice.model.policy import NO_POLICY, AskPolicy
from selfservice.model.questions import Question
from selfservice.services import choosing, policing, questioning, terms
from selfservice.services.runtime import Runtime


@dataclass(frozen=True, kw_only=True)
class RoleChoice:
    """A resource role by its ids; `role_id` is set for an app role alone."""

    kind: RoleKind
    resource_id: str
    role_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class PartyChoice:
    """A person or a group of the package's tenant by its id."""

    kind: PartyKind
    object_id: str


@dataclass(frozen=True, kw_only=True)
class PackageDraft:
    """What an admin says about a package. `catalog_id` is None for one of the tenant's own; `terms` are their text."""

    tenant_id: str
    name: str
    description: str
    launch_url: str
    max_days: int
    for_self: bool
    for_others: bool
    roles: tuple[RoleChoice, ...]
    approvers: tuple[PartyChoice, ...]
    owner: PartyChoice
    catalog_id: str | None = None
    risk: int = 0
    tags: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    terms: str = ""
    policy: AskPolicy = NO_POLICY


def draft_of(tx: Session, package: AccessPackage) -> PackageDraft:
    """Return what a package says now, as it would be written down anew."""
    return PackageDraft(
        tenant_id=package.tenant_id,
        name=package.name,
        description=package.description,
        launch_url=package.launch_url,
        max_days=package.max_days,
        for_self=package.for_self,
        for_others=package.for_others,
        roles=tuple(
            RoleChoice(kind=role.kind, resource_id=role.resource_id, role_id=role.role_id) for role in package.roles
        ),
        approvers=tuple(PartyChoice(kind=each.kind, object_id=each.object_id) for each in package.approvers),
        owner=PartyChoice(kind=package.owner_kind, object_id=package.owner_id),
        catalog_id=package.catalog_id,
        risk=package.risk,
        tags=tuple(package.tags),
        questions=questioning.questions_of(package),
        terms=terms.text_of(tx, package),
        policy=policing.policy_of(tx, package.tenant_id, package.id),
    )


def write(tx: Session, rt: Runtime, package: AccessPackage, draft: PackageDraft, *, by: Actor, at: datetime) -> None:
    """Write a draft into a package. Who decides about it, and who changed that, is kept together."""
    before = _deciders(package)
    _write_what_people_see(rt, package, draft)
    _write_parties(tx, package, draft)
    package.roles = _roles(tx, package, draft)
    if _deciders(package) != before:
        package.approvers_changed_by_tenant_id, package.approvers_changed_by_object_id = by.tenant_id, by.object_id
        package.approvers_changed_at = at
    package.catalog_id = choosing.catalog(tx, package.tenant_id, draft.catalog_id)
    package.risk, package.tags = choosing.risk(draft.risk), choosing.tags(tx, package.tenant_id, draft.tags)
    package.questions = choosing.questions(draft.questions)
    terms.write(tx, package, draft.terms, by=by, at=at)
    policing.write(tx, package.tenant_id, package.id, draft.policy, at=at)


def _deciders(package: AccessPackage) -> set[tuple[PartyKind, str]]:
    return {(package.owner_kind, package.owner_id), *((each.kind, each.object_id) for each in package.approvers)}


def _write_what_people_see(rt: Runtime, package: AccessPackage, draft: PackageDraft) -> None:
    package.name = choosing.name(draft.name)
    package.description = choosing.description(draft.description)
    package.launch_url = choosing.launch_address(draft.launch_url, allowed=rt.settings.redirect_hosts)
    package.max_days = choosing.days(draft.max_days)
    package.for_self, package.for_others = choosing.doors(for_self=draft.for_self, for_others=draft.for_others)


def _write_parties(tx: Session, package: AccessPackage, draft: PackageDraft) -> None:
    tenant_id = package.tenant_id
    owner = choosing.party(tx, tenant_id, draft.owner.kind, draft.owner.object_id)
    package.owner_kind, package.owner_id, package.owner_name = owner.kind, owner.object_id, owner.name
    package.approvers = [
        PackageApprover(position=position, kind=who.kind, object_id=who.object_id, name=who.name)
        for position, who in enumerate(
            choosing.party(tx, tenant_id, each.kind, each.object_id) for each in dict.fromkeys(draft.approvers)
        )
    ]


def _roles(tx: Session, package: AccessPackage, draft: PackageDraft) -> list[ResourceRole]:
    roles = [
        choosing.resource_role(tx, package.tenant_id, each.kind, each.resource_id, each.role_id)
        for each in dict.fromkeys(draft.roles)
    ]
    for position, role in enumerate(roles):
        role.position = position
    return roles
