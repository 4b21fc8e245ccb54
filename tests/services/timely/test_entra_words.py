"""What Entra does to a guest by itself is said with its day."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from selfservice.model.directory import UserType
from selfservice.model.guest import GuestStanding
from selfservice.model.lifecycle import GuestFacts
from selfservice.services.overview.lifecycle import entra_words

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


def test_what_entra_does_by_itself_is_said_with_its_day() -> None:
    assert entra_words(GUS, [ENTRA], "Contoso") == (
        "Entra will disable this guest on 17 Apr 2027 by a policy of Contoso itself."
    )
    seen = replace(GUS, last_sign_in_at=NOW + timedelta(days=1))
    assert "18 Apr 2027" in entra_words(seen, [ENTRA], "Contoso")


@pytest.mark.parametrize("policies", [[], [ENTRA | {"enabled": False}], [ENTRA | {"rules": []}]])
def test_nothing_is_said_where_entra_does_nothing(policies: list[dict[str, object]]) -> None:
    assert entra_words(GUS, policies, "Contoso") == ""
