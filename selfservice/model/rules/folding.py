"""How values are compared: what a rule names and what is found both become tokens, and they meet where one is shared.

A value that is found stands for itself and for every wildcard above it (`a/b` for `a/b`, `a/b/*` and `a/*`), so that
one look-up by token answers what would else be a search.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache

from selfservice.model.rules.domains import NotADomain, normalise, normalise_pattern, patterns_over
from selfservice.model.rules.facts import ANSWER_PREFIX, SELF_OR_OTHER, YES_OR_NO, Attribute, RuleFacts

TREE = "/*"
MOST_REMEMBERED = 20_000

Tokens = tuple[str, ...]
Read = Callable[[RuleFacts], Tokens]

MANY_VALUED = frozenset({Attribute.RESOURCE, Attribute.GROUP})
"""Attributes of which a request may have several values at once."""


def wanted_tokens(attribute: str, values: Iterable[str]) -> frozenset[str]:
    """Return what a clause's values are compared as; what can never be found has no token."""
    fold = _WANTED.get(attribute, str.casefold)
    return frozenset(token for value in values if (token := fold(value)))


def tokens_reader(attribute: str) -> Read:
    """Return what reads the tokens of an attribute from facts."""
    if attribute.startswith(ANSWER_PREFIX):
        return _answer_reader(attribute.removeprefix(ANSWER_PREFIX))
    return _FOUND[Attribute(attribute)]


def covers(attribute: str, token: str) -> Tokens:
    """Return every token that is found wherever this one is: itself, and the wildcards above it."""
    if attribute == Attribute.GUEST_DOMAIN:
        return patterns_over(token)
    if attribute == Attribute.DEPARTMENT:
        return _branches(token)
    return (token,)


class Seen(dict[str, Tokens]):
    """The facts of one request as tokens, each attribute folded when it is first asked for."""

    def __init__(self, facts: RuleFacts) -> None:
        self.facts = facts

    def __missing__(self, attribute: str) -> Tokens:
        read = _FOUND.get(attribute) or tokens_reader(attribute)
        tokens = self[attribute] = read(self.facts)
        return tokens


def _wanted_domain(value: str) -> str:
    try:
        return normalise_pattern(value)
    except NotADomain:
        return ""


def _found_domain(domain: str) -> Tokens:
    try:
        return patterns_over(normalise(domain))
    except NotADomain:
        return ()


def _path(value: str) -> str:
    return "/".join(part.strip() for part in value.casefold().split("/") if part.strip())


def _found_department(department: str) -> Tokens:
    path = _path(department)
    return _branches(path) if path else ()


class _Memo(dict[str, Tokens]):
    """Remembers what was folded before; forgets all of it where it becomes too much. A hit is one look-up."""

    def __init__(self, fold: Callable[[str], Tokens]) -> None:
        self._fold = fold

    def __missing__(self, value: str) -> Tokens:
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        tokens = self[value] = self._fold(value)
        return tokens


_DOMAINS, _DEPARTMENTS = _Memo(_found_domain), _Memo(_found_department)


def _branches(path: str) -> Tokens:
    parts = path.removesuffix(TREE).split("/")
    trees = ["/".join(parts[:depth]) + TREE for depth in range(len(parts), 0, -1)]
    return tuple(trees) if path.endswith(TREE) else (path, *trees)


@lru_cache(maxsize=1024)
def _answer_reader(key: str) -> Read:
    return lambda facts: (facts.answers.get(key, "").casefold(),)


_WANTED: dict[str, Callable[[str], str]] = {Attribute.GUEST_DOMAIN: _wanted_domain, Attribute.DEPARTMENT: _path}

# An empty value becomes an empty token, which no clause has.
_FOUND: dict[str, Read] = {
    Attribute.RESOURCE_TENANT: lambda f: (f.resource_tenant.casefold(),),
    Attribute.PACKAGE: lambda f: (f.package.casefold(),),
    Attribute.CATALOG: lambda f: (f.catalog.casefold(),),
    Attribute.RESOURCE: lambda f: tuple(map(str.casefold, f.resources)),
    Attribute.RISK: lambda f: (str(f.risk),),
    Attribute.HOME_TENANT: lambda f: (f.home_tenant.casefold(),),
    Attribute.DEPARTMENT: lambda f: _DEPARTMENTS[f.department],
    Attribute.GROUP: lambda f: tuple(map(str.casefold, f.groups)),
    Attribute.JOB_TITLE: lambda f: (f.job_title.casefold(),),
    Attribute.FOR: lambda f: SELF_OR_OTHER[not f.for_self],
    Attribute.GUEST_DOMAIN: lambda f: _DOMAINS[f.guest_domain],
    Attribute.ORGANIZATION: lambda f: (f.organization.casefold(),),
    Attribute.ALREADY_GUEST: lambda f: YES_OR_NO[not f.already_guest],
    Attribute.KNOWN_AT_HOME: lambda f: YES_OR_NO[not f.known_at_home],
    Attribute.DAYS: lambda f: (str(f.days),),
    Attribute.EXTENSION: lambda f: YES_OR_NO[not f.extension],
}
