"""The rules as a list: grouped by whose they are, searched, and so many at a time."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from selfservice.services.overview.rule_rows import RuleBookPage, RuleListRow

MOST_RULES = 100


@dataclass(frozen=True, kw_only=True)
class PlacedRule:
    """A rule among those of the same keepers."""

    row: RuleListRow
    is_last: bool

    @property
    def keepers(self) -> tuple[str, str]:
        """Whose it is."""
        return (self.row.whose, self.row.scope_id)

    @property
    def text(self) -> str:
        """All that a search may find."""
        row = self.row
        return " ".join((row.name, row.whose, row.note, *row.when, row.then)).casefold()


@dataclass(frozen=True, kw_only=True)
class RuleGroup:
    """Rules of the same keepers that follow one another."""

    whose: str
    hint: str
    rules: list[PlacedRule] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class RuleList:
    """A part of the book."""

    groups: list[RuleGroup]
    found: int
    total: int
    next_start: int | None


def listed(book: RuleBookPage, *, search: str = "", start: int = 0) -> RuleList:
    """Return the rules by whose they are, in reading order: those that hold the words, and so many at a time."""
    words = search.casefold()
    fitting = [each for each in _placed(book.rules) if words in each.text]
    groups: list[RuleGroup] = []
    for each in fitting[start : start + MOST_RULES]:
        if not groups or groups[-1].rules[-1].keepers != each.keepers:
            groups.append(RuleGroup(whose=each.row.whose, hint=_hint(book, each.row.whose)))
        groups[-1].rules.append(each)
    more = start + MOST_RULES
    return RuleList(
        groups=groups, found=len(fitting), total=len(book.rules), next_start=more if more < len(fitting) else None
    )


def _placed(rows: Sequence[RuleListRow]) -> list[PlacedRule]:
    """Return the rules of the same keepers together: those of different packages are never read for one request."""
    kept: dict[tuple[str, str], list[RuleListRow]] = defaultdict(list)
    for row in rows:
        kept[row.whose, row.scope_id].append(row)
    return [PlacedRule(row=row, is_last=row is together[-1]) for together in kept.values() for row in together]


def _hint(book: RuleBookPage, whose: str) -> str:
    if whose == f"{book.tenant.name}, first":
        return "Read before all others: nobody goes round them."
    if whose == f"{book.tenant.name}, last":
        return "Read where packages and catalogs say nothing."
    return ""
