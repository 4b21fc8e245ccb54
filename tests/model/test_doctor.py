"""The redemption doctor: every known trouble is found, named with its owner, and the worst of them comes first."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from selfservice.model.crossing.finding import Level
from selfservice.model.diagnosis import Case, Cure, Seen, Shut, seen_from_data, seen_to_data
from selfservice.model.doctor import OLD, RULES, diagnose
from selfservice.model.domain_lookup import LookupState
from selfservice.model.guest import GuestStanding
from selfservice.model.mail import MailState

NOW = datetime(2027, 1, 10, 9, 0, tzinfo=UTC)
LAST_WEEK = NOW - timedelta(days=7)
HELPER = "the help desk of Contoso"
WELL = Case(
    name="Gus Ray",
    address="gus@partner.example",
    tenant="Contoso",
    helper=HELPER,
    mail=MailState.SENT,
    linked_at=LAST_WEEK,
    seen=Seen(mail="gus@partner.example"),
)
SHUT = Shut(cause="Guests of partner.example are not let in.", owner="Dee", next_step="Ask her.")

TROUBLES = [
    ({"seen": Seen(deleted=True)}, "deleted guest", HELPER, Cure.NONE),
    ({"seen": Seen(there=False)}, "not in Contoso's directory", HELPER, Cure.NONE),
    ({"seen": None, "removed": True}, "not in Contoso's directory", HELPER, Cure.NONE),
    ({"standing": GuestStanding.DELETED}, "not in Contoso's directory", HELPER, Cure.NONE),
    ({"standing": GuestStanding.BLOCKED}, "Sign-in is blocked", HELPER, Cure.NONE),
    ({"seen": Seen(enabled=False)}, "Sign-in is blocked", HELPER, Cure.NONE),
    ({"home": "Fabrikam", "home_active": False}, "account at Fabrikam", "The help desk of Fabrikam", Cure.NONE),
    ({"has_access": False}, "No access", "You", Cure.NONE),
    ({"shut": SHUT}, SHUT.cause, "Dee", Cure.NONE),
    ({"address": "gus+work@partner.example", "seen": None}, "Microsoft refuses", "The sponsor", Cure.RESET),
    ({"home": "Fabrikam", "home_user_name": "gray@fabrikam.example"}, "gray@fabrikam", "The sponsor", Cure.RESET),
    ({"lookup": LookupState.UNKNOWN, "codes_off": True}, "no codes by mail", HELPER, Cure.NONE),
    ({"seen": Seen(twins=1)}, "Another account", HELPER, Cure.NONE),
    ({"link_failure": "Invitations are blocked."}, "No link could be made", HELPER, Cure.NONE),
    ({"mail": MailState.FAILED, "mail_failure": "No such mailbox."}, "never left", "An admin", Cure.LINK),
]


@pytest.mark.parametrize(("changes", "words", "owner", "cure"), TROUBLES)
def test_every_trouble_is_the_next_step_with_its_owner(
    changes: dict[str, object], words: str, owner: str, cure: Cure
) -> None:
    found = diagnose(replace(WELL, **changes), at=NOW)  # type: ignore[arg-type]
    step = found.next_step
    assert (step.finding.level, found.owner, step.cure) == (Level.STOP, owner, cure)
    assert words in step.finding.text
    assert step.finding.next_step


def test_of_several_troubles_the_first_to_be_mended_is_next_and_the_others_are_told() -> None:
    case = replace(WELL, standing=GuestStanding.BLOCKED, shut=SHUT, mail=MailState.FAILED)
    found = diagnose(case, at=NOW)
    assert "blocked" in found.next_step.finding.text
    assert [each.finding.text for each in found.others[:2]] == [SHUT.cause, "The mail with the link never left: "]


def test_where_nothing_is_in_the_way_a_fresh_link_is_next() -> None:
    found = diagnose(WELL, at=NOW)
    assert (found.next_step.cure, found.owner) == (Cure.LINK, "You")
    assert "gus@partner.example" in found.next_step.finding.next_step


@pytest.mark.parametrize("linked_at", [None, NOW - OLD])
def test_an_old_link_or_none_calls_for_a_fresh_one(linked_at: datetime | None) -> None:
    found = diagnose(replace(WELL, linked_at=linked_at, mail=None), at=NOW)
    assert (found.next_step.finding.text, found.next_step.cure) == ("No recent link lies with the guest.", Cure.LINK)


def test_after_a_link_of_today_it_is_the_guest_s_turn() -> None:
    found = diagnose(replace(WELL, linked_at=NOW - timedelta(hours=2)), at=NOW)
    assert (found.owner, found.next_step.cure) == ("The guest", Cure.NONE)


def test_a_mail_that_waits_is_told_but_is_no_trouble() -> None:
    found = diagnose(replace(WELL, mail=MailState.QUEUED), at=NOW)
    assert found.next_step.finding.level is not Level.STOP
    assert "The mail with the link has not left yet." in [each.finding.text for each in found.others]


def test_what_cannot_be_known_is_said_to_be_unknown() -> None:
    texts = [each.finding.text for each in diagnose(replace(WELL, seen=None), at=NOW).others]
    assert "Contoso's directory has not been asked." in texts
    assert any("mail contact" in text and "cannot be seen" in text for text in texts)


@pytest.mark.parametrize("changes", [{"accepted": True}, {"seen": Seen(accepted=True, mail="gus@partner.example")}])
def test_a_guest_who_has_accepted_is_not_ill(changes: dict[str, object]) -> None:
    found = diagnose(replace(WELL, **changes), at=NOW)  # type: ignore[arg-type]
    assert (found.next_step.finding.level, found.others) == (Level.OK, ())


def test_a_guest_who_accepted_with_another_account_is_noticed() -> None:
    found = diagnose(replace(WELL, seen=Seen(accepted=True, mail="gus@home.example")), at=NOW)
    assert "gus@home.example" in found.next_step.finding.text
    assert found.next_step.cure is Cure.RESET


def test_an_address_that_is_the_sign_in_name_in_other_capitals_is_no_trouble() -> None:
    case = replace(WELL, home="Fabrikam", home_user_name="GUS@Partner.example")
    assert diagnose(case, at=NOW).next_step.finding.level is Level.OK


def test_a_healthy_case_gives_no_rule_a_reason_to_stop() -> None:
    levels = {symptom.finding.level for rule in RULES for symptom in rule(WELL)}
    assert levels == {Level.NOTE}


def test_what_a_directory_said_is_read_as_it_was_kept() -> None:
    seen = Seen(there=False, enabled=False, accepted=True, mail="a@b.example", twins=2, deleted=True)
    assert seen_from_data({**seen_to_data(seen), "forgotten": "x"}) == seen
