"""What the form of a rule offers: values of each attribute, and people and groups who may decide."""

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import InstrumentedAttribute

from selfservice.model.catalog import Catalog
from selfservice.model.group import Group
from selfservice.model.organization import ConnectedOrganization
from selfservice.model.package import AccessPackage
from selfservice.model.person import Person
from selfservice.model.questions import Question, label
from selfservice.model.rules.facts import ANSWER_PREFIX, NO, OTHER, SELF, YES, Attribute
from selfservice.model.rules.outcome import Approver, ApproverKind, Outcome, Stages
from selfservice.services.overview.people import employees
from selfservice.services.overview.rule_rows import Option
from selfservice.services.overview.rule_words import EXTENSIONS, GUEST, KNOWN, RISKS, WHOM
from selfservice.services.questioning import questions_of
from selfservice.services.rules.checking import Reach
from selfservice.services.rules.keeping import Keeping

MOST_OFFERED = 50
MOST_GROUPS = 200


def options_of(reach: Reach, chosen: Sequence[str]) -> dict[str, tuple[Option, ...]]:
    """Return what a rule may ask and the values to choose from; a question that is answered by a text offers none.

    `chosen` are values that the rule names already; they are offered, however many others there are.
    """
    packages = reach.packages
    settings = reach.rt.settings
    return {
        Attribute.RESOURCE_TENANT: _tenants(reach, [reach.tenant_id]),
        Attribute.PACKAGE: tuple(Option(value=each.id, label=each.name) for each in _by_name(packages)),
        Attribute.CATALOG: _named(reach, Catalog.id, Catalog.name, Catalog.tenant_id),
        Attribute.RESOURCE: _resources(packages),
        Attribute.RISK: tuple(Option(value=str(number), label=name) for number, name in enumerate(RISKS)),
        Attribute.HOME_TENANT: _tenants(reach, [t.tenant_id for t in settings.tenants.values() if t.is_home]),
        Attribute.GROUP: _groups_at_home(reach, chosen),
        Attribute.FOR: tuple(Option(value=value, label=WHOM[value]) for value in (SELF, OTHER)),
        Attribute.ORGANIZATION: _named(
            reach, ConnectedOrganization.id, ConnectedOrganization.name, ConnectedOrganization.tenant_id
        ),
        Attribute.ALREADY_GUEST: _yes_or_no(GUEST),
        Attribute.KNOWN_AT_HOME: _yes_or_no(KNOWN),
        Attribute.EXTENSION: _yes_or_no(EXTENSIONS),
        **dict(_questions(packages)),
    }


def approver_people(reach: Reach, keeping: Keeping, outcome: Outcome, search: str) -> tuple[Option, ...]:
    """Return people who may decide: those whom the outcome names, and those of tenants in sight who fit the search."""
    named = {(a.tenant_id, a.object_id): a.name for a in _approvers(outcome) if a.kind is ApproverKind.PERSON}
    found: dict[tuple[str, str], str] = dict(named)
    for tenant_id in _tenants_in_sight(reach, keeping):
        query = employees(tenant_id).order_by(Person.name_key, Person.object_id).limit(MOST_OFFERED)
        if search:
            query = query.where(Person.name_key.contains(search.casefold(), autoescape=True))
        for person in reach.tx.scalars(query):
            words = ", ".join(filter(None, (person.display_name, person.job_title, person.department)))
            found[(tenant_id, person.object_id)] = f"{words} ({_tenant_name(reach, tenant_id)})"
    return tuple(Option(value="/".join(key), label=words) for key, words in found.items())


def approver_groups(reach: Reach, keeping: Keeping, outcome: Outcome, search: str) -> tuple[Option, ...]:
    """Return groups whose members may decide: those named, and those of tenants in sight that fit the search."""
    found = {(a.tenant_id, a.object_id): a.name for a in _approvers(outcome) if a.kind is ApproverKind.GROUP}
    for tenant_id in _tenants_in_sight(reach, keeping):
        query = (
            select(Group)
            .where(Group.tenant_id == tenant_id, Group.removed_at.is_(None))
            .where(Group.display_name.icontains(search, autoescape=True))
            .order_by(Group.display_name, Group.object_id)
            .limit(MOST_OFFERED)
        )
        for group in reach.tx.scalars(query):
            found[(tenant_id, group.object_id)] = f"{group.display_name} ({_tenant_name(reach, tenant_id)})"
    return tuple(Option(value="/".join(key), label=words) for key, words in found.items())


def _tenants_in_sight(reach: Reach, keeping: Keeping) -> list[str]:
    """An owner chooses among the people of the own tenant; an admin also among those of tenants that may ask there."""
    settings = reach.rt.settings
    homes = [
        tenant.tenant_id
        for tenant in settings.tenants.values()
        if keeping.administers and settings.may_ask(home_id=tenant.tenant_id, resource_id=reach.tenant_id)
    ]
    return [reach.tenant_id, *homes]


def _approvers(outcome: Outcome) -> Iterator[Approver]:
    for stage in outcome.stages if isinstance(outcome, Stages) else ():
        yield from (*stage.approvers, *stage.alternates, *stage.fallback)


def _tenants(reach: Reach, ids: Iterable[str]) -> tuple[Option, ...]:
    return tuple(Option(value=each, label=_tenant_name(reach, each)) for each in ids)


def _tenant_name(reach: Reach, tenant_id: str) -> str:
    tenant = reach.rt.settings.tenant_by_id(tenant_id)
    return tenant.name if tenant else tenant_id


def _by_name(packages: Iterable[AccessPackage]) -> list[AccessPackage]:
    return sorted(packages, key=lambda package: (package.name, package.id))


def _named(
    reach: Reach,
    key: InstrumentedAttribute[str],
    name: InstrumentedAttribute[str],
    tenant_id: InstrumentedAttribute[str],
) -> tuple[Option, ...]:
    rows = reach.tx.execute(select(key, name).where(tenant_id == reach.tenant_id).order_by(name, key))
    return tuple(Option(value=row[0], label=row[1]) for row in rows)


def _resources(packages: Iterable[AccessPackage]) -> tuple[Option, ...]:
    given = {role.resource_id: role.resource_name for package in packages for role in package.roles}
    return tuple(Option(value=key, label=given[key]) for key in sorted(given, key=lambda each: (given[each], each)))


def _groups_at_home(reach: Reach, chosen: Sequence[str]) -> tuple[Option, ...]:
    homes = [tenant.tenant_id for tenant in reach.rt.settings.tenants.values() if tenant.is_home]
    rows = reach.tx.scalars(
        select(Group)
        .where(Group.tenant_id.in_(homes), or_(Group.removed_at.is_(None), Group.object_id.in_(chosen)))
        .order_by(Group.object_id.in_(chosen).desc(), Group.display_name, Group.object_id)
        .limit(MOST_GROUPS)
    )
    return tuple(
        Option(value=group.object_id, label=f"{group.display_name} ({_tenant_name(reach, group.tenant_id)})")
        for group in rows
    )


def _yes_or_no(words: dict[bool, str]) -> tuple[Option, ...]:
    return (Option(value=YES, label=f"yes: {words[True]}"), Option(value=NO, label=f"no: {words[False]}"))


def _questions(packages: Iterable[AccessPackage]) -> Iterator[tuple[str, tuple[Option, ...]]]:
    asked: dict[str, dict[str, str]] = {}
    for package in _by_name(packages):
        for question in questions_of(package):
            asked.setdefault(question.key, {}).update(_choices(question))
    for key, choices in asked.items():
        yield f"{ANSWER_PREFIX}{key}", tuple(Option(value=value, label=words) for value, words in choices.items())


def _choices(question: Question) -> dict[str, str]:
    return {choice.value: label(choice.labels) for choice in question.choices}
