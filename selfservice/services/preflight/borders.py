"""Both sides' settings, as the mirror knows them, for the way of one guest into a resource tenant."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.config.settings import Settings, Tenant
from selfservice.model.application import Application
from selfservice.model.crossing.rules import findings
from selfservice.model.crossing.sides import Crossing, HomeKind, Side, Traveller
from selfservice.model.domain_lookup import LookupState
from selfservice.model.group import GroupMembership
from selfservice.model.mirror import TenantPolicy
from selfservice.model.organization import ConnectedOrganization
from selfservice.model.package import AccessPackage, RoleKind
from selfservice.model.person import Person
from selfservice.model.request import AccessRequest
from selfservice.services import looking_up
from selfservice.services.looking_up import Answered
from selfservice.services.preflight.card import PreflightLine, line_of, note
from selfservice.services.routing import organization_of

NOT_ASKED = Answered()


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a guest comes from. `wanted` is the domain that should be looked up to know it better."""

    kind: HomeKind
    side: Side | None = None
    wanted: str = ""
    answered: Answered = NOT_ASKED


def origin_of(tx: Session, settings: Settings, request: AccessRequest) -> Origin:
    """Return the home tenant of whom the access is for: one of ours, a connected organization's, or one that the
    resource tenant's directory has found.
    """
    resource, domain = settings.tenant_by_id(request.tenant_id), request.guest_domain
    if request.for_self:
        home = settings.tenant_by_id(request.requestor_tenant_id)
        return _of_ours(tx, home) if home else Origin(kind=HomeKind.UNKNOWN)
    if not domain or resource is None:
        return Origin(kind=HomeKind.UNKNOWN)
    home = next((each for each in settings.tenants.values() if domain in each.domains), None)
    if home is not None:
        return _of_ours(tx, home)
    organization = tx.get(ConnectedOrganization, organization_of(tx, request.tenant_id, domain))
    if organization is not None and organization.partner_tenant_id:
        return _known_by_id(tx, settings, organization.partner_tenant_id, organization.name)
    return _looked_up(tx, settings, request.tenant_id, domain)


def _looked_up(tx: Session, settings: Settings, tenant_id: str, domain: str) -> Origin:
    answered = looking_up.known(tx, tenant_id, domain)
    if answered.tenant_id and answered.state in (LookupState.FOUND, LookupState.WAITING):
        origin = _known_by_id(tx, settings, answered.tenant_id, answered.name)
        return Origin(kind=origin.kind, side=origin.side, wanted=domain, answered=answered)
    kind = HomeKind.NO_TENANT if answered.state is LookupState.UNKNOWN else HomeKind.UNKNOWN
    return Origin(kind=kind, wanted=domain, answered=answered)


def _of_ours(tx: Session, home: Tenant) -> Origin:
    return Origin(kind=HomeKind.TENANT, side=side_of(tx, home))


def _known_by_id(tx: Session, settings: Settings, tenant_id: str, name: str) -> Origin:
    ours = settings.tenant_by_id(tenant_id)
    if ours is not None:
        return _of_ours(tx, ours)
    side = Side(tenant_id=tenant_id, name=name, owner=f"An admin of {name}")
    return Origin(kind=HomeKind.TENANT, side=side)


def side_of(tx: Session, tenant: Tenant) -> Side:
    """Return one of our tenants with what its directory says."""
    kept = tx.get(TenantPolicy, tenant.tenant_id)
    return Side(
        tenant_id=tenant.tenant_id,
        name=tenant.name,
        owner=tenant.help_contact or f"An admin of {tenant.name}",
        graph_url=tenant.cloud.graph_url,
        cloud=tenant.cloud.name,
        policies=kept.policies if kept else None,
    )


def crossing_of(
    tx: Session, resource: Tenant, package: AccessPackage, request: AccessRequest, origin: Origin, *, invited: bool
) -> Crossing:
    """Return the way of a guest into the tenant."""
    home_id = origin.side.tenant_id if origin.side else ""
    object_id, groups = _at_home(tx, request, home_id)
    return Crossing(
        resource=side_of(tx, resource),
        home=origin.side,
        home_kind=origin.kind,
        traveller=Traveller(
            is_asker=request.for_self,
            invited=invited,
            object_id=object_id,
            groups=groups,
            apps=_applications(tx, package),
        ),
    )


def border_lines(crossing: Crossing, origin: Origin, request: AccessRequest) -> tuple[PreflightLine, ...]:
    """Return what the settings mean, and what could not be found out about them."""
    lines = [line_of(finding) for finding in findings(crossing)] if request.guest_key else []
    if crossing.resource.policies is None:
        lines.append(
            note(
                f"The settings of {crossing.resource.name} about guests have not been read yet.",
                owner="Nobody: they are read by themselves",
                next_step="Look again in a minute.",
            )
        )
    if origin.answered.limited:
        lines.append(
            note(
                "Too many new domains were typed in this hour, so nobody has looked up whose this one is.",
                owner="You",
                next_step="Go on without it, or look again in an hour.",
            )
        )
    elif origin.answered.state is LookupState.FAILED:
        lines.append(
            note(
                f"{crossing.resource.name} could not say which organization stands behind {request.guest_domain}, so "
                "its settings are not known.",
                owner=crossing.resource.owner,
                next_step="Ask the guest whether their organization lets them be guests elsewhere.",
            )
        )
    return tuple(lines)


def _at_home(tx: Session, request: AccessRequest, home_id: str) -> tuple[str, frozenset[str]]:
    """Return the person's own id in their home tenant and those of their groups, as far as the mirror has them."""
    if request.for_self:
        object_id = request.requestor_object_id
    else:
        by_address = select(Person.object_id).where(Person.mail_key == request.guest_key)
        here = by_address.where(Person.tenant_id == home_id, Person.removed_at.is_(None))
        object_id = (tx.scalar(here.limit(1)) or "") if home_id else ""
    if not object_id:
        return "", frozenset()
    inside = select(GroupMembership.group_id).where(
        GroupMembership.tenant_id == home_id, GroupMembership.member_id == object_id
    )
    return object_id, frozenset(tx.scalars(inside))


def _applications(tx: Session, package: AccessPackage) -> frozenset[str]:
    """Return the app ids of a package's applications; none where it gives groups, which may open any application."""
    roles = [role for role in package.roles if role.kind is RoleKind.APP_ROLE]
    if len(roles) < len(package.roles):
        return frozenset()
    known = (tx.get(Application, (package.tenant_id, role.resource_id)) for role in roles)
    return frozenset(each.app_id for each in known if each is not None)
