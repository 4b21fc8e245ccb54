"""A made-up rule book of a large organisation, and requests that meet it; the same for the same seed.

Two choices make it hard. All rules are of one resource tenant, as a process keeps them, so that each could hold for
any request. And the universe of values stays the same, however many rules there are: 100 rules and 10,000 name the same
packages, domains and departments, so that more rules mean more that a request could fall under. Each request is aimed
at one of the rules, so that with few rules as with many nearly all are decided by a rule, and explained.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from selfservice.model.rules.clause import Clause, Operator
from selfservice.model.rules.facts import Attribute, RuleFacts
from selfservice.model.rules.outcome import PACKAGE_APPROVERS, Automatic, Deny, Outcome, Stages, StageSpec
from selfservice.model.rules.rule import Band, Rule

TENANT = "tenant"
PACKAGES = tuple(f"package-{n}" for n in range(1500))
CATALOGS = tuple(f"catalog-{n}" for n in range(60))
HOMES = tuple(f"home-{n}" for n in range(12))
DOMAINS = tuple(f"partner-{n}.example" for n in range(1500))
DEPARTMENTS = tuple(f"D{a}/U{b}/T{c}" for a in range(8) for b in range(8) for c in range(8))
GROUPS = tuple(f"home-{n % 12}/group-{n}" for n in range(300))
RESOURCES = tuple(f"resource-{n}" for n in range(800))
TITLES = tuple(f"Title {n}" for n in range(40))
ORGANIZATIONS = tuple(f"organization-{n}" for n in range(300))
PURPOSES = ("travel", "audit", "project", "support")

Kind = Callable[["Maker"], tuple[Clause, ...]]


@dataclass(frozen=True, kw_only=True)
class Workload:
    """A rule book, and requests that are aimed at its rules."""

    rules: tuple[Rule, ...]
    requests: tuple[RuleFacts, ...]


def workload(*, rules: int, requests: int, seed: int) -> Workload:
    """Make a rule book and requests."""
    maker = Maker(random.Random(seed))
    book = tuple(maker.rule(number) for number in range(rules))
    return Workload(rules=book, requests=tuple(maker.request(book) for _ in range(requests)))


class Maker:
    """Makes rules and requests from one source of chance."""

    def __init__(self, source: random.Random) -> None:
        self.source = source

    def rule(self, number: int) -> Rule:
        """Return a rule of one of the kinds that people write."""
        kind, band = self.source.choice(KINDS)
        scope = {Band.PACKAGE: PACKAGES, Band.CATALOG: CATALOGS}.get(band, ("",))
        return Rule(
            id=f"rule-{number}",
            tenant_id=TENANT,
            name=f"Rule {number}",
            clauses=kind(self),
            outcome=self.outcome(),
            band=band,
            scope_id=self.source.choice(scope),
            position=self.source.randrange(100_000),
            enabled=self.source.random() < 0.98,
        )

    def outcome(self) -> Outcome:
        """Return one of the outcomes."""
        stages = Stages(stages=(StageSpec(approvers=(PACKAGE_APPROVERS,)),) * self.source.randint(1, 3))
        return self.source.choice((stages, stages, stages, Automatic(), Deny(reason="This is not open to partners.")))

    def some(self, attribute: Attribute, values: tuple[str, ...], most: int = 3) -> Clause:
        """Return a clause that any of a few values meets."""
        return Clause(attribute=attribute, values=tuple(self.source.sample(values, self.source.randint(1, most))))

    def none(self, attribute: Attribute, values: tuple[str, ...]) -> Clause:
        """Return a clause that excludes a few values."""
        return replace(self.some(attribute, values), operator=Operator.NONE_OF)

    def days(self) -> Clause:
        """Return a clause about the length of access."""
        operator = self.source.choice((Operator.AT_MOST, Operator.AT_MOST, Operator.AT_LEAST))
        return Clause(attribute=Attribute.DAYS, operator=operator, number=self.source.choice((14, 30, 90, 180)))

    def branch(self) -> Clause:
        """Return a clause about a department and what is beneath it."""
        path = self.source.choice(DEPARTMENTS).split("/")[: self.source.randint(1, 3)]
        return Clause(attribute=Attribute.DEPARTMENT, values=("/".join(path) + "/*",))

    def wildcard(self) -> Clause:
        """Return a clause about every subdomain of a partner."""
        return Clause(attribute=Attribute.GUEST_DOMAIN, values=(f"*.{self.source.choice(DOMAINS)}",))

    def request(self, book: tuple[Rule, ...]) -> RuleFacts:
        """Return a request that is aimed at one of the rules; an earlier one may decide it, though."""
        facts = self._anything()
        for clause in self.source.choice(book).all_clauses:
            facts = self._aimed(facts, clause)
        return facts

    def _anything(self) -> RuleFacts:
        choice, domain = self.source.choice, self.source.choice(DOMAINS)
        return RuleFacts(
            resource_tenant=TENANT,
            package=choice(PACKAGES),
            catalog=choice(CATALOGS),
            resources=tuple(self.source.sample(RESOURCES, 2)),
            risk=self.source.randint(0, 3),
            home_tenant=choice(HOMES),
            department=choice(DEPARTMENTS),
            groups=tuple(self.source.sample(GROUPS, 4)),
            job_title=choice(TITLES),
            for_self=self.source.random() < 0.3,
            guest_domain=choice((domain, f"mail.{domain}")),
            organization=choice((*ORGANIZATIONS, "")),
            already_guest=self.source.random() < 0.3,
            known_at_home=self.source.random() < 0.1,
            days=choice((7, 30, 60, 90, 365)),
            answers={"purpose": choice(PURPOSES)},
        )

    def _aimed(self, facts: RuleFacts, clause: Clause) -> RuleFacts:
        if clause.operator is Operator.NONE_OF:
            return facts
        if clause.attribute == Attribute.DAYS:
            return replace(facts, days=clause.number)
        if clause.attribute == Attribute.RISK:
            return replace(facts, risk=clause.number)
        value = self.source.choice(clause.values)
        return AIMS[clause.attribute](facts, value) if clause.attribute in AIMS else facts


AIMS: dict[str, Callable[[RuleFacts, str], RuleFacts]] = {
    Attribute.RESOURCE_TENANT: lambda facts, value: replace(facts, resource_tenant=value),
    Attribute.PACKAGE: lambda facts, value: replace(facts, package=value),
    Attribute.CATALOG: lambda facts, value: replace(facts, catalog=value),
    Attribute.RESOURCE: lambda facts, value: replace(facts, resources=(value, facts.resources[0])),
    Attribute.HOME_TENANT: lambda facts, value: replace(facts, home_tenant=value),
    Attribute.DEPARTMENT: lambda facts, value: replace(facts, department=value.removesuffix("/*") + "/Team"),
    Attribute.GROUP: lambda facts, value: replace(facts, groups=(*facts.groups[1:], value)),
    Attribute.JOB_TITLE: lambda facts, value: replace(facts, job_title=value),
    Attribute.FOR: lambda facts, value: replace(facts, for_self=value == "self"),
    Attribute.GUEST_DOMAIN: lambda facts, value: replace(facts, guest_domain=value.replace("*", "mail")),
    Attribute.ORGANIZATION: lambda facts, value: replace(facts, organization=value),
    Attribute.ALREADY_GUEST: lambda facts, value: replace(facts, already_guest=value == "yes"),
}

FOR_OTHERS = Clause(attribute=Attribute.FOR, values=("other",))
ALREADY_GUEST = Clause(attribute=Attribute.ALREADY_GUEST, values=("yes",))
LOW_RISK = Clause(attribute=Attribute.RISK, operator=Operator.AT_MOST, number=1)

KINDS: tuple[tuple[Kind, Band], ...] = (
    (lambda m: (m.days(),), Band.PACKAGE),
    (lambda m: (m.some(Attribute.GUEST_DOMAIN, DOMAINS), m.days()), Band.PACKAGE),
    (lambda m: (m.branch(), FOR_OTHERS), Band.PACKAGE),
    (lambda m: (m.some(Attribute.GROUP, GROUPS), m.none(Attribute.HOME_TENANT, HOMES)), Band.PACKAGE),
    (lambda m: (m.branch(), m.days()), Band.CATALOG),
    (lambda m: (m.wildcard(), m.none(Attribute.DEPARTMENT, DEPARTMENTS)), Band.CATALOG),
    (lambda m: (m.some(Attribute.ORGANIZATION, ORGANIZATIONS), LOW_RISK), Band.CATALOG),
    (lambda m: (m.some(Attribute.RESOURCE, RESOURCES), m.some(Attribute.HOME_TENANT, HOMES)), Band.FIRST),
    (lambda m: (m.wildcard(),), Band.FIRST),
    (lambda m: (m.some(Attribute.GUEST_DOMAIN, DOMAINS), m.branch(), ALREADY_GUEST), Band.FIRST),
    (lambda m: (m.some(Attribute.HOME_TENANT, HOMES), m.some(Attribute.JOB_TITLE, TITLES), m.branch()), Band.LAST),
    (lambda m: (m.some(Attribute.PACKAGE, PACKAGES, 8), m.none(Attribute.GUEST_DOMAIN, DOMAINS)), Band.LAST),
    (lambda m: (m.some(Attribute.CATALOG, CATALOGS), m.wildcard(), m.days()), Band.LAST),
)
"""What rules ask: exact values, wildcards, trees, packages, catalogs, exclusions, days; each kind as often."""
