"""Excluding: two access packages that nobody may hold together, and exceptions by name and until a date.

The pair has no direction. It is looked at when somebody asks, and once more before anything is delivered.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.address import address_key, invitable
from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.audit import Account, Subject, event
from selfservice.model.exclusion import ExclusionException, PackageExclusion
from selfservice.model.guest import Guest
from selfservice.model.package import AccessPackage
from selfservice.model.refusal import NotFound, Refused
from selfservice.model.request import OPEN_STATES, AccessRequest
from selfservice.services import authority
from selfservice.services.eligibility import EndDateRefused, TextRefused, clean_text
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import transaction

HELD = frozenset({AssignmentState.ACTIVE, AssignmentState.ENDING, AssignmentState.END_FAILED})
LONGEST_EXCEPTION = 366


class Excluded(Refused):
    """The guest holds, or has asked for, a package that excludes this one."""


class PairRefused(Refused):
    """The two packages cannot exclude each other, or do already."""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two packages of one tenant."""

    package_id: str
    other_id: str


def objection(tx: Session, package: AccessPackage, request: AccessRequest, *, today: date) -> Excluded | None:
    """Say which package, that the guest holds or asked for before, excludes this one; nothing where none does."""
    if not request.guest_key:
        return None
    pairs = tx.scalars(
        select(PackageExclusion)
        .where(or_(PackageExclusion.first_package_id == package.id, PackageExclusion.second_package_id == package.id))
        .order_by(PackageExclusion.id)
    )
    for pair in pairs:
        other_id = pair.second_package_id if pair.first_package_id == package.id else pair.first_package_id
        if _is_excepted(tx, pair, request.guest_key, today=today):
            continue
        if _holds(tx, other_id, request.guest_key) or _has_asked(tx, other_id, request):
            return _excluded(package, tx.get_one(AccessPackage, other_id), pair)
    return None


def exclude(rt: Runtime, pair: Pair, *, by: Actor, reason: str) -> str:
    """Let two packages exclude each other from now on, and return the pair's id. Who holds both keeps both."""
    first, second = sorted((pair.package_id, pair.other_id))
    if first == second:
        raise PairRefused("A package cannot exclude itself.", next_step="Choose two packages.", owner="You")
    at = rt.clock()
    try:
        with transaction(rt.sessions) as tx:
            packages = [authority.package_to_change(tx, rt.settings, each, by=by) for each in (first, second)]
            excluded = PackageExclusion(
                tenant_id=packages[0].tenant_id,
                first_package_id=first,
                second_package_id=second,
                reason=_reason(reason),
                created_at=at,
                created_by_name=by.name,
            )
            tx.add(excluded)
            names = [package.name for package in packages]
            account = Account(why=excluded.reason, details={"packages": names})
            tx.add(event("exclusion.create", _subject(excluded), by=by, at=at, account=account))
    except IntegrityError as clash:
        raise PairRefused(
            "These two packages exclude each other already.", next_step="Nothing is left to do.", owner="You"
        ) from clash
    return excluded.id


def lift(rt: Runtime, exclusion_id: str, *, by: Actor, why: str) -> None:
    """Let two packages be held together again."""
    with transaction(rt.sessions) as tx:
        pair = _pair_to_change(tx, rt, exclusion_id, by=by)
        tx.add(event("exclusion.remove", _subject(pair), by=by, at=rt.clock(), account=Account(why=_reason(why))))
        tx.delete(pair)


def allow_until(rt: Runtime, exclusion_id: str, *, by: Actor, guest_address: str, until: date, reason: str) -> str:
    """Let one guest hold both packages until the end of a day, and return the exception's id."""
    at, key = rt.clock(), address_key(invitable(guest_address))
    if not 0 <= (until - at.date()).days <= LONGEST_EXCEPTION:
        raise EndDateRefused(
            f"An exception ends between today and {LONGEST_EXCEPTION} days from now.",
            next_step="Choose a day in between.",
            owner="You",
        )
    with transaction(rt.sessions) as tx:
        pair = _pair_to_change(tx, rt, exclusion_id, by=by)
        kept = _exception_of(tx, pair, key)
        if kept is None:
            kept = ExclusionException(
                exclusion_id=pair.id, guest_key=key, until=until, reason="", granted_at=at, granted_by_name=by.name
            )
            tx.add(kept)
        kept.until, kept.reason = until, _reason(reason)
        kept.granted_at, kept.granted_by_name = at, by.name
        account = Account(why=kept.reason, details={"guest": key, "until": until.isoformat()})
        tx.add(event("exclusion.allow", _subject(pair), by=by, at=at, account=account))
    return kept.id


def end_exception(rt: Runtime, exception_id: str, *, by: Actor) -> None:
    """Take an exception back. What the guest holds stays until its end."""
    with transaction(rt.sessions) as tx:
        kept = tx.get(ExclusionException, exception_id)
        if kept is None:
            raise NotFound
        pair = _pair_to_change(tx, rt, kept.exclusion_id, by=by)
        account = Account(details={"guest": kept.guest_key})
        tx.add(event("exclusion.endException", _subject(pair), by=by, at=rt.clock(), account=account))
        tx.delete(kept)


def _is_excepted(tx: Session, pair: PackageExclusion, guest_key: str, *, today: date) -> bool:
    kept = _exception_of(tx, pair, guest_key)
    return kept is not None and today <= kept.until


def _exception_of(tx: Session, pair: PackageExclusion, guest_key: str) -> ExclusionException | None:
    return tx.scalar(
        select(ExclusionException).where(
            ExclusionException.exclusion_id == pair.id, ExclusionException.guest_key == guest_key
        )
    )


def _holds(tx: Session, package_id: str, guest_key: str) -> bool:
    held = (
        select(Assignment.id)
        .join(Guest, Guest.id == Assignment.guest_id)
        .where(Assignment.package_id == package_id, Assignment.state.in_(HELD), Guest.address_key == guest_key)
    )
    return tx.scalar(held.limit(1)) is not None


def _has_asked(tx: Session, package_id: str, request: AccessRequest) -> bool:
    # Of two requests that exclude each other, the later one gives way, so that they do not stop each other.
    before = select(AccessRequest.id).where(
        AccessRequest.package_id == package_id,
        AccessRequest.guest_key == request.guest_key,
        AccessRequest.state.in_(OPEN_STATES),
        AccessRequest.id != request.id,
        AccessRequest.submitted_at <= request.submitted_at,
    )
    return tx.scalar(before.limit(1)) is not None


def _excluded(package: AccessPackage, other: AccessPackage, pair: PackageExclusion) -> Excluded:
    return Excluded(
        f"{package.name} and {other.name} may not be held together, and this guest has or asks for {other.name}: "
        f"{pair.reason}",
        next_step="Give up the other one first, or ask an admin of the tenant for an exception until a date.",
        owner=package.owner_name,
    )


def _pair_to_change(tx: Session, rt: Runtime, exclusion_id: str, *, by: Actor) -> PackageExclusion:
    pair = tx.get(PackageExclusion, exclusion_id, with_for_update=True)
    if pair is None or not authority.administers(rt.settings, pair.tenant_id, by=by):
        raise NotFound
    return pair


def _reason(text: str) -> str:
    reason = clean_text(text, what="reason", longest=500)
    if not reason:
        raise TextRefused("A reason is missing.", next_step="Say in a sentence why.", owner="You")
    return reason


def _subject(pair: PackageExclusion) -> Subject:
    return Subject(kind="exclusion", id=pair.id, tenant_id=pair.tenant_id)
