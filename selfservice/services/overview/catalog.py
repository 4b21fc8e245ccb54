"""The catalog: what the people of a home tenant may ask for, in every resource tenant that lets them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from selfservice.config.settings import Settings
from selfservice.model.actor import Actor
from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.guest import Guest
from selfservice.model.package import AccessPackage, PackageState, ResourceRole
from selfservice.model.refusal import NotFound
from selfservice.model.request import OPEN_STATES, AccessRequest
from selfservice.services.launching import launch_url
from selfservice.services.overview.home_rows import Catalog, PackageCard, PackagePage
from selfservice.services.overview.marks import mark_of
from selfservice.services.overview.names import approver_names
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading

MOST_PACKAGES = 500
LONGEST_SEARCH = 100


@dataclass(frozen=True, kw_only=True)
class Mine:
    """What the actor has of a package already."""

    state: str = ""
    request_id: str = ""
    ends_on: date | None = None
    assignment_id: str = ""


NOTHING = Mine()


def may_ask_in(settings: Settings, by: Actor) -> tuple[str, ...]:
    """Return the ids of the tenants that the actor may ask in."""
    return tuple(
        tenant.tenant_id
        for tenant in settings.tenants.values()
        if settings.may_ask(home_id=by.tenant_id, resource_id=tenant.tenant_id)
    )


def catalog(rt: Runtime, by: Actor, *, search: str = "", tenant_alias: str = "") -> Catalog:
    """Return the packages that the actor may ask for and that fit the search."""
    allowed = may_ask_in(rt.settings, by)
    marks = {tenant_id: mark_of(rt.settings, tenant_id) for tenant_id in allowed}
    wanted = [each for each in allowed if not tenant_alias or marks[each].alias == tenant_alias]
    query = (
        select(AccessPackage)
        .where(AccessPackage.tenant_id.in_(wanted), AccessPackage.state == PackageState.PUBLISHED)
        .order_by(AccessPackage.name, AccessPackage.id)
        .limit(MOST_PACKAGES)
    )
    words = search.strip()[:LONGEST_SEARCH]
    if words:
        fits = (AccessPackage.name, AccessPackage.description)
        query = query.where(
            or_(
                *(column.icontains(words, autoescape=True) for column in fits),
                AccessPackage.roles.any(ResourceRole.resource_name.icontains(words, autoescape=True)),
            )
        )
    with reading(rt.sessions) as tx:
        packages = tx.scalars(query).all()
        mine = _mine(tx, (package.id for package in packages), by=by)
    cards = [_card(rt.settings, package, mine.get(package.id, NOTHING)) for package in packages]
    order = list(marks)
    return Catalog(
        tenants=tuple(marks.values()),
        packages=tuple(sorted(cards, key=lambda card: order.index(card.tenant.tenant_id))),
    )


def package(rt: Runtime, package_id: str, by: Actor) -> PackagePage:
    """Return a published package that the actor may ask for, with who decides about it now."""
    with reading(rt.sessions) as tx:
        found = package_to_ask(tx, rt, package_id, by)
        mine = _mine(tx, [found.id], by=by).get(found.id, NOTHING)
        names = approver_names(tx, found, besides=by.ref)
    card = _card(rt.settings, found, mine)
    return PackagePage(
        **vars(card),
        approver_names=names,
        owner_name=found.owner_name,
        launch_url=launch_url(rt.settings, found),
    )


def package_to_ask(tx: Session, rt: Runtime, package_id: str, by: Actor) -> AccessPackage:
    """Return a published package that the actor may ask for."""
    found = tx.get(AccessPackage, package_id)
    if (
        found is None
        or found.state is not PackageState.PUBLISHED
        or not rt.settings.may_ask(home_id=by.tenant_id, resource_id=found.tenant_id)
    ):
        raise NotFound
    return found


def _card(settings: Settings, found: AccessPackage, mine: Mine) -> PackageCard:
    return PackageCard(
        id=found.id,
        name=found.name,
        description=found.description,
        tenant=mark_of(settings, found.tenant_id),
        for_self=found.for_self,
        for_others=found.for_others,
        max_days=found.max_days,
        gives=tuple(role.words for role in found.roles),
        my_state=mine.state,
        my_request_id=mine.request_id,
        my_ends_on=mine.ends_on,
        my_assignment_id=mine.assignment_id,
    )


def _mine(tx: Session, package_ids: Iterable[str], *, by: Actor) -> Mapping[str, Mine]:
    """What the actor holds, or has asked for, themself; what they hold comes last, so that it wins."""
    ids = list(package_ids)
    open_ones = tx.execute(
        select(AccessRequest.package_id, AccessRequest.id).where(
            AccessRequest.requestor_tenant_id == by.tenant_id,
            AccessRequest.requestor_object_id == by.object_id,
            AccessRequest.for_self,
            AccessRequest.state.in_(OPEN_STATES),
            AccessRequest.package_id.in_(ids),
        )
    )
    found = {package_id: Mine(state="open request", request_id=request_id) for package_id, request_id in open_ones}
    held = tx.execute(
        select(Assignment.package_id, Assignment.request_id, Assignment.ends_on, Assignment.id)
        .join(Guest, Guest.id == Assignment.guest_id)
        .where(
            Guest.home_tenant_id == by.tenant_id,
            Guest.home_object_id == by.object_id,
            Assignment.state == AssignmentState.ACTIVE,
            Assignment.package_id.in_(ids),
        )
    )
    for package_id, request_id, ends_on, assignment_id in held:
        found[package_id] = Mine(state="held", request_id=request_id, ends_on=ends_on, assignment_id=assignment_id)
    return found
