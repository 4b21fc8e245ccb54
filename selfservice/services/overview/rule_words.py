"""Rules in words: what a clause asks, what comes of a rule, and the facts of a request, as people read them."""

from collections.abc import Callable, Mapping, Sequence

from selfservice.model.rules.clause import Clause, Operator
from selfservice.model.rules.facts import ANSWER_PREFIX, OTHER, SELF, YES, Attribute, RuleFacts
from selfservice.model.rules.outcome import Approver, ApproverKind, Automatic, Deny, Outcome, StageSpec

ATTRIBUTES: Mapping[str, str] = {
    Attribute.RESOURCE_TENANT: "resource tenant",
    Attribute.PACKAGE: "access package",
    Attribute.CATALOG: "catalog",
    Attribute.RESOURCE: "resource",
    Attribute.RISK: "risk",
    Attribute.HOME_TENANT: "home tenant",
    Attribute.DEPARTMENT: "department",
    Attribute.GROUP: "group of the requestor",
    Attribute.JOB_TITLE: "job title",
    Attribute.FOR: "for whom",
    Attribute.GUEST_DOMAIN: "domain of the guest",
    Attribute.ORGANIZATION: "connected organization",
    Attribute.ALREADY_GUEST: "is a guest already",
    Attribute.KNOWN_AT_HOME: "is known in a home tenant",
    Attribute.DAYS: "length of access",
    Attribute.EXTENSION: "is an extension",
}
"""Attributes as people read them."""

RISKS = ("none", "low", "medium", "high")
WHOM = {SELF: "for oneself", OTHER: "for somebody else"}
GUEST = {True: "the guest is in the directory already", False: "the guest is not in the directory yet"}
KNOWN = {True: "the guest is known in a home tenant", False: "the guest is unknown in every home tenant"}
EXTENSIONS = {True: "the access is held already, and goes on", False: "the access is new"}
APPROVERS = {
    ApproverKind.OWNER: "the owner of the access package",
    ApproverKind.PACKAGE_APPROVERS: "the approvers of the access package",
    ApproverKind.MANAGER: "the requestor's manager",
    ApproverKind.MANAGERS_MANAGER: "the manager of the requestor's manager",
    ApproverKind.SPONSOR: "the sponsor",
    ApproverKind.ORGANIZATION_SPONSORS: "the sponsors of the connected organization",
}
Names = Mapping[str, str]
"""Names of packages, catalogs, tenants, groups, people, resources and organizations, by their ids."""


def attribute_words(attribute: str) -> str:
    """Return what an attribute asks: "department", or "answer to purpose"."""
    if attribute.startswith(ANSWER_PREFIX):
        return f"answer to {attribute.removeprefix(ANSWER_PREFIX)}"
    return ATTRIBUTES[attribute]


def clause_words(clause: Clause, names: Names) -> str:
    """Return a clause in words: "department is Finance or beneath it", "length of access is at most 30 days"."""
    spoken = _SPOKEN.get(clause.attribute)
    if spoken is not None and _is_plain(clause):
        wanted = clause.values[0].casefold()
        return spoken(wanted, clause.operator is Operator.ANY_OF)
    what = attribute_words(clause.attribute)
    if clause.operator is Operator.AT_MOST:
        return f"{what} is at most {_number_words(clause)}"
    if clause.operator is Operator.AT_LEAST:
        return f"{what} is at least {_number_words(clause)}"
    values = [value_words(clause.attribute, value, names) for value in clause.values]
    if clause.operator is Operator.ANY_OF:
        return f"{what} is {listed(values, 'or')}"
    return f"{what} is not {values[0]}" if len(values) == 1 else f"{what} is neither {listed(values, 'nor')}"


def value_words(attribute: str, value: str, names: Names) -> str:
    """Return a value as a clause writes it, or as a fact has it, in words."""
    if attribute == Attribute.RISK and value.isdecimal() and int(value) < len(RISKS):
        return RISKS[int(value)]
    if attribute == Attribute.DAYS:
        return days_words(int(value)) if value.isdecimal() else value
    if attribute == Attribute.FOR:
        return WHOM.get(value.casefold(), value)
    if attribute == Attribute.DEPARTMENT and value.endswith("/*"):
        return f"{value.removesuffix('/*')} or beneath it"
    if attribute == Attribute.GUEST_DOMAIN and value.startswith("*."):
        return f"a subdomain of {value.removeprefix('*.')}"
    return names.get(value, value)


def found_words(attribute: str, found: Sequence[str], names: Names) -> str:
    """Return what was found for a clause, in words; "nothing" where there was no value."""
    return listed([value_words(attribute, value, names) for value in found], "and") or "nothing"


def outcome_words(outcome: Outcome) -> str:
    """Return what comes of a rule: "automatic", "denied: ...", or who decides, stage by stage."""
    if isinstance(outcome, Deny):
        return f"denied: {outcome.reason}"
    if isinstance(outcome, Automatic):
        return "automatic"
    return ", then ".join(stage_words(stage) for stage in outcome.stages)


def stage_words(stage: StageSpec) -> str:
    """Return who decides in a stage and how: "any 2 of: members of Approvers, within 7 days"."""
    who = listed([approver_words(each) for each in stage.approvers], "or")
    said = [f"{stage.quorum} of: {who}" if stage.quorum > 1 else who, f"within {days_words(stage.days_to_answer)}"]
    if stage.justification_required:
        said.append("with a justification")
    if stage.escalate_after_days is not None:
        others = listed([approver_words(each) for each in stage.alternates], "or")
        said.append(f"after {days_words(stage.escalate_after_days)} also {others}")
    if stage.fallback:
        said.append(f"else {listed([approver_words(each) for each in stage.fallback], 'or')}")
    return ", ".join(said)


def approver_words(approver: Approver) -> str:
    """Return who decides, in words."""
    if approver.kind is ApproverKind.PERSON:
        words = approver.name or approver.object_id
    elif approver.kind is ApproverKind.GROUP:
        words = f"members of {approver.name or approver.object_id}"
    else:
        words = APPROVERS[approver.kind]
    return f"{words} (without mail)" if approver.quiet else words


def facts_words(facts: RuleFacts, names: Names) -> tuple[tuple[str, str], ...]:
    """Return the facts of a request that have a value, each with its name, in words."""
    asked = [str(attribute) for attribute in Attribute]
    asked += [f"{ANSWER_PREFIX}{key}" for key in sorted(facts.answers)]
    said = [
        (attribute_words(each), found_words(each, facts.values(each), names)) for each in asked if facts.values(each)
    ]
    return (*said, *([("tags", ", ".join(facts.tags))] if facts.tags else []))


def listed(words: Sequence[str], conjunction: str) -> str:
    """Return words as a list that is read aloud: "a, b or c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {conjunction} {words[-1]}"


def days_words(days: int) -> str:
    """Return a number of days in words."""
    return "1 day" if days == 1 else f"{days} days"


def _number_words(clause: Clause) -> str:
    return value_words(clause.attribute, str(clause.number), {})


def _is_plain(clause: Clause) -> bool:
    return clause.operator in (Operator.ANY_OF, Operator.NONE_OF) and len(clause.values) == 1


def _for_whom(wanted: str, is_asked: bool) -> str:
    return f"it is asked {WHOM[SELF if (wanted == SELF) == is_asked else OTHER]}"


_SPOKEN: Mapping[str, Callable[[str, bool], str]] = {
    Attribute.FOR: _for_whom,
    Attribute.ALREADY_GUEST: lambda wanted, is_asked: GUEST[(wanted == YES) == is_asked],
    Attribute.KNOWN_AT_HOME: lambda wanted, is_asked: KNOWN[(wanted == YES) == is_asked],
    Attribute.EXTENSION: lambda wanted, is_asked: EXTENSIONS[(wanted == YES) == is_asked],
}
