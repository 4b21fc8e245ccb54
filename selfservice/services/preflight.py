"""Pre-flight: what will happen to a request, said before it is sent, by the same code that will decide about it."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.config.settings import Tenant
from selfservice.model.actor import Actor
from selfservice.model.address import AddressRefused, address_key
from selfservice.model.directory import RedemptionState, UserType
from selfservice.model.mirror import TenantBrake, TenantPolicy
from selfservice.model.package import AccessPackage, PackageState
from selfservice.model.person import Person
from selfservice.model.refusal import NotFound, Refused
from selfservice.model.request import AccessRequest
from selfservice.services import eligibility
from selfservice.services.routing import facts_of, plan_route
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading


@dataclass(frozen=True, kw_only=True)
class PreflightLine:
    """One thing that will happen. `level` is ok, note or stop; a stop would fail the request."""

    level: str
    text: str
    owner: str = ""
    next_step: str = ""


@dataclass(frozen=True, kw_only=True)
class Preflight:
    """What will happen, in order; who decides; and the latest end date."""

    lines: tuple[PreflightLine, ...]
    approver_names: tuple[str, ...]
    latest_end: date


def preflight(rt: Runtime, *, package_id: str, by: Actor, for_self: bool, guest_address: str = "") -> Preflight:
    """Return what would happen if the request were sent now. An address that is not complete yet is left out."""
    with reading(rt.sessions) as tx:
        package = tx.get(AccessPackage, package_id)
        if (
            package is None
            or package.state is PackageState.DRAFT
            or not rt.settings.may_ask(home_id=by.tenant_id, resource_id=package.tenant_id)
        ):
            raise NotFound
        tenant = rt.settings.tenant_by_id(package.tenant_id)
        if tenant is None:
            raise NotFound
        lines: list[PreflightLine] = []
        names: tuple[str, ...] = ()
        try:
            package.ensure_open()
            key = _guest_key(tx, rt, package, by=by, for_self=for_self, guest_address=guest_address)
            names = _who_decides(tx, rt, package, by=by, for_self=for_self, guest_key=key)
            lines.append(
                PreflightLine(
                    level="ok",
                    text=f"{_either(names)} decides. Nothing is sent before that.",
                )
            )
            if key:
                eligibility.ensure_new(tx, package, key, by=by)
                lines.append(_known_guest(tx, tenant, key))
        except Refused as refusal:
            lines.append(_stop(refusal))
        lines += _tenant_lines(tx, tenant)
        lines.append(_end_line(package))
        return Preflight(
            lines=tuple(lines),
            approver_names=names,
            latest_end=rt.clock().date() + timedelta(days=package.max_days),
        )


def _guest_key(
    tx: Session,
    rt: Runtime,
    package: AccessPackage,
    *,
    by: Actor,
    for_self: bool,
    guest_address: str,
) -> str:
    if not for_self and "@" not in guest_address:
        return ""
    try:
        who = eligibility.beneficiary(tx, rt.settings, for_self, guest_address, package=package, by=by)
    except AddressRefused:
        # Half an address is no mistake yet: only a whole one that cannot be invited is worth a warning.
        if guest_address.rpartition("@")[2].count(".") == 0:
            return ""
        raise
    return address_key(who.address)


def _who_decides(
    tx: Session, rt: Runtime, package: AccessPackage, *, by: Actor, for_self: bool, guest_key: str
) -> tuple[str, ...]:
    at = rt.clock()
    draft = AccessRequest(
        form_key="",
        tenant_id=package.tenant_id,
        package_id=package.id,
        package_name=package.name,
        package_fingerprint=package.fingerprint,
        requestor_tenant_id=by.tenant_id,
        requestor_object_id=by.object_id,
        requestor_name=by.name,
        requestor_mail="",
        for_self=for_self,
        guest_address=guest_key,
        guest_key=guest_key,
        guest_name="",
        sponsor_tenant_id=by.tenant_id,
        sponsor_object_id=by.object_id,
        sponsor_name=by.name,
        justification="",
        ends_on=at.date() + timedelta(days=package.max_days),
        submitted_at=at,
        changed_at=at,
    )
    route = plan_route(tx, rt, package, draft, facts_of(tx, rt, package, draft))
    return tuple(candidate.name for candidate in route.stages[0].approvers) if route.stages else ()


def _either(names: tuple[str, ...]) -> str:
    shown = list(names[:3])
    if len(names) > len(shown):
        shown.append(f"one of {len(names) - len(shown)} others")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}"


def _known_guest(tx: Session, tenant: Tenant, guest_key: str) -> PreflightLine:
    known = tx.scalar(
        select(Person).where(
            Person.tenant_id == tenant.tenant_id,
            Person.mail_key == guest_key,
            Person.removed_at.is_(None),
        )
    )
    if known is None:
        return PreflightLine(
            level="ok",
            text=f"{tenant.name} does not know this guest yet; they will be invited by mail.",
        )
    if known.user_type is UserType.MEMBER and known.creation_type != "Invitation":
        return PreflightLine(
            level="stop",
            text=f"{tenant.name} has a member with this address, who needs no invitation.",
            owner=f"An admin of {tenant.name}",
            next_step="Ask them to give the access directly.",
        )
    if not known.enabled:
        return PreflightLine(
            level="stop",
            text=f"This guest exists in {tenant.name}, but sign-in is blocked for them.",
            owner=tenant.help_contact or f"An admin of {tenant.name}",
            next_step="Ask them to unblock the guest first.",
        )
    if known.redemption_state is RedemptionState.PENDING:
        return PreflightLine(
            level="note",
            text=f"Invited to {tenant.name} before, but not accepted: a fresh link is mailed.",
        )
    return PreflightLine(
        level="ok",
        text=f"A guest of {tenant.name} already: no new invitation is needed.",
    )


def _tenant_lines(tx: Session, tenant: Tenant) -> list[PreflightLine]:
    lines = []
    policy = tx.get(TenantPolicy, tenant.tenant_id)
    if policy is not None and policy.allow_invites_from in (
        "none",
        "adminsAndGuestInviters",
    ):
        lines.append(
            PreflightLine(
                level="stop",
                text=f"{tenant.name} does not let applications invite guests at the moment.",
                owner=tenant.help_contact or f"An admin of {tenant.name}",
                next_step="Ask them to change the external collaboration settings (who may invite).",
            )
        )
    if tx.get(TenantBrake, tenant.tenant_id) is not None:
        lines.append(
            PreflightLine(
                level="note",
                text=f"Deliveries to {tenant.name} are on hold; yours will wait for that.",
                owner=tenant.help_contact or f"An admin of {tenant.name}",
            )
        )
    return lines


def _end_line(package: AccessPackage) -> PreflightLine:
    return PreflightLine(
        level="ok",
        text=f"The access ends by itself, after {package.max_days} days at most.",
    )


def _stop(refusal: Refused) -> PreflightLine:
    return PreflightLine(
        level="stop",
        text=refusal.cause,
        owner=refusal.owner,
        next_step=refusal.next_step,
    )
