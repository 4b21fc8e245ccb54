"""A long book: rules of the same keepers stand together, are searched, and are shown so many at a time."""

from collections.abc import Callable
from dataclasses import replace

from selfservice.model.person import Person
from selfservice.services.overview.rows import TenantMark
from selfservice.services.overview.rule_rows import RuleBookPage, RuleListRow
from selfservice.services.runtime import WebRuntime
from selfservice.store.transaction import transaction
from selfservice.web.rule_lists import MOST_RULES, RuleList, listed
from tests.web.browser import Visitor
from tests.web.cast import CAST, NOW

ROW = RuleListRow(
    rule_id="1",
    number=1,
    name="Finance",
    whose="Contoso, last",
    when=("department is Finance",),
    then="automatic",
    version=1,
    enabled=True,
    changed_by="Dee Fox",
    changed_at=NOW,
    can_edit=True,
    position=1,
)
BOOK = RuleBookPage(
    tenant=TenantMark(alias="contoso", name="Contoso", mark="CO", tenant_id="0"),
    serial=1,
    second_person=False,
    can_administer=True,
    rules=(),
    changes=(),
    examples=(),
    scopes=(),
)


def names(rules: RuleList) -> list[list[str]]:
    return [[placed.row.name for placed in group.rules] for group in rules.groups]


def test_rules_of_one_package_stand_together_and_those_of_a_namesake_apart() -> None:
    rows = [
        replace(ROW, name="a1", whose="Expenses", scope_id="a", position=1),
        replace(ROW, name="b1", whose="Expenses", scope_id="b", position=1),
        replace(ROW, name="a2", whose="Expenses", scope_id="a", position=2),
        replace(ROW, name="last"),
    ]
    rules = listed(replace(BOOK, rules=tuple(rows)))
    assert names(rules) == [["a1", "a2"], ["b1"], ["last"]]
    assert [placed.is_last for group in rules.groups for placed in group.rules] == [False, True, True, True]
    assert rules.groups[-1].hint == "Read where packages and catalogs say nothing."


def test_a_search_looks_at_all_that_a_rule_says() -> None:
    rows = (ROW, replace(ROW, name="Sales", when=("department is Sales",), note="For the fair", then="denied: no"))
    book = replace(BOOK, rules=rows)
    assert names(listed(book, search="FAIR")) == [["Sales"]]
    assert names(listed(book, search="department")) == [["Finance", "Sales"]]
    assert names(listed(book, search="nowhere")) == []


def test_a_long_book_is_shown_in_parts() -> None:
    rows = tuple(replace(ROW, name=str(number), position=number) for number in range(1, MOST_RULES + 3))
    book = replace(BOOK, rules=rows)
    first = listed(book)
    assert (first.next_start, first.total, len(first.groups[0].rules)) == (MOST_RULES, MOST_RULES + 2, MOST_RULES)
    assert names(listed(book, start=MOST_RULES)) == [[str(MOST_RULES + 1), str(MOST_RULES + 2)]]
    assert listed(book, start=10**30).groups == []


def test_a_package_that_nobody_could_decide_about_is_named(visit: Callable[[str], Visitor], rt: WebRuntime) -> None:
    with transaction(rt.sessions) as tx:
        for who in ("bob", "lee"):
            tx.get_one(Person, (CAST[who].tenant_id, CAST[who].object_id)).enabled = False
    words = visit("dee").get("/rules").get_data(as_text=True)
    assert "Nobody could decide about 1 published package" in words
    assert "1 request can be decided by nobody" in words
