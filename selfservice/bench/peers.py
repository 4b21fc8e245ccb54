"""What routing is measured against: a statement for each decision over an indexed table, and bare look-ups."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product

from sqlalchemy import Connection, text

from selfservice.model.rules.clause import Operator
from selfservice.model.rules.facts import NUMBERS, Attribute, RuleFacts
from selfservice.model.rules.folding import Seen
from selfservice.model.rules.rule import Rule
from selfservice.model.rules.scanning import in_order

Values = tuple[str, ...]
Row = dict[str, object]

SLOTS: Mapping[str, int] = {
    Attribute.RESOURCE_TENANT: 1,
    Attribute.PACKAGE: 1,
    Attribute.RESOURCE: 2,
    Attribute.GUEST_DOMAIN: 4,
    Attribute.ORGANIZATION: 1,
    Attribute.GROUP: 4,
    Attribute.JOB_TITLE: 1,
    Attribute.CATALOG: 1,
    Attribute.DEPARTMENT: 6,
    Attribute.HOME_TENANT: 1,
    Attribute.FOR: 1,
    Attribute.ALREADY_GUEST: 1,
}
"""How many values of an attribute the statement takes; it is always the same, so that it is prepared once."""

ANCHORS = tuple(attribute for attribute in SLOTS if attribute not in (Attribute.FOR, Attribute.ALREADY_GUEST))
COLUMNS = {attribute: f"c{number}" for number, attribute in enumerate(SLOTS)}
NO_LIMIT = 1_000_000


def lookup_tables(rules: Iterable[Rule]) -> tuple[dict[str, list[str]], ...]:
    """Return for each attribute which rules name a value: what any router has to look into."""
    tables: dict[str, dict[str, list[str]]] = {attribute: {} for attribute in Attribute}
    for rule in rules:
        for clause in rule.all_clauses:
            for value in clause.values:
                tables[clause.attribute].setdefault(value, []).append(rule.id)
    return tuple(tables.values())


def lookup_values(facts: RuleFacts) -> Values:
    """Return one value for each attribute, ready to be looked up."""
    return tuple((facts.values(attribute) or ("",))[0] for attribute in Attribute)


def look_up(tables: tuple[dict[str, list[str]], ...]) -> Callable[[Values], object]:
    """Return what looks up one value in each table: no router can do less."""

    def bare(values: Values) -> None:
        for table, value in zip(tables, values, strict=True):
            table.get(value)

    return bare


class SqlRouter:
    """One indexed statement for each decision. Lists of values are rows of their own; each row is found by the one
    of its values that fewest rules name (`anchor`), and everything else that it asks is compared in place.
    """

    def __init__(self, connection: Connection, rules: Iterable[Rule], *, temporary: bool) -> None:
        self._mark = "?" if connection.dialect.name == "sqlite" else "%s"
        _fill(connection, in_order(rule for rule in rules if rule.enabled), temporary=temporary)
        self._cursor = connection.connection.cursor()
        self._statement = self._written()

    def route(self, facts: RuleFacts) -> str | None:
        """Return the id of the first rule that holds."""
        self._cursor.execute(self._statement, _parameters(facts))
        found = self._cursor.fetchone()
        return None if found is None else str(found[0])

    def _written(self) -> str:
        anchors = self._marks(sum(SLOTS[attribute] for attribute in ANCHORS))
        asked = " ".join(f"AND ({COLUMNS[a]} IS NULL OR {COLUMNS[a]} IN ({self._marks(SLOTS[a])}))" for a in SLOTS)
        m = self._mark
        return (
            f"SELECT rule_id FROM bench_rule r WHERE anchor IN ({anchors}) {asked}"
            f" AND {m} BETWEEN least_days AND most_days AND {m} <= most_risk AND (excludes = 0 OR NOT EXISTS ("
            f"SELECT 1 FROM bench_exclusion e WHERE e.rule_id = r.rule_id AND e.token IN ({anchors})))"
            " ORDER BY place LIMIT 1"
        )

    def _marks(self, count: int) -> str:
        return ", ".join([self._mark] * count)


def _parameters(facts: RuleFacts) -> list[object]:
    seen = Seen(facts)
    tokens = {attribute: _padded(seen[attribute], slots) for attribute, slots in SLOTS.items()}
    anchors = [f"{attribute}:{token}" for attribute in ANCHORS for token in tokens[attribute]]
    asked = [token for values in tokens.values() for token in values]
    return [*anchors, *asked, facts.days, facts.risk, *anchors]


def _padded(values: Values, slots: int) -> Values:
    return (*values, *("",) * slots)[:slots]


def _fill(connection: Connection, rules: Iterable[Rule], *, temporary: bool) -> None:
    kind = "TEMPORARY TABLE" if temporary else "TABLE"
    columns = ", ".join(f"{column} TEXT" for column in COLUMNS.values())
    for statement in (
        f"CREATE {kind} bench_rule (anchor TEXT, place INTEGER, rule_id TEXT, {columns},"
        " least_days INTEGER, most_days INTEGER, most_risk INTEGER, excludes INTEGER)",
        f"CREATE {kind} bench_exclusion (rule_id TEXT, token TEXT)",
    ):
        connection.execute(text(statement))
    kept, excluded = _rows(rules)
    names = list(kept[0])
    connection.execute(text(f"INSERT INTO bench_rule VALUES ({', '.join(f':{name}' for name in names)})"), kept)
    if excluded:
        connection.execute(text("INSERT INTO bench_exclusion VALUES (:rule_id, :token)"), excluded)
    for statement in (
        "CREATE INDEX bench_rule_found ON bench_rule (anchor, place)",
        "CREATE INDEX bench_exclusion_found ON bench_exclusion (rule_id, token)",
        "ANALYZE bench_rule",
        "ANALYZE bench_exclusion",
    ):
        connection.execute(text(statement))


def _rows(rules: Iterable[Rule]) -> tuple[list[Row], list[Row]]:
    kept: list[Row] = []
    excluded: list[Row] = []
    ordered = list(rules)
    named = Counter(anchor for rule in ordered for tokens in _combinations(rule) for anchor in _anchors(tokens))
    for place, rule in enumerate(ordered):
        for tokens in _combinations(rule):
            columns = {column: tokens.get(attribute) for attribute, column in COLUMNS.items()}
            found_by = {"anchor": min(_anchors(tokens), key=lambda anchor: named[anchor]), "place": place}
            kept.append({**found_by, "rule_id": rule.id, **columns, **_numbers(rule)})
        excluded += [
            {"rule_id": rule.id, "token": f"{clause.attribute}:{token}"}
            for clause in rule.all_clauses
            if clause.operator is Operator.NONE_OF
            for token in clause.wanted
        ]
    return kept, excluded


def _combinations(rule: Rule) -> Iterator[Mapping[str, str]]:
    """Yield each combination of one value for each attribute that the rule compares with a list."""
    listed = {str(c.attribute): sorted(c.wanted) for c in rule.all_clauses if c.operator is Operator.ANY_OF}
    return (dict(zip(listed, tokens, strict=True)) for tokens in product(*listed.values()))


def _anchors(tokens: Mapping[str, str]) -> list[str]:
    return [f"{attribute}:{token}" for attribute, token in tokens.items() if attribute in ANCHORS]


def _numbers(rule: Rule) -> Row:
    limits = {"least_days": -NO_LIMIT, "most_days": NO_LIMIT, "most_risk": NO_LIMIT, "excludes": 0}
    for clause in rule.all_clauses:
        if clause.operator is Operator.NONE_OF:
            limits["excludes"] = 1
        elif clause.attribute in NUMBERS:
            name = f"{'most' if clause.operator is Operator.AT_MOST else 'least'}_{clause.attribute}"
            limits[name] = clause.number
    return dict(limits)
