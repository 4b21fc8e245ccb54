"""The words for dates, times and people."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from selfservice.web import present

NOW = datetime(2026, 11, 24, 14, 2, tzinfo=UTC)


def test_a_date_is_written_as_people_write_it() -> None:
    assert present.day(date(2027, 3, 1)) == "1 Mar 2027"


def test_a_moment_names_its_zone() -> None:
    there = datetime(2027, 3, 1, 15, 2, tzinfo=timezone(timedelta(hours=1)))
    assert present.exact(there) == "1 Mar 2027 14:02 UTC"
    assert present.iso(there) == "2027-03-01T14:02:00+00:00"


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(hours=5), "5 hours ago"),
        (timedelta(hours=25), "yesterday"),
        (timedelta(days=9), "9 days ago"),
        (timedelta(days=40), "on 15 Oct 2026"),
    ],
)
def test_durations_are_in_words(passed: timedelta, words: str) -> None:
    assert present.ago(NOW - passed, now=NOW) == words


@pytest.mark.parametrize(
    ("hours", "words"),
    [(0, "1 minute"), (0.5, "30 minutes"), (1, "1 hour"), (5.4, "5 hours"), (47, "47 hours"), (71, "3 days")],
)
def test_a_usual_wait_is_in_words(hours: float, words: str) -> None:
    assert present.hours(hours) == words


@pytest.mark.parametrize(("days", "words"), [(-1, "1 day ago"), (0, "today"), (1, "tomorrow"), (12, "in 12 days")])
def test_what_lies_ahead_is_in_words(days: int, words: str) -> None:
    assert present.ahead(days) == words


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("Bob Ray",), "Bob Ray"),
        (("Bob Ray", "Lee Wu"), "Bob Ray or Lee Wu"),
        (("Bob Ray", "Lee Wu", "Ada Ng"), "Bob Ray or 2 others"),
    ],
)
def test_one_of_several_is_enough(names: tuple[str, ...], words: str) -> None:
    assert present.either(names) == words


@pytest.mark.parametrize(
    ("name", "letters"), [("Ann Lee", "AL"), ("Gus", "G"), ("gus@partner.example", "GP"), ("", "?"), ("--", "?")]
)
def test_a_person_has_initials(name: str, letters: str) -> None:
    assert present.initials(name) == letters


def test_a_tenant_keeps_its_colour() -> None:
    assert present.hue("contoso") == present.hue("contoso")
    assert len({present.hue(alias) for alias in ("contoso", "fabrikam", "woodgrove")}) == 3
