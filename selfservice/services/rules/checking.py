"""Checking: what a rule names must exist and be in reach, and is kept as the directory spells it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.application import Application
from selfservice.model.catalog import Catalog
from selfservice.model.group import Group
from selfservice.model.organization import ConnectedOrganization
from selfservice.model.package import AccessPackage, ResourceRole
from selfservice.model.person import Person
from selfservice.model.refusal import Refused
from selfservice.model.rules.clause import Clause, Operator
from selfservice.model.rules.codec import clauses_from_data, clauses_to_data, outcome_from_data, outcome_to_data
from selfservice.model.rules.domains import normalise_pattern
from selfservice.model.rules.facts import ANSWER_PREFIX, NO, OTHER, SELF, YES, Attribute
from selfservice.model.rules.outcome import Approver, ApproverKind, Outcome, Stages, StageSpec
from selfservice.model.rules.rule import Band
from selfservice.services.eligibility import TextRefused, clean_line, clean_text
from selfservice.services.finding import employees_of
from selfservice.services.rules.edits import RuleDraft
from selfservice.services.runtime import Runtime

WORDS: Mapping[str, frozenset[str]] = {
    Attribute.FOR: frozenset({SELF, OTHER}),
    Attribute.ALREADY_GUEST: frozenset({YES, NO}),
    Attribute.KNOWN_AT_HOME: frozenset({YES, NO}),
    Attribute.EXTENSION: frozenset({YES, NO}),
    Attribute.RISK: frozenset("0123"),
}


class NamesNothing(Refused):
    """A rule names something that there is not, or that is out of its reach."""


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Where a rule is written: a resource tenant, and the package or catalog whose rule it is."""

    tx: Session
    rt: Runtime
    tenant_id: str
    band: Band = Band.LAST
    scope_id: str = ""

    @cached_property
    def packages(self) -> list[AccessPackage]:
        """The packages that the rule can be about."""
        query = select(AccessPackage).where(AccessPackage.tenant_id == self.tenant_id)
        if self.band is Band.PACKAGE:
            query = query.where(AccessPackage.id == self.scope_id)
        if self.band is Band.CATALOG:
            query = query.where(AccessPackage.catalog_id == self.scope_id)
        return list(self.tx.scalars(query))


def checked(tx: Session, rt: Runtime, tenant_id: str, draft: RuleDraft) -> RuleDraft:
    """Return a rule as it is kept, or refuse with what is wrong in it."""
    name = clean_line(draft.name, what="name of a rule", longest=120)
    if not name:
        raise TextRefused("A rule has no name.", next_step="Name it by what it is for.", owner="You")
    reach = Reach(tx=tx, rt=rt, tenant_id=tenant_id, band=draft.band, scope_id=draft.scope_id)
    _ensure_scope(reach)
    clauses = clauses_from_data(clauses_to_data(draft.clauses), where=f"{name}: when")
    outcome = outcome_from_data(outcome_to_data(draft.outcome), where=f"{name}: then")
    return replace(
        draft,
        name=name,
        note=clean_text(draft.note, what="note of a rule", longest=2000),
        clauses=tuple(_clause(reach, clause) for clause in clauses),
        outcome=_outcome(reach, outcome),
    )


def _ensure_scope(reach: Reach) -> None:
    if reach.band is Band.PACKAGE and not reach.packages:
        raise _unknown("access package", reach.scope_id)
    if reach.band is Band.CATALOG and not _is_catalog(reach, reach.scope_id):
        raise _unknown("catalog", reach.scope_id)


# --- clauses ----------------------------------------------------------------------------------------------------------


def _clause(reach: Reach, clause: Clause) -> Clause:
    if clause.operator in (Operator.AT_MOST, Operator.AT_LEAST):
        return clause
    if clause.attribute.startswith(ANSWER_PREFIX):
        _ensure_asked(reach, clause.attribute.removeprefix(ANSWER_PREFIX))
        return clause
    return replace(clause, values=tuple(_value(reach, Attribute(clause.attribute), each) for each in clause.values))


def _value(reach: Reach, attribute: Attribute, value: str) -> str:
    if attribute in WORDS:
        if value.casefold() not in WORDS[attribute]:
            raise _unknown(f"answer to {attribute}", value)
        return value.casefold()
    if attribute is Attribute.GUEST_DOMAIN:
        return normalise_pattern(value)
    if attribute is Attribute.DAYS and not value.isdecimal():
        raise _unknown("number of days", value)
    known = _KNOWN.get(attribute)
    if known is None:
        return clean_line(value, what=f"value of {attribute}", longest=256)
    what, exists = known
    if not exists(reach, value):
        raise _unknown(what, value)
    return value


def _ensure_asked(reach: Reach, key: str) -> None:
    asked = {
        question.get("key")
        for package in reach.packages
        for question in package.questions
        if isinstance(question, dict)
    }
    if key not in asked:
        raise _unknown("question of an access package in reach of this rule", key)


def _is_package(reach: Reach, value: str) -> bool:
    return any(package.id == value for package in reach.packages)


def _is_catalog(reach: Reach, value: str) -> bool:
    catalog = reach.tx.get(Catalog, value)
    return catalog is not None and catalog.tenant_id == reach.tenant_id


def _is_organization(reach: Reach, value: str) -> bool:
    organization = reach.tx.get(ConnectedOrganization, value)
    return organization is not None and organization.tenant_id == reach.tenant_id


def _is_resource(reach: Reach, value: str) -> bool:
    given = (
        select(ResourceRole.id)
        .join(AccessPackage)
        .where(AccessPackage.tenant_id == reach.tenant_id, ResourceRole.resource_id == value)
    )
    key = (reach.tenant_id, value)
    return bool(reach.tx.get(Group, key) or reach.tx.get(Application, key) or reach.tx.scalar(given.limit(1)))


def _is_home(reach: Reach, value: str) -> bool:
    tenant = reach.rt.settings.tenant_by_id(value)
    return tenant is not None and tenant.is_home


def _is_group(reach: Reach, value: str) -> bool:
    """A requestor's group is one of their home tenant."""
    homes = [tenant.tenant_id for tenant in reach.rt.settings.tenants.values() if tenant.is_home]
    return any(_live_group(reach.tx, home, value) for home in homes)


_KNOWN: Mapping[Attribute, tuple[str, Callable[[Reach, str], bool]]] = {
    Attribute.RESOURCE_TENANT: ("resource tenant of this rule", lambda reach, value: value == reach.tenant_id),
    Attribute.PACKAGE: ("access package", _is_package),
    Attribute.CATALOG: ("catalog", _is_catalog),
    Attribute.RESOURCE: ("resource", _is_resource),
    Attribute.HOME_TENANT: ("home tenant", _is_home),
    Attribute.GROUP: ("group of a home tenant", _is_group),
    Attribute.ORGANIZATION: ("connected organization", _is_organization),
}


# --- outcomes ---------------------------------------------------------------------------------------------------------


def _outcome(reach: Reach, outcome: Outcome) -> Outcome:
    if not isinstance(outcome, Stages):
        return outcome
    return Stages(stages=tuple(_stage(reach, stage) for stage in outcome.stages))


def _stage(reach: Reach, stage: StageSpec) -> StageSpec:
    return replace(
        stage,
        approvers=_approvers(reach, stage.approvers),
        alternates=_approvers(reach, stage.alternates),
        fallback=_approvers(reach, stage.fallback),
    )


def _approvers(reach: Reach, approvers: Iterable[Approver]) -> tuple[Approver, ...]:
    return tuple(dict.fromkeys(_approver(reach, each) for each in approvers))


def _approver(reach: Reach, approver: Approver) -> Approver:
    if approver.kind is ApproverKind.PERSON:
        query = employees_of(approver.tenant_id).where(Person.object_id == approver.object_id)
        person = reach.tx.scalars(query).first() if _is_ours(reach, approver) else None
        if person is None:
            raise _unknown("active employee who could decide", approver.name or approver.object_id)
        return replace(approver, name=person.display_name)
    if approver.kind is ApproverKind.GROUP:
        group = _live_group(reach.tx, approver.tenant_id, approver.object_id) if _is_ours(reach, approver) else None
        if group is None:
            raise _unknown("group whose members could decide", approver.name or approver.object_id)
        return replace(approver, name=group.display_name)
    return approver


def _is_ours(reach: Reach, approver: Approver) -> bool:
    return reach.rt.settings.tenant_by_id(approver.tenant_id) is not None


def _live_group(tx: Session, tenant_id: str, group_id: str) -> Group | None:
    group = tx.get(Group, (tenant_id, group_id))
    return group if group is not None and group.removed_at is None else None


def _unknown(what: str, value: str) -> NamesNothing:
    return NamesNothing(
        f"There is no {what} “{value}”." if value else f"A rule names no {what}.",
        next_step="Choose again; what was created a moment ago appears within a minute.",
        owner="You",
    )
