"""Extending: an access that is held goes on. It is a request like any other: the rules route it, and may ask whether it
is an extension; once it is agreed to, the access gets its later end (`selfservice.services.granting`).

The access ends on its day also while nobody has decided. Then the extension expires with it, and is asked for anew as
an access of its own.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.actor import SYSTEM, Actor
from selfservice.model.assignment import Assignment
from selfservice.model.audit import Account
from selfservice.model.guest import Guest
from selfservice.model.package import AccessPackage
from selfservice.model.refusal import Refused
from selfservice.model.request import AccessRequest, RequestState
from selfservice.services import (
    authority,
    closing,
    drafting,
    eligibility,
    granting,
    notifying,
    requesting,
    tagging,
    telling_time,
)
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading, transaction


@dataclass(frozen=True, kw_only=True)
class Extension:
    """Until when an access should go on, and why. `form_key` is unique to the form: pressing twice asks once."""

    ends_on: date
    why: str
    form_key: str


class PackageChanged(Refused):
    """The access package gives something else than when the access was given."""


def extend(rt: Runtime, assignment_id: str, extension: Extension, *, by: Actor) -> str:
    """Ask that an access goes on, and return the request's id; where a rule needs no decision, it is done at once."""
    with reading(rt.sessions) as tx:
        package_id = authority.assignment_to_extend(tx, assignment_id, by=by).package_id
    return requesting.once(
        rt, extension, lambda: _ask(rt, assignment_id, extension, by=by), package_id=package_id, by=by
    )


def latest_end(tx: Session, rt: Runtime, package: AccessPackage) -> date:
    """Return until when an access to this package can be extended today."""
    return rt.clock().date() + timedelta(days=tagging.longest_days_of(tx, package))


def pending(tx: Session, assignment_id: str) -> AccessRequest | None:
    """Return the extension of an access that waits for a decision, or None."""
    return tx.scalars(
        select(AccessRequest).where(
            AccessRequest.extends_id == assignment_id, AccessRequest.state == RequestState.PENDING_APPROVAL
        )
    ).first()


def end_with(tx: Session, rt: Runtime, assignment: Assignment) -> None:
    """Close the extension of an access that is ended before anybody decided about it."""
    request = pending(tx, assignment.id)
    late = request.open_stage if request is not None else None
    if request is None or late is None:
        return
    account = Account(why="the access ended before anybody decided")
    tx.add(request.take("expire", by=SYSTEM, at=rt.clock(), account=account))
    closing.end_stages(request)
    notifying.request_expired(tx, rt, request, late)
    notifying.request_settled(tx, rt, request)


def _ask(rt: Runtime, assignment_id: str, extension: Extension, *, by: Actor) -> AccessRequest:
    with transaction(rt.sessions) as tx:
        if (known := requesting.by_form(tx, extension, by)) is not None:
            return known
        authority.assignment_to_extend(tx, assignment_id, by=by)
        held = granting.running(tx, rt, assignment_id)
        package = requesting.open_package(tx, rt, held.package_id, by)
        request = _draft(tx, rt, held, package, extension, by=by)
        granting.ensure_later(request, held)
        requesting.put(tx, rt, request, package, by=by)
        telling_time.strike(tx, held.id)
    return request


def _draft(
    tx: Session, rt: Runtime, held: Assignment, package: AccessPackage, extension: Extension, *, by: Actor
) -> AccessRequest:
    """Return the request: for the same guest and sponsor, with the answers that were given when it was asked first."""
    origin, guest = tx.get_one(AccessRequest, held.request_id), tx.get_one(Guest, held.guest_id)
    _ensure_unchanged(origin, package)
    asker, at = eligibility.asker(tx, by), rt.clock()
    longest = tagging.longest_days_of(tx, package)
    return AccessRequest(
        form_key=drafting.form_key_of(extension, by),
        tenant_id=package.tenant_id,
        package_id=package.id,
        package_name=package.name,
        package_fingerprint=package.fingerprint,
        requestor_tenant_id=by.tenant_id,
        requestor_object_id=by.object_id,
        requestor_name=asker.display_name or by.name,
        requestor_mail=asker.mail or asker.user_principal_name,
        requestor_department=asker.department or "",
        for_self=guest.home == by.ref,
        guest_address=guest.address,
        guest_key=guest.address_key,
        guest_domain=origin.guest_domain,
        guest_name=origin.guest_name,
        guest_company=origin.guest_company,
        sponsor_tenant_id=held.sponsor_tenant_id,
        sponsor_object_id=held.sponsor_object_id,
        sponsor_name=held.sponsor_name,
        justification=eligibility.justification(extension.why),
        ends_on=eligibility.end_date(extension.ends_on, package=package, today=at.date(), longest=longest),
        answers=dict(origin.answers),
        terms_version=origin.terms_version,
        extends_id=held.id,
        submitted_at=at,
        changed_at=at,
    )


def _ensure_unchanged(origin: AccessRequest, package: AccessPackage) -> None:
    """Whoever decides reads what the package gives now; so that must be what the guest has."""
    if origin.package_fingerprint != package.fingerprint:
        raise PackageChanged(
            f"{package.name} gives something else now than what this guest was given.",
            next_step=f"Ask for it anew once this access is over, or ask {package.owner_name} what to do.",
            owner=package.owner_name,
        )
