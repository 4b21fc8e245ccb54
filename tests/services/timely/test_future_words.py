"""What happens to a guest at the end, in one sentence; by our rules, and by Entra's own."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from selfservice.model.directory import UserType
from selfservice.model.guest import GuestStanding
from selfservice.model.lifecycle import DEFAULT, GuestFacts, Mode
from selfservice.services.overview.lifecycle import entra_words, future_words

NOW = datetime(2027, 1, 10, 9, 0, tzinfo=UTC)
GUS = GuestFacts(
    managed=True,
    user_type=UserType.GUEST,
    standing=GuestStanding.ACTIVE,
    ensured_at=NOW,
    redeemed_at=NOW,
    sign_in_known=True,
    ends=(date(2027, 3, 1),),
    runs=True,
)
ENTRA = {
    "display_name": "Guests",
    "enabled": True,
    "grace_days": 7,
    "rules": [{"kind": "inactivityRule", "days": 90, "grace_days": None}, {"kind": "sponsorRule", "days": None}],
}


def test_it_is_said_when_and_why_a_guest_is_blocked_and_deleted() -> None:
    words = future_words(GUS, replace(DEFAULT, mode=Mode.ENFORCE), "Contoso", at=NOW)
    assert words == (
        "Is blocked at Contoso when 1 Mar 2027 is over, and deleted 30 days later, because the last access is over."
    )
    reported = future_words(GUS, DEFAULT, "Contoso", at=NOW)
    assert reported.startswith("Would be blocked at Contoso")
    assert reported.endswith("Contoso only reports.")


@pytest.mark.parametrize("changes", [{"managed": False}, {"user_type": UserType.MEMBER}])
def test_it_is_said_that_nothing_happens_and_why(changes: dict[str, object]) -> None:
    words = future_words(replace(GUS, **changes), DEFAULT, "Contoso", at=NOW)  # type: ignore[arg-type]
    assert words.startswith("Nothing happens by itself: this guest ")


def test_what_entra_does_by_itself_is_said_with_its_day() -> None:
    assert entra_words(GUS, [ENTRA], "Contoso") == (
        "Entra will disable this guest on 17 Apr 2027 by a policy of Contoso itself."
    )
    seen = replace(GUS, last_sign_in_at=NOW + timedelta(days=1))
    assert "18 Apr 2027" in entra_words(seen, [ENTRA], "Contoso")


@pytest.mark.parametrize("policies", [[], [ENTRA | {"enabled": False}], [ENTRA | {"rules": []}]])
def test_nothing_is_said_where_entra_does_nothing(policies: list[dict[str, object]]) -> None:
    assert entra_words(GUS, policies, "Contoso") == ""
