"""The redemption doctor: facts about a guest who is stuck go in; what is in the way, and the one next step, come out.

https://learn.microsoft.com/entra/external-id/troubleshoot
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from selfservice.model.address import FORBIDDEN
from selfservice.model.crossing.finding import Finding, Level
from selfservice.model.diagnosis import Case, Cure, Diagnosis, Symptom
from selfservice.model.domain_lookup import LookupState
from selfservice.model.guest import GuestStanding
from selfservice.model.mail import MailState

OLD = timedelta(days=90)
"""After so long a link is not worth trying: a fresh one costs a click."""

JUST_SENT = timedelta(days=1)


def diagnose(case: Case, *, at: datetime) -> Diagnosis:
    """Say what keeps a guest from coming in."""
    if case.accepted or (case.seen is not None and case.seen.accepted):
        found = [*_other_account(case), _symptom(Level.OK, f"{case.name} has accepted the invitation.", "", "")]
        return Diagnosis(next_step=found[0], others=tuple(found[1:]))
    found = [symptom for rule in RULES for symptom in rule(case)]
    stops = [each for each in found if each.finding.level is Level.STOP]
    notes = [each for each in found if each.finding.level is not Level.STOP]
    if stops:
        return Diagnosis(next_step=stops[0], others=(*stops[1:], *notes))
    return Diagnosis(next_step=_nothing_in_the_way(case, at=at), others=tuple(notes))


def _gone(case: Case) -> Iterator[Symptom]:
    if case.seen is not None and case.seen.deleted:
        yield _symptom(
            Level.STOP,
            f"A deleted guest with the address {case.address} lies in the bin of {case.tenant}'s directory, and "
            "stands in the way of a new one.",
            case.helper,
            "Ask them to restore that guest, within 30 days of its deletion, or to delete it for good.",
        )
    there = case.seen.there if case.seen is not None else not case.removed
    if case.standing in (GuestStanding.DELETED, GuestStanding.GONE) or not there:
        yield _symptom(
            Level.STOP,
            f"The guest is not in {case.tenant}'s directory any more.",
            case.helper,
            "Ask them to restore the guest, or ask for the access once more.",
        )


def _switched_off(case: Case) -> Iterator[Symptom]:
    enabled = case.seen.enabled if case.seen is not None else case.enabled
    if case.standing is GuestStanding.BLOCKED or not enabled:
        yield _symptom(
            Level.STOP,
            f"Sign-in is blocked for this guest in {case.tenant}.",
            case.helper,
            "Find out on the guest's page why, and have the guest unblocked if that was wrong.",
        )
    if case.home and not case.home_active:
        yield _symptom(
            Level.STOP,
            f"The account at {case.home} with which this guest signs in is switched off, or gone.",
            f"The help desk of {case.home}",
            "Ask them whether the person is still there.",
        )


def _no_access(case: Case) -> Iterator[Symptom]:
    if not case.has_access:
        yield _symptom(
            Level.STOP,
            "No access of this guest runs any more, so there is nothing to accept.",
            "You",
            "Ask for it anew.",
        )


def _shut_out(case: Case) -> Iterator[Symptom]:
    if case.shut is not None:
        yield _symptom(Level.STOP, case.shut.cause, case.shut.owner, case.shut.next_step)


def _wrong_name(case: Case) -> Iterator[Symptom]:
    local, _, domain = case.address.rpartition("@")
    if FORBIDDEN.search(local) or FORBIDDEN.search(domain):
        yield _symptom(
            Level.STOP,
            f"Microsoft refuses {case.address}: it holds a character such as + or a space.",
            "The sponsor",
            "Ask the guest for their main address, and have the invitation moved to it.",
            Cure.RESET,
        )
    elif case.home_user_name and case.home_user_name.casefold() != case.address.casefold():
        yield _symptom(
            Level.STOP,
            f"The invitation went to {case.address}, but this person signs in at {case.home} as {case.home_user_name}.",
            "The sponsor",
            f"Have the invitation moved to {case.home_user_name}.",
            Cure.RESET,
        )


def _no_way_to_sign_in(case: Case) -> Iterator[Symptom]:
    if case.lookup is LookupState.UNKNOWN and case.codes_off:
        yield _symptom(
            Level.STOP,
            f"No organization with Microsoft accounts stands behind this domain, and {case.tenant} sends no codes by "
            "mail: without a Microsoft account of this address the guest cannot come in.",
            case.helper,
            "Ask them to turn on the e-mail one-time passcode, or ask the guest to make a Microsoft account.",
        )


def _no_mail(case: Case) -> Iterator[Symptom]:
    if case.link_failure:
        yield _symptom(
            Level.STOP, f"No link could be made: {case.link_failure}", case.helper, "See the failed delivery."
        )
    elif case.mail is MailState.FAILED:
        step = case.mail_next_step or "Check the address with the guest, and send a fresh link."
        yield _symptom(
            Level.STOP, f"The mail with the link never left: {case.mail_failure}", "An admin", step, Cure.LINK
        )
    elif case.mail not in (None, MailState.SENT):
        yield _symptom(Level.NOTE, "The mail with the link has not left yet.", "Nobody", "Wait; it is sent by itself.")


def _twins(case: Case) -> Iterator[Symptom]:
    if case.seen is not None and case.seen.twins:
        yield _symptom(
            Level.STOP,
            f"Another account in {case.tenant}'s directory has the address {case.address} as well, so Microsoft "
            "does not know which of them is meant.",
            case.helper,
            "Ask them to take the address off the account that is not used.",
        )


def _not_knowable(case: Case) -> Iterator[Symptom]:
    if case.seen is None:
        yield _symptom(
            Level.NOTE, f"{case.tenant}'s directory has not been asked.", "You", "Look in the directory now."
        )
    yield _symptom(
        Level.NOTE,
        f"Whether {case.tenant} keeps a mail contact with the same address cannot be seen from here.",
        case.helper,
        "If nothing else helps, ask them to look for such a contact.",
    )


def _other_account(case: Case) -> Iterator[Symptom]:
    if case.seen is not None and case.seen.mail and case.seen.mail.casefold() != case.address.casefold():
        yield _symptom(
            Level.NOTE,
            f"The invitation was accepted, but the account there has the address {case.seen.mail} instead of "
            f"{case.address}.",
            "The sponsor",
            "If that is the wrong account, have the invitation moved to the right one.",
            Cure.RESET,
        )


def _nothing_in_the_way(case: Case, *, at: datetime) -> Symptom:
    if case.linked_at is None or at - case.linked_at >= OLD:
        return _symptom(Level.NOTE, "No recent link lies with the guest.", "You", "Send a fresh link.", Cure.LINK)
    if at - case.linked_at < JUST_SENT:
        return _symptom(
            Level.OK,
            "Nothing was found in the way, and a link was sent within a day.",
            "The guest",
            f"Open the newest mail, which may lie with the junk, in a private window, and sign in as {case.address}.",
        )
    return _symptom(
        Level.OK,
        "Nothing was found in the way.",
        "You",
        f"Send a fresh link, and ask the guest to open it in a private window and to sign in as {case.address}.",
        Cure.LINK,
    )


RULES: tuple[Callable[[Case], Iterator[Symptom]], ...] = (
    _gone,
    _switched_off,
    _no_access,
    _shut_out,
    _wrong_name,
    _no_way_to_sign_in,
    _twins,
    _no_mail,
    _not_knowable,
)
"""In the order of what must be put right first."""


def _symptom(level: Level, text: str, owner: str, next_step: str, cure: Cure = Cure.NONE) -> Symptom:
    return Symptom(finding=Finding(level=level, text=text, owner=owner, next_step=next_step), cure=cure)
