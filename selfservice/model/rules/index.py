"""The router: it finds the first rule that holds by look-ups, whose number hardly grows with the number of rules.

Rules stand in regions (their tenant, band and scope), and in each region in a tree of look-ups. Bands are asked in
their order, and the first that holds a rule ends the search. What is no look-up (exclusions, numbers, yes or no) is
checked on the few rules that are found.

Whoever routes needs no lock: an edit prepares what it changes aside and puts it in place in one step, so that a request
is decided by the rules before or after the edit, and never by something between.
"""

import threading
from collections.abc import Iterable

from selfservice.model.rules.entry import Entry, entry_of
from selfservice.model.rules.facts import RuleFacts
from selfservice.model.rules.folding import Seen
from selfservice.model.rules.outcome import BY_PACKAGE
from selfservice.model.rules.rule import Band, Rule
from selfservice.model.rules.scanning import in_order
from selfservice.model.rules.tree import Step, contents, copied_along, drop, first, put
from selfservice.model.rules.verdict import Verdict

BY_PACKAGE_VERDICT = Verdict(rule=None, outcome=BY_PACKAGE)

Bands = tuple[dict[str, Step], ...]
Tenants = dict[str, Bands]


class RuleIndex:
    """Rules in order, found by what they ask."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self._editing = threading.Lock()
        self._rules = {rule.id: rule for rule in rules}
        self._entries = {rule.id: entry_of(rule) for rule in self._rules.values() if rule.enabled}
        self._tenants: Tenants = {}
        for entry in self._entries.values():
            tenant, band, scope = entry.region
            bands = self._tenants.setdefault(tenant, _no_bands())
            for way in entry.ways:
                bands[band - 1][scope] = put(bands[band - 1].get(scope), way, entry)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules in the order in which they are read."""
        with self._editing:
            known = tuple(self._rules.values())
        return in_order(known)

    def put(self, rule: Rule) -> None:
        """Add a rule, or replace the version that was known."""
        self._edit([rule], [])

    def drop(self, rule_id: str) -> None:
        """Forget a rule."""
        self._edit([], [rule_id])

    def edited(self, rules: Iterable[Rule], *, dropped: Iterable[str] = ()) -> "RuleIndex":
        """Return an index with some rules changed and others dropped; this one stays as it is."""
        copy = RuleIndex()
        with self._editing:
            copy._rules, copy._entries, copy._tenants = dict(self._rules), dict(self._entries), self._tenants
        copy._edit(rules, dropped)
        return copy

    def alike(self, other: "RuleIndex") -> bool:
        """Say whether both hold the same rules in the same places, however they came by them."""
        return self._contents() == other._contents()

    def route(self, facts: RuleFacts) -> Verdict:
        """Return the first rule that holds, and why."""
        bands = self._tenants.get(facts.resource_tenant.casefold())
        if bands is None:
            return BY_PACKAGE_VERDICT
        seen = Seen(facts)
        for scopes, scope in zip(bands, ("", facts.package.casefold(), facts.catalog.casefold(), ""), strict=True):
            if scope in scopes:
                entry = first(scopes[scope], seen)
                if entry is not None:
                    return entry.verdict(facts)
        return BY_PACKAGE_VERDICT

    def _edit(self, rules: Iterable[Rule], dropped: Iterable[str]) -> None:
        with self._editing:
            tenants = dict(self._tenants)
            for rule_id in dropped:
                self._take_out(tenants, rule_id)
            for rule in rules:
                self._take_out(tenants, rule.id)
                self._put_in(tenants, rule)
            self._tenants = tenants

    def _take_out(self, tenants: Tenants, rule_id: str) -> None:
        self._rules.pop(rule_id, None)
        entry = self._entries.pop(rule_id, None)
        if entry is None or not entry.ways:
            return
        scopes, scope = _opened(tenants, entry)
        for way in entry.ways:
            left = drop(scopes[scope], way, entry)
            if left is None:
                del scopes[scope]
            else:
                scopes[scope] = left

    def _put_in(self, tenants: Tenants, rule: Rule) -> None:
        self._rules[rule.id] = rule
        if not rule.enabled:
            return
        entry = self._entries[rule.id] = entry_of(rule)
        if entry.ways:
            scopes, scope = _opened(tenants, entry)
            for way in entry.ways:
                scopes[scope] = put(scopes.get(scope), way, entry)

    def _contents(self) -> object:
        return self._rules, {
            (tenant, band, scope): contents(root)
            for tenant, bands in self._tenants.items()
            for band, scopes in enumerate(bands, 1)
            for scope, root in scopes.items()
        }


def _opened(tenants: Tenants, entry: Entry) -> tuple[dict[str, Step], str]:
    """Return the scopes of an entry's band, and its own: copies, as far as the entry's ways, that nobody reads yet."""
    tenant, band, scope = entry.region
    bands = list(tenants.get(tenant) or _no_bands())
    scopes = bands[band - 1] = dict(bands[band - 1])
    tenants[tenant] = tuple(bands)
    if scope in scopes:
        for way in entry.ways:
            scopes[scope] = copied_along(scopes[scope], way)
    return scopes, scope


def _no_bands() -> Bands:
    return tuple({} for _ in Band)
