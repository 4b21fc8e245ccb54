"""Links, reminders and the command for the address list: how often, when, and written so that nothing slips in."""

from datetime import UTC, datetime, timedelta

import pytest

from selfservice.model.redemption import (
    LINKS_A_DAY,
    MISSED,
    PAUSE,
    Examination,
    LinkRefused,
    ensure_not_too_often,
    reminder_window,
)
from selfservice.model.treatment import list_command

NOW = datetime(2027, 1, 10, 9, 0, tzinfo=UTC)


def ago(**how_long: float) -> datetime:
    return NOW - timedelta(**how_long)


@pytest.mark.parametrize(
    "links",
    [(), (ago(minutes=10),), (ago(hours=23), ago(hours=1)), tuple(ago(hours=24 + n) for n in range(5))],
)
def test_a_link_may_follow_after_a_pause_and_while_the_day_allows(links: tuple[datetime, ...]) -> None:
    ensure_not_too_often(links, at=NOW)
    assert len([each for each in links if NOW - each < timedelta(days=1)]) < LINKS_A_DAY


@pytest.mark.parametrize(
    ("links", "words"),
    [
        ((NOW,), "a few minutes ago"),
        ((NOW - PAUSE + timedelta(seconds=1),), "a few minutes ago"),
        ((ago(hours=1), ago(hours=2), ago(hours=3)), "within a day"),
        ((ago(hours=23), ago(hours=3), ago(hours=2)), "within a day"),
    ],
)
def test_a_link_too_many_or_too_soon_is_refused(links: tuple[datetime, ...], words: str) -> None:
    with pytest.raises(LinkRefused, match=words) as refused:
        ensure_not_too_often(links, at=NOW)
    assert refused.value.next_step


def test_a_reminder_is_due_for_a_week() -> None:
    since, until = reminder_window(3, at=NOW)
    assert (NOW - until, until - since) == (timedelta(days=3), MISSED)


def test_an_answer_is_fresh_for_two_minutes_and_waited_for_five() -> None:
    asked = Examination(guest_id="g", tenant_id="t", asked_at=NOW)
    assert asked.is_fresh(NOW + timedelta(minutes=4))
    assert not asked.is_fresh(NOW + timedelta(minutes=5))
    asked.answered_at, asked.found = NOW, {"there": True}
    assert asked.is_fresh(NOW + timedelta(minutes=1))
    assert not asked.is_fresh(NOW + timedelta(minutes=2))
    asked.ask_again(at=NOW)
    assert not asked.found
    assert not asked.answered_at


@pytest.mark.parametrize("name", ["gus_partner.example#EXT#@contoso.example", "o'hara'; Remove-Mailbox x; '"])
def test_a_name_cannot_leave_its_quotes_in_the_command(name: str) -> None:
    command = list_command(name, shown=True)
    quoted = command.removeprefix("Set-MailUser -Identity ").removesuffix(" -HiddenFromAddressListsEnabled $false")
    assert quoted[0] == quoted[-1] == "'"
    assert "'" not in quoted[1:-1].replace("''", "")
    assert quoted[1:-1].replace("''", "'") == name


def test_the_command_hides_as_well() -> None:
    assert list_command("gus", shown=False) == "Set-MailUser -Identity 'gus' -HiddenFromAddressListsEnabled $true"
