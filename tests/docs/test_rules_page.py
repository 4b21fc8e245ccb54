"""docs/rules.md tells the truth: every example on it is run."""

import re
from pathlib import Path

import pytest

from selfservice.cli.rules import try_book
from selfservice.model.rules.outcome import unnamed
from selfservice.model.rules.strictness import BUILT_IN_TAGS, tighten
from selfservice.services.rules.text_reading import read_book
from selfservice.services.rules.text_values import PlainNaming, WrittenBook
from selfservice.services.rules.text_writing import write_book
from selfservice.services.rules.trying import Tried

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "rules.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(yaml(?: tightened)?)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
PLAIN = [read_book(text, PlainNaming()) for kind, text in BLOCKS if kind == "yaml"]
TIGHTENED = [read_book(text, PlainNaming()) for kind, text in BLOCKS if kind != "yaml"]


def tried(books: list[WrittenBook]) -> list[Tried]:
    return [each for book in books for each in try_book(book)]


def test_the_page_works_through_what_it_explains() -> None:
    assert len(PLAIN) >= 6 and len(TIGHTENED) >= 1
    assert len(tried(PLAIN)) >= 15


@pytest.mark.parametrize("example", tried(PLAIN), ids=lambda each: each.example.name)
def test_an_example_of_the_page_is_true(example: Tried) -> None:
    assert unnamed(example.came_out) == unnamed(example.example.expected)


@pytest.mark.parametrize("example", tried(TIGHTENED), ids=lambda each: each.example.name)
def test_an_example_with_tags_is_true(example: Tried) -> None:
    tags = [BUILT_IN_TAGS[tag] for tag in example.example.facts.tags]
    outcome, said = tighten(example.came_out, tags)
    assert outcome == example.example.expected
    assert bool(said) == bool(tags)


@pytest.mark.parametrize("book", [*PLAIN, *TIGHTENED], ids=lambda book: book.rules[0].name)
def test_a_file_of_the_page_is_written_again_without_a_loss(book: WrittenBook) -> None:
    again = read_book(write_book(book, PlainNaming()), PlainNaming())
    assert [rule.name for rule in again.rules] == [rule.name for rule in book.rules]
    assert [rule.note for rule in again.rules] == [rule.note for rule in book.rules]
    assert [example.facts for example in again.examples] == [example.facts for example in book.examples]
