"""Access packages that exclude each other, and who may hold both until a date."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.exclusion import ExclusionException, PackageExclusion
from selfservice.model.package import AccessPackage
from selfservice.model.refusal import NotFound
from selfservice.services import authority
from selfservice.services.overview.marks import mark_of
from selfservice.services.overview.rows import TenantMark
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading


@dataclass(frozen=True, kw_only=True)
class ExceptionRow:
    """A guest who may hold both packages until the end of a day."""

    id: str
    guest: str
    until: date
    reason: str
    granted_by: str
    is_over: bool


@dataclass(frozen=True, kw_only=True)
class ExclusionRow:
    """Two packages that nobody may hold together."""

    id: str
    tenant: TenantMark
    first: str
    second: str
    reason: str
    created_by: str
    created_at: datetime
    exceptions: tuple[ExceptionRow, ...]


@dataclass(frozen=True, kw_only=True)
class ExclusionsPage:
    """All pairs, and the packages that a new one can be made of."""

    tenant: TenantMark
    rows: tuple[ExclusionRow, ...]
    packages: tuple[tuple[str, str], ...]
    may_change: bool


def exclusions(rt: Runtime, by: Actor) -> ExclusionsPage:
    """Return the pairs of the tenant that the actor oversees."""
    if not authority.oversees(rt.settings, by.tenant_id, by=by):
        return ExclusionsPage(tenant=mark_of(rt.settings, by.tenant_id), rows=(), packages=(), may_change=False)
    with reading(rt.sessions) as tx:
        packages = tx.execute(
            select(AccessPackage.id, AccessPackage.name)
            .where(AccessPackage.tenant_id == by.tenant_id)
            .order_by(AccessPackage.name, AccessPackage.id)
        )
        names = {row[0]: row[1] for row in packages}
        pairs = tx.scalars(
            select(PackageExclusion)
            .where(PackageExclusion.tenant_id == by.tenant_id)
            .order_by(PackageExclusion.created_at, PackageExclusion.id)
        ).all()
        allowed = _exceptions(tx, pairs, today=rt.clock().date())
        rows = tuple(_row(rt, pair, names, allowed[pair.id]) for pair in pairs)
    return ExclusionsPage(
        tenant=mark_of(rt.settings, by.tenant_id),
        rows=rows,
        packages=tuple(names.items()),
        may_change=authority.administers(rt.settings, by.tenant_id, by=by),
    )


def exclusion_page(rt: Runtime, by: Actor, exclusion_id: str) -> ExclusionRow:
    """Return one pair, to the tenant's admin."""
    if not authority.administers(rt.settings, by.tenant_id, by=by):
        raise NotFound
    found = next((row for row in exclusions(rt, by).rows if row.id == exclusion_id), None)
    if found is None:
        raise NotFound
    return found


def _exceptions(tx: Session, pairs: Sequence[PackageExclusion], *, today: date) -> Mapping[str, list[ExceptionRow]]:
    found: dict[str, list[ExceptionRow]] = defaultdict(list)
    query = select(ExclusionException).where(ExclusionException.exclusion_id.in_([pair.id for pair in pairs]))
    for each in tx.scalars(query.order_by(ExclusionException.until, ExclusionException.id)):
        row = ExceptionRow(
            id=each.id,
            guest=each.guest_key,
            until=each.until,
            reason=each.reason,
            granted_by=each.granted_by_name,
            is_over=each.until < today,
        )
        found[each.exclusion_id].append(row)
    return found


def _row(
    rt: Runtime, pair: PackageExclusion, names: Mapping[str, str], allowed: Sequence[ExceptionRow]
) -> ExclusionRow:
    return ExclusionRow(
        id=pair.id,
        tenant=mark_of(rt.settings, pair.tenant_id),
        first=names.get(pair.first_package_id, pair.first_package_id),
        second=names.get(pair.second_package_id, pair.second_package_id),
        reason=pair.reason,
        created_by=pair.created_by_name,
        created_at=pair.created_at,
        exceptions=tuple(allowed),
    )
