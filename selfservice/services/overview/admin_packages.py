"""The packages of the tenant that an admin administers, and all that the form of one offers."""

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from selfservice.config.settings import Settings
from selfservice.model.actor import Actor
from selfservice.model.application import Application
from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.catalog import Catalog
from selfservice.model.group import Group
from selfservice.model.package import AccessPackage, PackageState, Party, PartyKind
from selfservice.model.person import Person
from selfservice.model.publishing import why_application_is_unsafe, why_group_is_unsafe, why_role_is_unsafe
from selfservice.model.refusal import NotFound
from selfservice.model.request import AccessRequest, RequestState
from selfservice.services import authority
from selfservice.services.cataloguing import draft_of
from selfservice.services.overview.admin_rows import (
    AppChoice,
    GroupChoice,
    PackageForm,
    PackageRow,
    PartyRow,
    RoleChoiceRow,
)
from selfservice.services.overview.marks import mark_of
from selfservice.services.overview.people import employees, row_of
from selfservice.services.overview.rows import Tone
from selfservice.services.runtime import Runtime
from selfservice.services.tagging import tags_of
from selfservice.store.transaction import reading

MOST_CHOICES = 50
LONGEST_SEARCH = 100
STATES = {
    PackageState.DRAFT: ("draft", Tone.WAITING),
    PackageState.PUBLISHED: ("published", Tone.GOOD),
    PackageState.RETIRED: ("retired", Tone.ENDED),
}


def packages(rt: Runtime, by: Actor) -> tuple[PackageRow, ...]:
    """Return the packages of the tenant that the actor oversees."""
    if not authority.oversees(rt.settings, by.tenant_id, by=by):
        return ()
    query = (
        select(AccessPackage)
        .where(AccessPackage.tenant_id == by.tenant_id)
        .order_by(AccessPackage.name, AccessPackage.id)
    )
    waits = AccessRequest.state == RequestState.PENDING_APPROVAL
    is_held = Assignment.state == AssignmentState.ACTIVE
    with reading(rt.sessions) as tx:
        found = tx.scalars(query).all()
        ids = [package.id for package in found]
        waiting = _by_package(tx, AccessRequest.package_id, waits, ids)
        held = _by_package(tx, Assignment.package_id, is_held, ids)
    return tuple(
        _row(rt.settings, package, waiting=waiting.get(package.id, 0), held=held.get(package.id, 0))
        for package in found
    )


def package_form(rt: Runtime, by: Actor, package_id: str | None = None, *, search: str = "") -> PackageForm:
    """Return what the form of a package offers; the mirror's things that fit the search, and what is chosen already."""
    if not authority.administers(rt.settings, by.tenant_id, by=by):
        raise NotFound
    words = " ".join(search.split())[:LONGEST_SEARCH]
    with reading(rt.sessions) as tx:
        package = authority.package_to_see(tx, rt.settings, package_id, by=by) if package_id else None
        roles = package.roles if package else []
        chosen = tuple(role.resource_id for role in roles)
        return PackageForm(
            tenant=mark_of(rt.settings, by.tenant_id),
            groups=tuple(_group_choice(group) for group in _groups(tx, by.tenant_id, words, chosen)),
            applications=tuple(_app_choice(each) for each in _applications(tx, by.tenant_id, words, chosen)),
            people=_people(tx, by.tenant_id, words),
            approver_groups=tuple(
                PartyRow(kind=PartyKind.GROUP, object_id=group.object_id, name=group.display_name)
                for group in _groups(tx, by.tenant_id, words, ())
                if group.removed_at is None
            ),
            search=words,
            package_id=package.id if package else None,
            state=package.state if package else "",
            draft=draft_of(tx, package) if package else None,
            chosen=tuple(role.words for role in roles),
            approvers=tuple(_party_row(each.party) for each in package.approvers) if package else (),
            owner=_party_row(package.owner) if package else None,
            catalogs=_catalogs(tx, by.tenant_id),
            tags=tuple(sorted(tags_of(tx, by.tenant_id))),
        )


def _catalogs(tx: Session, tenant_id: str) -> tuple[tuple[str, str], ...]:
    named = tx.execute(select(Catalog.id, Catalog.name).where(Catalog.tenant_id == tenant_id).order_by(Catalog.name))
    return tuple((row[0], row[1]) for row in named)


def _by_package(
    tx: Session, column: InstrumentedAttribute[str], condition: ColumnElement[bool], ids: Sequence[str]
) -> Mapping[str, int]:
    counted = tx.execute(select(column, func.count()).where(column.in_(ids), condition).group_by(column))
    return {row[0]: row[1] for row in counted}


def _row(settings: Settings, package: AccessPackage, *, waiting: int, held: int) -> PackageRow:
    words, tone = STATES[package.state]
    return PackageRow(
        id=package.id,
        name=package.name,
        description=package.description,
        tenant=mark_of(settings, package.tenant_id),
        state=package.state,
        state_words=words,
        tone=tone,
        gives=tuple(role.words for role in package.roles),
        approver_names=tuple(approver.name for approver in package.approvers),
        owner_name=package.owner_name,
        for_self=package.for_self,
        for_others=package.for_others,
        max_days=package.max_days,
        waiting=waiting,
        held=held,
        changed_at=package.changed_at,
    )


def _groups(tx: Session, tenant_id: str, words: str, chosen: Sequence[str]) -> Sequence[Group]:
    fits = Group.display_name.icontains(words, autoescape=True) & Group.removed_at.is_(None)
    return tx.scalars(
        select(Group)
        .where(Group.tenant_id == tenant_id, or_(fits, Group.object_id.in_(chosen)))
        .order_by(Group.object_id.in_(chosen).desc(), Group.display_name, Group.object_id)
        .limit(MOST_CHOICES)
    ).all()


def _applications(tx: Session, tenant_id: str, words: str, chosen: Sequence[str]) -> Sequence[Application]:
    fits = Application.display_name.icontains(words, autoescape=True) & Application.removed_at.is_(None)
    return tx.scalars(
        select(Application)
        .where(Application.tenant_id == tenant_id, or_(fits, Application.object_id.in_(chosen)))
        .order_by(Application.object_id.in_(chosen).desc(), Application.display_name, Application.object_id)
        .limit(MOST_CHOICES)
    ).all()


def _people(tx: Session, tenant_id: str, words: str) -> tuple[PartyRow, ...]:
    query = employees(tenant_id).order_by(Person.name_key, Person.object_id).limit(MOST_CHOICES)
    if words:
        query = query.where(Person.name_key.contains(words.casefold(), autoescape=True))
    rows = (row_of(person) for person in tx.scalars(query))
    return tuple(
        PartyRow(kind=PartyKind.PERSON, object_id=row.object_id, name=row.name, detail=row.detail) for row in rows
    )


def _group_choice(group: Group) -> GroupChoice:
    return GroupChoice(object_id=group.object_id, name=group.display_name, unsafe=why_group_is_unsafe(group))


def _app_choice(application: Application) -> AppChoice:
    return AppChoice(
        object_id=application.object_id,
        name=application.display_name,
        unsafe=why_application_is_unsafe(application),
        roles=tuple(
            RoleChoiceRow(
                role_id=role.role_id,
                name=role.display_name or role.value or "",
                description=role.description or "",
                unsafe=why_role_is_unsafe(application, role),
            )
            for role in application.roles
        ),
    )


def _party_row(party: Party) -> PartyRow:
    return PartyRow(kind=party.kind, object_id=party.object_id, name=party.name)
