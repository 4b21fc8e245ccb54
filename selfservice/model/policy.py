"""The asking policy beside the rules: who may ask, for whose addresses, and how often. For a tenant, or one package."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from typing import cast

from sqlalchemy import Date, String
from sqlalchemy.orm import Mapped, mapped_column

from selfservice.model.base import Base, Guid, Json, UtcDateTime
from selfservice.model.refusal import NotAllowed, Refused
from selfservice.model.rules.clause import Clause, Operator
from selfservice.model.rules.domains import NotADomain, normalise_pattern
from selfservice.model.rules.facts import Attribute, RuleFacts
from selfservice.model.rules.holding import judge

MOST_ENTRIES = 500
MOST_A_DAY = 100_000


@dataclass(frozen=True, kw_only=True)
class Quotas:
    """The most requests in one day (UTC): by one person, one department, for one guest domain, into the tenant."""

    person: int | None = None
    department: int | None = None
    domain: int | None = None
    tenant: int | None = None


NO_QUOTAS = Quotas()
DEFAULT_QUOTAS = Quotas(person=50, department=500, domain=200, tenant=5000)
"""What holds for a tenant whose policy says nothing about it."""


@dataclass(frozen=True, kw_only=True)
class AskPolicy:
    """Who may ask, and for whom. What is empty allows everybody; a denied domain is denied though it is allowed too.

    Home tenants by id, groups as `tenant id/group id`, departments as rules write them (`Finance/*`); domains as rules
    write them (`partner.example`, `*.partner.example`), compared label by label.
    """

    home_tenants: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    allowed_domains: tuple[str, ...] = ()
    denied_domains: tuple[str, ...] = ()
    quotas: Quotas = NO_QUOTAS


NO_POLICY = AskPolicy()


@dataclass(frozen=True, kw_only=True)
class PolicyScope:
    """What a policy is about, in words, and whom to ask about it."""

    name: str
    owner: str


class PolicyUnreadable(Refused):
    """A policy cannot be understood; the cause names the place in it."""


class AskerRefused(NotAllowed):
    """The policy does not let this person ask."""


class DomainRefused(Refused):
    """The policy does not let in guests of this domain."""


class QuotaReached(Refused):
    """So many requests were made today that no more are taken."""


def objections(policy: AskPolicy, facts: RuleFacts, scope: PolicyScope, *, is_home_domain: bool) -> Iterator[Refused]:
    """Yield everything that the policy has against a request; the same at the form, at submit and at delivery.

    The domains of our own home tenants need not stand among those allowed: who may ask from there says the rest.
    """
    if policy.home_tenants and not _holds(Attribute.HOME_TENANT, policy.home_tenants, facts):
        yield _asker(f"People of your organisation may not ask for {scope.name}.", scope)
    if policy.departments and not _holds(Attribute.DEPARTMENT, policy.departments, facts):
        yield _asker(f"Only people of {_either(policy.departments)} may ask for {scope.name}.", scope)
    groups = {f"{facts.home_tenant}/{group}".casefold() for group in facts.groups}
    if policy.groups and groups.isdisjoint(each.casefold() for each in policy.groups):
        yield _asker(f"Only members of certain groups may ask for {scope.name}, and you are in none of them.", scope)
    domain = facts.guest_domain
    if domain and policy.denied_domains and _holds(Attribute.GUEST_DOMAIN, policy.denied_domains, facts):
        yield _domain(f"Guests of {domain} are not let into {scope.name}.", scope)
    elif domain and not is_home_domain and not _is_allowed(policy, facts):
        yield _domain(f"{scope.name} is open to guests of certain domains, and {domain} is not among them.", scope)


def policy_to_data(policy: AskPolicy) -> dict[str, object]:
    """Return a policy as plain data; what is empty is left out."""
    data: dict[str, object] = {name: list(getattr(policy, name)) for name in LISTS if getattr(policy, name)}
    quotas = {name: most for name, most in asdict(policy.quotas).items() if most is not None}
    return {**data, "quotas": quotas} if quotas else data


def policy_from_data(data: Mapping[str, object]) -> AskPolicy:
    """Read a policy, its domains in one spelling, or refuse with the place of the mistake."""
    if unknown := sorted(set(data) - {*LISTS, "quotas"}):
        raise _unreadable(unknown[0], "nothing of this name is known")
    lists = {name: _entries(data.get(name, ()), name) for name in LISTS}
    for name in ("allowed_domains", "denied_domains"):
        lists[name] = tuple(dict.fromkeys(_pattern(each, name) for each in lists[name]))
    return AskPolicy(**lists, quotas=_quotas(data.get("quotas", {})))


LISTS = ("home_tenants", "groups", "departments", "allowed_domains", "denied_domains")


def _entries(data: object, where: str) -> tuple[str, ...]:
    if not isinstance(data, list | tuple) or len(data) > MOST_ENTRIES:
        raise _unreadable(where, f"a list of at most {MOST_ENTRIES} is needed")
    entries = tuple(dict.fromkeys(str(each).strip() for each in data))
    if not all(entries) or any(len(each) > 300 for each in entries):
        raise _unreadable(where, "an entry is empty, or too long")
    return entries


def _pattern(text: str, where: str) -> str:
    try:
        return normalise_pattern(text)
    except NotADomain as refusal:
        raise _unreadable(where, f"`{text}` is no domain") from refusal


def _quotas(data: object) -> Quotas:
    names = {field.name for field in fields(Quotas)}
    if not isinstance(data, Mapping) or not set(data) <= names:
        raise _unreadable("quotas", f"known are {', '.join(sorted(names))}")
    for name, most in data.items():
        if isinstance(most, bool) or not isinstance(most, int) or not 0 <= most <= MOST_A_DAY:
            raise _unreadable(f"quotas.{name}", f"a whole number from 0 to {MOST_A_DAY} is needed")
    return Quotas(**cast("dict[str, int]", data))


def _holds(attribute: Attribute, values: tuple[str, ...], facts: RuleFacts) -> bool:
    return judge(Clause(attribute=attribute, operator=Operator.ANY_OF, values=values), facts).holds


def _is_allowed(policy: AskPolicy, facts: RuleFacts) -> bool:
    return not policy.allowed_domains or _holds(Attribute.GUEST_DOMAIN, policy.allowed_domains, facts)


def _asker(cause: str, scope: PolicyScope) -> AskerRefused:
    return AskerRefused(cause, next_step=f"Ask {scope.owner} whether you should be able to.", owner=scope.owner)


def _domain(cause: str, scope: PolicyScope) -> DomainRefused:
    return DomainRefused(
        cause, next_step=f"Invite another address of the guest, or ask {scope.owner} about it.", owner=scope.owner
    )


def _either(values: tuple[str, ...]) -> str:
    shown = [f"{each.removesuffix('/*')} and beneath" if each.endswith("/*") else each for each in values[:4]]
    return " or ".join(shown) if len(values) <= len(shown) else f"{', '.join(shown)} or others"


def _unreadable(where: str, problem: str) -> PolicyUnreadable:
    return PolicyUnreadable(f"{where}: {problem}.", next_step="Correct this and try again.", owner="You")


class KeptPolicy(Base):
    """The asking policy of a resource tenant (`scope_id` is empty) or of one of its packages; both hold together."""

    __tablename__ = "ask_policy"

    tenant_id: Mapped[str] = mapped_column(Guid, primary_key=True)
    scope_id: Mapped[str] = mapped_column(String(32), primary_key=True, default="")
    body: Mapped[dict[str, object]] = mapped_column(Json)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class QuotaUse(Base):
    """How many requests were counted for one subject on one day: counted with the request, in its transaction."""

    __tablename__ = "quota_use"

    tenant_id: Mapped[str] = mapped_column(Guid, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    subject: Mapped[str] = mapped_column(String(320), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    used: Mapped[int] = mapped_column(default=0)


class PackageTerms(Base):
    """One version of a package's terms. A request keeps the version that was agreed to."""

    __tablename__ = "package_terms"

    package_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    written_by_name: Mapped[str] = mapped_column(String(256))
