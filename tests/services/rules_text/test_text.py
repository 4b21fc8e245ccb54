"""What is written down says the same when it is read again, and every mistake is refused with its line."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from selfservice.model.rules.clause import Clause, Operator
from selfservice.model.rules.outcome import Automatic
from selfservice.services.rules.text_reading import read_book
from selfservice.services.rules.text_values import PlainNaming, TextUnreadable, WrittenBook, WrittenRule
from selfservice.services.rules.text_writing import write_book
from tests.services.rules_text.writing_rules import books

PLAIN = PlainNaming()

SPELT = """\
# Approver rules of contoso. They are read from top to bottom: the first rule that holds decides.
# A comment above a rule is its note and is kept; docs/rules.md says how everything here is read.

tenant: contoso

rules:
  packages:
    Expenses:
      # Since the audit of 2026.
      # Ask Bob before changing it.
      - name: Short access is automatic
        when:
          - department: Finance/*
          - not guestDomain: ["*.example", mail.example]
          - days: at most 30
        then: automatic
"""


def without_lines(book: WrittenBook) -> WrittenBook:
    return replace(
        book,
        rules=tuple(replace(rule, line=0) for rule in book.rules),
        examples=tuple(replace(example, line=0) for example in book.examples),
    )


@settings(max_examples=300, deadline=None)
@given(books())
def test_whatever_is_written_reads_as_it_was(book: WrittenBook) -> None:
    assert without_lines(read_book(write_book(book, PLAIN), PLAIN)) == book


@settings(max_examples=100, deadline=None)
@given(books())
def test_writing_what_was_read_changes_no_letter(book: WrittenBook) -> None:
    text = write_book(book, PLAIN)
    assert write_book(read_book(text, PLAIN), PLAIN) == text


def test_rules_read_like_sentences_and_a_comment_is_the_note() -> None:
    (rule,) = read_book(SPELT, PLAIN).rules
    assert rule.note == "Since the audit of 2026.\nAsk Bob before changing it."
    assert (rule.scope_id, rule.outcome, rule.line) == ("Expenses", Automatic(), 11)
    assert rule.clauses == (
        Clause(attribute="department", values=("Finance/*",)),
        Clause(attribute="guestDomain", operator=Operator.NONE_OF, values=("*.example", "mail.example")),
        Clause(attribute="days", operator=Operator.AT_MOST, number=30),
    )


def test_the_spelling_of_the_documentation_is_what_is_written() -> None:
    written = write_book(read_book(SPELT, PLAIN), PLAIN)
    assert written.splitlines()[5:] == [
        "rules:",
        "  packages:",
        "    Expenses:",
        "      # Since the audit of 2026.",
        "      # Ask Bob before changing it.",
        "      - name: Short access is automatic",
        "        when:",
        "        - department: Finance/*",
        "        - not guestDomain: ['*.example', mail.example]",
        "        - days: at most 30",
        "        then: automatic",
    ]


def test_a_word_that_yaml_would_take_for_a_falsehood_stays_a_word() -> None:
    text = "rules:\n  last:\n    - name: no\n      when:\n        - alreadyGuest: no\n      then: {deny: yes}\n"
    (rule,) = read_book(text, PLAIN).rules
    assert (rule.name, rule.clauses[0].values) == ("no", ("no",))


def test_a_value_that_looks_like_a_comparison_keeps_its_meaning() -> None:
    clause = Clause(attribute="jobTitle", values=("at most 3",))
    book = WrittenBook(tenant="t", rules=(WrittenRule(name="r", clauses=(clause,), outcome=Automatic()),))
    assert read_book(write_book(book, PLAIN), PLAIN).rules[0].clauses == (clause,)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rules: [", "line 1: expected the node content"),
        ("rules:\n  middle: []", "line 2: `middle` is not known"),
        ("rules:\n  last:\n    - name: x", "line 3: a rule needs a `name` and a `then`"),
        ("rules:\n  last:\n    - {name: x, then: automatic, name: y}", "line 3: `name` is written twice"),
        (
            "rules:\n  last:\n    - name: x\n      when:\n        - colour: red\n      then: automatic",
            "line 5: colour[1]: `colour` is nothing that a rule may ask",
        ),
        (
            "rules:\n  last:\n    - name: x\n      when:\n        - days: at most many\n      then: automatic",
            "line 5: `at most many` needs a whole number",
        ),
        (
            "rules:\n  last:\n    - name: x\n      then: {stages: [{approvers: [manager], quorum: 0}]}",
            "line 4: then.stages[1].quorum: a whole number from 1 to 50 is needed",
        ),
        ("examples:\n  - name: x\n    facts: {size: 3}\n    then: automatic", "line 3: 'size' is no fact"),
        ("examples:\n  - name: x\n    facts: {for: me}\n    then: automatic", "line 3: `for` is self or other"),
    ],
)
def test_a_mistake_is_refused_with_its_line(text: str, said: str) -> None:
    with pytest.raises(TextUnreadable, match="line") as refusal:
        read_book(text, PLAIN)
    assert refusal.value.cause.startswith(said)
