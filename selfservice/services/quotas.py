"""Quotas: how many requests are taken in a day. Counted in the database in the request's own transaction, so that any
number of processes share one count, and a request that was not stored is not counted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import CursorResult, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from selfservice.model.actor import PersonRef
from selfservice.model.package import AccessPackage
from selfservice.model.policy import DEFAULT_QUOTAS, QuotaReached, Quotas, QuotaUse
from selfservice.model.rules.facts import RuleFacts
from selfservice.services import policing

WORDS = {
    "person": "You have asked as often today as one person may",
    "department": "Your department has asked as often today as one may",
    "domain": "As many guests of {subject} were asked for today as may be for one domain",
    "tenant": "As much was asked for today as is taken in a day",
}


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """One count that a request falls under: at most `limit` on its day. `package_id` is set for a package's own."""

    kind: str
    subject: str
    limit: int
    package_id: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What it is counted under."""
        return (self.kind, f"{self.package_id}:{self.subject}"[:320])


def allowances(tx: Session, package: AccessPackage, facts: RuleFacts, by: PersonRef) -> tuple[Allowance, ...]:
    """Return every count that a request falls under, in the one order in which all processes count."""
    tenant = policing.policy_of(tx, package.tenant_id).quotas
    own = policing.policy_of(tx, package.tenant_id, package.id).quotas
    found = [*_of(tenant, DEFAULT_QUOTAS, facts, by), *_of(own, Quotas(), facts, by, package_id=package.id)]
    return tuple(sorted(found, key=lambda each: each.key))


def _of(
    quotas: Quotas, otherwise: Quotas, facts: RuleFacts, by: PersonRef, *, package_id: str = ""
) -> Iterator[Allowance]:
    department = f"{facts.home_tenant}/{facts.department.casefold()}" if facts.department else ""
    subjects = {
        "person": f"{by.tenant_id}/{by.object_id}",
        "department": department,
        "domain": "" if facts.for_self else facts.guest_domain,
        "tenant": facts.resource_tenant,
    }
    for kind, subject in subjects.items():
        limit = getattr(quotas, kind) if getattr(quotas, kind) is not None else getattr(otherwise, kind)
        if subject and limit is not None:
            yield Allowance(kind=kind, subject=subject, limit=limit, package_id=package_id)


def used(tx: Session, package: AccessPackage, allowance: Allowance, *, day: date) -> int:
    """Return how many requests were counted so far."""
    kept = tx.get(QuotaUse, (package.tenant_id, *allowance.key, day))
    return kept.used if kept else 0


def objection(tx: Session, package: AccessPackage, allowance: Allowance, *, day: date) -> QuotaReached | None:
    """Say that nothing is left of an allowance, or nothing."""
    return _reached(package, allowance) if used(tx, package, allowance, day=day) >= allowance.limit else None


def count(tx: Session, package: AccessPackage, allowed: tuple[Allowance, ...], *, day: date) -> None:
    """Count a request under everything that it falls under, or refuse the one that would be over a limit."""
    for allowance in allowed:
        if not count_one(tx, package.tenant_id, allowance, day):
            raise _reached(package, allowance)


def count_one(tx: Session, tenant_id: str, allowance: Allowance, day: date) -> bool:
    """Count one more under an allowance; False where nothing is left of it."""
    kind, subject = allowance.key
    key = {"tenant_id": tenant_id, "kind": kind, "subject": subject, "day": day}
    insert = sqlite.insert if tx.get_bind().dialect.name == "sqlite" else postgresql.insert
    tx.execute(insert(QuotaUse).values(**key, used=0).on_conflict_do_nothing())
    one_more = (
        update(QuotaUse)
        .where(*(getattr(QuotaUse, name) == value for name, value in key.items()), QuotaUse.used < allowance.limit)
        .values(used=QuotaUse.used + 1)
        .execution_options(synchronize_session=False)
    )
    done = tx.execute(one_more)
    return isinstance(done, CursorResult) and done.rowcount == 1


def _reached(package: AccessPackage, allowance: Allowance) -> QuotaReached:
    words = WORDS[allowance.kind].format(subject=allowance.subject)
    about = f" for {package.name}" if allowance.package_id else ""
    return QuotaReached(
        f"{words}{about}: {allowance.limit}.",
        next_step=f"Ask again tomorrow, or ask {package.owner_name} to have the limit raised.",
        owner=package.owner_name,
    )
