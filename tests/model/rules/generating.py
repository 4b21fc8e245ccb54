"""Random rules and facts from a small world, in which nearly everything meets: the hard case for a router."""

import random
from collections.abc import Sequence

from selfservice.model.rules.clause import Clause, Operator
from selfservice.model.rules.facts import NUMBERS, Attribute, RuleFacts
from selfservice.model.rules.outcome import PACKAGE_APPROVERS, Automatic, Deny, Outcome, Stages, StageSpec
from selfservice.model.rules.rule import Band, Rule

TENANTS = ("t1", "T2")
PACKAGES = tuple(f"p{n}" for n in range(5))
CATALOGS = ("c1", "c2", "c3")
RESOURCES = ("r1", "R2", "r3", "r4")
GROUPS = ("t1/g1", "t1/g2", "T1/G3", "t2/g4")
DEPARTMENTS = ("Finance", "finance/Accounting", "Finance/Accounting/Payables", "Sales", "Sales/EMEA", "FinanceX", "")
DEPARTMENT_PATTERNS = (
    *DEPARTMENTS[:-1],
    "Finance/*",
    "finance/accounting/*",
    "Sales/*",
    "SALES",
    "Finance /Accounting",
)
DOMAINS = (
    "partner.example",
    "sub.partner.example",
    "a.sub.partner.example",
    "evilpartner.example",
    "partner.example.evil.test",
    "xn--mnchen-3ya.example",
    "example",
    "",
)
DOMAIN_PATTERNS = (
    "partner.example",
    "*.partner.example",
    "*.sub.partner.example",
    "PARTNER.example.",
    "münchen.example",
    "*.example",
    "sub.Partner.example",
    "*.evil.test",
)
TITLES = ("Buyer", "buyer", "Seller", "")
KEYS = ("purpose", "cost")
ANSWERS = ("travel", "Travel", "audit", "")
VALUES: dict[str, tuple[str, ...]] = {
    Attribute.RESOURCE_TENANT: TENANTS,
    Attribute.PACKAGE: PACKAGES,
    Attribute.CATALOG: CATALOGS,
    Attribute.RESOURCE: RESOURCES,
    Attribute.RISK: tuple(map(str, range(4))),
    Attribute.HOME_TENANT: ("h1", "H2", "h3"),
    Attribute.DEPARTMENT: DEPARTMENT_PATTERNS,
    Attribute.GROUP: GROUPS,
    Attribute.JOB_TITLE: TITLES[:-1],
    Attribute.FOR: ("self", "other"),
    Attribute.GUEST_DOMAIN: DOMAIN_PATTERNS,
    Attribute.ORGANIZATION: ("o1", "o2"),
    Attribute.ALREADY_GUEST: ("yes", "no"),
    Attribute.KNOWN_AT_HOME: ("yes", "No"),
    Attribute.DAYS: ("10", "30", "90"),
    Attribute.EXTENSION: ("yes", "no"),
    "answer:purpose": ANSWERS[:-1],
    "answer:cost": ("cc1", "cc2"),
}
ATTRIBUTES = tuple(VALUES)


def random_clause(source: random.Random, attributes: Sequence[str] = ATTRIBUTES) -> Clause:
    """Return a clause about any of these attributes."""
    attribute = source.choice(attributes)
    if attribute in NUMBERS and source.random() < 0.7:
        operator = source.choice((Operator.AT_MOST, Operator.AT_LEAST))
        return Clause(attribute=attribute, operator=operator, number=source.choice((0, 2, 10, 30, 90)))
    values = VALUES[attribute]
    chosen = source.sample(values, min(len(values), source.choice((1, 1, 2, 3))))
    operator = Operator.ANY_OF if source.random() < 0.75 else Operator.NONE_OF
    return Clause(attribute=attribute, operator=operator, values=tuple(chosen))


def random_outcome(source: random.Random) -> Outcome:
    """Return any outcome."""
    stage = StageSpec(approvers=(PACKAGE_APPROVERS,), quorum=source.randint(1, 3))
    stages = Stages(stages=(stage,) * source.randint(1, 3))
    return source.choice((Deny(reason="No."), Automatic(), stages))


def random_rule(source: random.Random, number: int, attributes: Sequence[str] = ATTRIBUTES) -> Rule:
    """Return a rule of any band, with up to four clauses of its own."""
    band = source.choice(tuple(Band))
    scope = {Band.PACKAGE: PACKAGES, Band.CATALOG: CATALOGS}.get(band, ("",))
    return Rule(
        id=f"rule-{number}",
        tenant_id=source.choice(TENANTS),
        name=f"Rule {number}",
        clauses=tuple(random_clause(source, attributes) for _ in range(source.randint(0, 4))),
        outcome=random_outcome(source),
        version=source.randint(1, 9),
        band=band,
        scope_id=source.choice(scope),
        position=source.randint(0, 30),
        enabled=source.random() < 0.9,
    )


def random_facts(source: random.Random) -> RuleFacts:
    """Return the facts of any request."""
    return RuleFacts(
        resource_tenant=source.choice(("t1", "t2", "t3")),
        package=source.choice(PACKAGES).swapcase(),
        catalog=source.choice((*CATALOGS, "")),
        resources=tuple(source.sample(RESOURCES, source.randint(0, 3))),
        risk=source.randint(0, 3),
        home_tenant=source.choice(("h1", "h2", "h3", "")),
        department=source.choice(DEPARTMENTS),
        groups=tuple(source.sample(GROUPS, source.randint(0, 4))),
        job_title=source.choice(TITLES),
        for_self=source.random() < 0.5,
        guest_domain=source.choice(DOMAINS),
        organization=source.choice(("o1", "O2", "")),
        already_guest=source.random() < 0.5,
        known_at_home=source.random() < 0.5,
        extension=source.random() < 0.3,
        days=source.choice((0, 1, 10, 11, 30, 31, 90, 365)),
        answers={key: source.choice(ANSWERS) for key in KEYS if source.random() < 0.7},
    )
