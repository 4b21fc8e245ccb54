"""What an audit event about a guest is called on the guest's timeline."""

from collections.abc import Mapping
from dataclasses import dataclass

from selfservice.model.audit import AuditEvent
from selfservice.services.overview.rows import Tone


@dataclass(frozen=True, kw_only=True)
class EventWords:
    """The sentence of an event; `{tenant}` stands for where it happened."""

    title: str
    tone: Tone = Tone.GOOD


def _said(title: str, tone: Tone = Tone.GOOD) -> EventWords:
    return EventWords(title=title, tone=tone)


WORDS: Mapping[str, EventWords] = {
    "request.submit": _said("Asked for access at {tenant}"),
    "request.shortened": _said("Agreed to a shorter time"),
    "request.agree": _said("Agreed"),
    "request.approve": _said("Agreed, and handed to delivery"),
    "request.revoke": _said("Taken back before it was given", Tone.BAD),
    "request.fail": _said("The delivery failed", Tone.BAD),
    "request.deny": _said("Denied", Tone.BAD),
    "request.withdraw": _said("The request was withdrawn", Tone.ENDED),
    "request.expire": _said("Nobody decided in time", Tone.ENDED),
    "request.approvalWithdrawn": _said("An approval was withdrawn", Tone.BAD),
    "assignment.start": _said("Access began at {tenant}"),
    "assignment.end": _said("Ending of the access begun at {tenant}", Tone.ENDED),
    "assignment.ended": _said("Access ended at {tenant}", Tone.ENDED),
    "assignment.endFailed": _said("The access could not be ended at {tenant}", Tone.BAD),
    "assignment.retryEnd": _said("Ending of the access tried again at {tenant}", Tone.MOVING),
    "guest.redeemed": _said("Accepted the invitation to {tenant}"),
    "guest.blockedSinceInvited": _said("The invitation to {tenant} cannot be accepted any more", Tone.BAD),
    "guest.openAgainSinceInvited": _said("The invitation to {tenant} can be accepted again"),
    "guest.blockReported": _said("Would have been blocked at {tenant}, which only reports", Tone.WAITING),
    "guest.deleteReported": _said("Would have been deleted at {tenant}, which only reports", Tone.WAITING),
    "guest.blocked": _said("Sign-in blocked at {tenant}", Tone.BAD),
    "guest.unblocked": _said("May sign in at {tenant} again"),
    "guest.deleted": _said("Deleted at {tenant}", Tone.BAD),
    "guest.restored": _said("Brought back at {tenant}"),
    "guest.blockedOutside": _said("Blocked in {tenant}'s directory by somebody else", Tone.BAD),
    "guest.unblockedOutside": _said("Let in again in {tenant}'s directory by somebody else"),
    "guest.deletedOutside": _said("Deleted in {tenant}'s directory by somebody else", Tone.BAD),
    "guest.restoredOutside": _said("Brought back in {tenant}'s directory by somebody else"),
    "assignment.extend": _said("Extended at {tenant}"),
    "assignment.letExpire": _said("Somebody decided to let it end at {tenant}", Tone.ENDED),
    "assignment.thinkAgain": _said("Somebody thought again about the end at {tenant}"),
    "guest.linkDone": _said("A fresh link to {tenant} was mailed"),
    "guest.moveInvitation": _said("The invitation to {tenant} goes to another address"),
    "guest.agreeTreatment": _said("Agreed that {tenant} treats them differently"),
    "guest.callOffTreatment": _said("{tenant} goes on treating them as before", Tone.ENDED),
    "guest.listed": _said("Whether {tenant}'s address list shows them was changed"),
    "guest.sponsorNamed": _said("Somebody was named to answer for them at {tenant}"),
    "guest.sponsorDropped": _said("Somebody answers for them no more at {tenant}", Tone.ENDED),
    "guest.takenIn": _said("Taken in at {tenant}"),
    "guest.leftAlone": _said("Left alone at {tenant}: Selfservice does not look after them", Tone.ENDED),
    "assignment.sponsorChanged": _said("Somebody else answers for the access at {tenant}"),
    "proposal.open": _said("A change was proposed"),
    "proposal.no": _said("Somebody who was asked said no", Tone.ENDED),
    "proposal.accepted": _said("The proposed change was agreed to"),
    "proposal.declined": _said("The proposed change was declined", Tone.BAD),
    "proposal.withdrawn": _said("The proposed change was taken back", Tone.ENDED),
    "proposal.expired": _said("Nobody answered the proposed change", Tone.ENDED),
}
CARE: Mapping[str, str] = {
    "block": "Blocking at {tenant}",
    "unblock": "Letting them sign in again at {tenant}",
    "delete": "Deleting at {tenant}",
    "restore": "Bringing them back at {tenant}",
    "sponsors": "Naming at {tenant} who answers for them",
    "link": "Mailing a fresh link to {tenant}",
    "reset": "Letting them redeem anew at {tenant}",
    "treat": "Changing how {tenant} treats them",
    "repair": "Putting right what they hold at {tenant}",
}
"""What is done to a guest object, by the kind of delivery."""
PHASES: Mapping[str, tuple[str, Tone]] = {
    "Begun": ("begun", Tone.MOVING),
    "Retry": ("tried again", Tone.MOVING),
    "Done": ("done", Tone.GOOD),
    "Failed": ("failed", Tone.BAD),
    "CalledOff": ("was not needed any more", Tone.ENDED),
}
REVIEWED: Mapping[str, EventWords] = {
    "reviewed": _said("Reviewed at {tenant}"),
    "landing": _said("A review takes the access away at {tenant}", Tone.BAD),
    "stillNeeded": _said("The guest said that they still need it", Tone.WAITING),
    "removalTakenBack": _said("The removal was taken back at {tenant}"),
}
"""What a review says of a guest, or of an access."""
ALL_WORDS: Mapping[str, EventWords] = {
    **{f"{kind}.{action}": words for kind in ("guest", "assignment") for action, words in REVIEWED.items()},
    **{
        f"guest.{kind}{phase}": _said(f"{doing}: {said}", tone)
        for kind, doing in CARE.items()
        for phase, (said, tone) in PHASES.items()
    },
    **WORDS,
}
PROPOSALS: Mapping[str, str] = {
    "handOver": "handing over",
    "succession": "a successor for a sponsor who leaves",
    "adoption": "taking the guest in",
    "reset": "redeeming anew with another address",
    "member": "being treated as a member",
    "drift": "approving afterwards what was found in the directory",
}
QUIET = ("request.", "review.", "drift.")
"""Of these only what has words is told; their own pages tell the rest."""


def words_for(event: AuditEvent) -> EventWords | None:
    """Return what an event is called, or None where it is not for the timeline."""
    known = ALL_WORDS.get(event.action)
    if known is None:
        return None if event.action.startswith(QUIET) else _said(_plainly(event.action))
    about = PROPOSALS.get(str(event.details.get("kind", ""))) if event.action.startswith("proposal.") else None
    return EventWords(title=f"{known.title}: {about}", tone=known.tone) if about else known


def _plainly(action: str) -> str:
    """Say an action that has no words yet: guest.handedOn becomes "Handed on"."""
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in action.partition(".")[2])
    return words[:1].upper() + words[1:]
