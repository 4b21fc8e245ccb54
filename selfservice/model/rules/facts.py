"""What an approver rule may ask about a request: the facts, each under its own name, as values that can be kept."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import cast

ANSWER_PREFIX = "answer:"
"""What the name of a question's attribute begins with: `answer:purpose` asks about the answer to `purpose`."""

YES, NO = "yes", "no"
SELF, OTHER = "self", "other"
YES_OR_NO = ((YES,), (NO,))
SELF_OR_OTHER = ((SELF,), (OTHER,))


class Attribute(StrEnum):
    """A fact that a clause may ask about. The answer to a question is asked as `answer:` and the question's key."""

    RESOURCE_TENANT = "resourceTenant"
    PACKAGE = "package"
    CATALOG = "catalog"
    RESOURCE = "resource"
    RISK = "risk"
    HOME_TENANT = "homeTenant"
    DEPARTMENT = "department"
    GROUP = "group"
    JOB_TITLE = "jobTitle"
    FOR = "for"
    GUEST_DOMAIN = "guestDomain"
    ORGANIZATION = "connectedOrganization"
    ALREADY_GUEST = "alreadyGuest"
    KNOWN_AT_HOME = "knownAtHome"
    DAYS = "days"
    EXTENSION = "extension"


NUMBERS = frozenset({Attribute.RISK, Attribute.DAYS})
"""Attributes that are whole numbers, and can be compared with `atMost` and `atLeast`."""

EVERYTHING: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        Attribute.FOR: frozenset({SELF, OTHER}),
        Attribute.ALREADY_GUEST: frozenset({YES, NO}),
        Attribute.KNOWN_AT_HOME: frozenset({YES, NO}),
        Attribute.EXTENSION: frozenset({YES, NO}),
    }
)
"""Attributes of which every request has one of a few values."""


@dataclass(frozen=True, kw_only=True)
class RuleFacts:
    """The facts of one request. Ids are as the directory spells them, domains in their ASCII form and lower case.

    `department` may be a path ("Finance/Accounting"); `organization` is the id of the connected organization that the
    guest's domain belongs to, or nothing; `days` is how long the access is asked for, in whole days; `extension` says
    that an access goes on; `answers` are by question key, a choice by its value. `tags` are the package's; no rule asks
    for them, they only make its outcome stricter.
    """

    resource_tenant: str
    package: str
    catalog: str = ""
    resources: tuple[str, ...] = ()
    risk: int = 0
    home_tenant: str = ""
    department: str = ""
    groups: tuple[str, ...] = ()
    job_title: str = ""
    for_self: bool = True
    guest_domain: str = ""
    organization: str = ""
    already_guest: bool = False
    known_at_home: bool = False
    days: int = 0
    extension: bool = False
    answers: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()

    def values(self, attribute: str) -> tuple[str, ...]:
        """Return the values of an attribute as text; one that is not known, or empty, has none."""
        return values_reader(attribute)(self)

    def number(self, attribute: Attribute) -> int:
        """Return an attribute that is a number."""
        return self.risk if attribute is Attribute.RISK else self.days

    def as_json(self) -> dict[str, object]:
        """Return the facts as they are kept with the request."""
        return {**asdict(self), "answers": dict(self.answers)}


def values_reader(attribute: str) -> Callable[[RuleFacts], tuple[str, ...]]:
    """Return what reads the values of an attribute, by name once instead of for each request."""
    if not attribute.startswith(ANSWER_PREFIX):
        return _READERS[Attribute(attribute)]
    key = attribute.removeprefix(ANSWER_PREFIX)
    return lambda facts: _present(facts.answers.get(key, ""))


def facts_from_json(kept: Mapping[str, object]) -> RuleFacts:
    """Return the facts that `as_json` wrote; what it did not know then has the value of nothing."""
    known = {name: kept[name] for name in RuleFacts.__dataclass_fields__ if name in kept}
    for name in ("resources", "groups", "tags"):
        known[name] = tuple(cast("list[str]", known.get(name, ())))
    return RuleFacts(**known)  # type: ignore[arg-type]


def _present(value: str) -> tuple[str, ...]:
    return (value,) if value else ()


_READERS: dict[str, Callable[[RuleFacts], tuple[str, ...]]] = {
    Attribute.RESOURCE_TENANT: lambda f: _present(f.resource_tenant),
    Attribute.PACKAGE: lambda f: _present(f.package),
    Attribute.CATALOG: lambda f: _present(f.catalog),
    Attribute.RESOURCE: lambda f: f.resources,
    Attribute.RISK: lambda f: (str(f.risk),),
    Attribute.HOME_TENANT: lambda f: _present(f.home_tenant),
    Attribute.DEPARTMENT: lambda f: _present(f.department),
    Attribute.GROUP: lambda f: f.groups,
    Attribute.JOB_TITLE: lambda f: _present(f.job_title),
    Attribute.FOR: lambda f: SELF_OR_OTHER[not f.for_self],
    Attribute.GUEST_DOMAIN: lambda f: _present(f.guest_domain),
    Attribute.ORGANIZATION: lambda f: _present(f.organization),
    Attribute.ALREADY_GUEST: lambda f: YES_OR_NO[not f.already_guest],
    Attribute.KNOWN_AT_HOME: lambda f: YES_OR_NO[not f.known_at_home],
    Attribute.DAYS: lambda f: (str(f.days),),
    Attribute.EXTENSION: lambda f: YES_OR_NO[not f.extension],
}
