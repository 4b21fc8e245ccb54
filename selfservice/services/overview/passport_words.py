"""How a guest stands, and what happens to them next, in words."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from selfservice.model.act import ActKind
from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.directory import UserType
from selfservice.model.guest import Guest, GuestOrigin, GuestStanding
from selfservice.model.lifecycle import (
    DELETED_AFTER,
    Coming,
    GuestFacts,
    Lifecycle,
    Mode,
    coming,
    restorable_until,
    why_untouched,
)
from selfservice.model.person import Person
from selfservice.services.caring_words import CAUSES
from selfservice.services.foreseeing import RUNNING
from selfservice.services.overview.passport_rows import NextRow
from selfservice.services.overview.rows import Redemption, Tone
from selfservice.services.overview.standing import NOT_ACCEPTED, Standing

ORIGINS = {
    GuestOrigin.INVITED: "invited through Selfservice",
    GuestOrigin.ADOPTED: "made elsewhere",
    GuestOrigin.SYNCED: "brought by cross-tenant synchronization",
}
ISSUERS = {
    "externalazuread": "in their own organization's Entra tenant",
    "mail": "with a one-time code that is mailed to them",
    "microsoftaccount": "with a personal Microsoft account",
    "google.com": "with a Google account",
}
REDEMPTIONS = {
    Redemption.ACCEPTED: "accepted",
    Redemption.PENDING: "not accepted yet",
    Redemption.NOT_NEEDED: "not needed",
    Redemption.UNKNOWN: "not known yet",
}
UNLICENSED = "not known: this tenant's licence does not tell"


def came(guest: Guest) -> str:
    """Say how a guest object came to be, and whether we look after one that others made."""
    taken_in = guest.origin is GuestOrigin.ADOPTED and guest.managed
    return f"{ORIGINS[guest.origin]}{', taken in' if taken_in else ''}"


def standing_of(guest: Guest, held: Sequence[Assignment], redemption: Redemption) -> Standing:
    """Say how a guest stands in one tenant."""
    because = f", because {CAUSES[guest.standing_cause]}" if guest.standing_cause else ""
    if guest.standing is GuestStanding.BLOCKED:
        return Standing(words=f"blocked{because}", tone=Tone.BAD)
    if guest.standing is GuestStanding.DELETED:
        return Standing(words=f"deleted{because}", tone=Tone.BAD)
    if guest.standing is GuestStanding.GONE:
        return Standing(words="not in the directory any more", tone=Tone.ENDED)
    running = [each for each in held if each.state in RUNNING]
    if any(each.state is AssignmentState.END_FAILED for each in running):
        return Standing(words="an access could not be ended", tone=Tone.BAD)
    if redemption is Redemption.PENDING:
        return Standing(words=NOT_ACCEPTED.replace("delivered", "invited"), tone=Tone.WAITING)
    if not running and guest.ends_on is None:
        return Standing(words="holds nothing any more", tone=Tone.ENDED)
    return Standing(words="active", tone=Tone.GOOD)


def signs_in(guest: Guest, person: Person | None, home: str) -> str:
    """Say where a guest signs in."""
    if guest.home_object_id and home:
        return f"at home, {home}"
    issuer = person.issuer if person else ""
    if not issuer:
        return "not known yet"
    return ISSUERS.get(issuer.casefold(), f"at {issuer}")


def treated(person: Person | None) -> str:
    """Say how a tenant treats somebody."""
    if person is None or person.user_type is None:
        return "not known yet"
    if person.user_type is UserType.MEMBER:
        return "as a member, like the tenant's own people"
    listed = {True: ", shown in its address list", False: ", not in its address list", None: ""}
    return f"as a guest{listed[person.in_address_list]}"


def last_sign_in(facts: GuestFacts) -> str:
    """Say when somebody signed in last, where that is not a moment."""
    if facts.last_sign_in_at is not None:
        return ""
    return "never" if facts.sign_in_known else UNLICENSED


def to_come(facts: GuestFacts, policy: Lifecycle) -> Iterator[Coming]:
    """Yield what happens to a guest object, and what follows from that, unless something changes."""
    first = coming(facts, policy)
    if first is None:
        return
    yield first
    if first.kind is ActKind.BLOCK and first.cause in DELETED_AFTER:
        yield Coming(kind=ActKind.DELETE, cause=first.cause, at=first.at + timedelta(days=policy.delete_days))


def nexts(facts: GuestFacts, policy: Lifecycle, tenant: str, *, at: datetime) -> tuple[NextRow, ...]:
    """Say what happens next in one tenant, in its order; or why nothing will."""
    if until := restorable_until(facts):
        return (NextRow(words=f"Can be restored at {tenant} until", on=until.date()),)
    found = tuple(next_row(each, policy, tenant, at=at) for each in to_come(facts, policy))
    if found:
        return found
    untouched = why_untouched(facts)
    return (NextRow(words=f"Nothing happens by itself: the guest {untouched}."),) if untouched else ()


def next_row(each: Coming, policy: Lifecycle, tenant: str, *, at: datetime) -> NextRow:
    """Say one thing that happens, or would."""
    verb = "blocked" if each.kind is ActKind.BLOCK else "deleted"
    because = f"because {CAUSES[each.cause]}"
    day = last_moment(max(each.at, at))
    if policy.mode is Mode.REPORT:
        return NextRow(words=f"Would be {verb} at {tenant} on", on=day, detail=f"{because}; {tenant} only reports")
    return NextRow(words=f"Is {verb} at {tenant} on", on=day, detail=because)


def last_moment(at: datetime) -> date:
    """Return the day that people name for a moment: midnight is the end of the day before."""
    return (at - timedelta(microseconds=1)).date()
