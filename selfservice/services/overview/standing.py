"""Where a request, an access and an invitation stand, in words and colours."""

from dataclasses import dataclass

from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.directory import RedemptionState
from selfservice.model.guest import Guest, GuestOrigin
from selfservice.model.person import Person
from selfservice.model.request import WORDS, AccessRequest, RequestState
from selfservice.services.overview.rows import Redemption, Tone

TONES = {
    RequestState.PENDING_APPROVAL: Tone.WAITING,
    RequestState.DENIED: Tone.BAD,
    RequestState.CANCELED: Tone.ENDED,
    RequestState.EXPIRED: Tone.ENDED,
    RequestState.DELIVERING: Tone.MOVING,
    RequestState.PARTIALLY_DELIVERED: Tone.BAD,
    RequestState.DELIVERED: Tone.GOOD,
    RequestState.DELIVERY_FAILED: Tone.BAD,
}


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A state in words and its colour."""

    words: str
    tone: Tone


ENDINGS = {
    AssignmentState.ENDING: Standing(words="being ended", tone=Tone.MOVING),
    AssignmentState.ENDED: Standing(words="ended", tone=Tone.ENDED),
    AssignmentState.END_FAILED: Standing(words="could not be ended", tone=Tone.BAD),
}
NOT_ACCEPTED = "delivered, not accepted yet"


def of_request(request: AccessRequest, assignment: Assignment | None, redemption: Redemption) -> Standing:
    """Say where a request stands, or what became of the access that it led to."""
    if assignment is not None and assignment.state in ENDINGS:
        return ENDINGS[assignment.state]
    if request.state is RequestState.DELIVERED and redemption is Redemption.PENDING:
        return Standing(words=NOT_ACCEPTED, tone=Tone.WAITING)
    return Standing(words=WORDS[request.state], tone=TONES[request.state])


def of_assignment(assignment: Assignment, redemption: Redemption) -> Standing:
    """Say where an access stands."""
    if assignment.state in ENDINGS:
        return ENDINGS[assignment.state]
    if redemption is Redemption.PENDING:
        return Standing(words="invited, not accepted yet", tone=Tone.WAITING)
    return Standing(words="active", tone=Tone.GOOD)


def of_invitation(guest: Guest | None, person: Person | None) -> Redemption:
    """Say where a guest's invitation stands, by what a delivery or the mirror saw last."""
    if guest is not None and guest.redeemed_at is not None:
        return Redemption.ACCEPTED
    if person is not None:
        return _of_person(person)
    if guest is None:
        return Redemption.UNKNOWN
    return Redemption.PENDING if guest.origin is GuestOrigin.INVITED else Redemption.NOT_NEEDED


def _of_person(person: Person) -> Redemption:
    if person.redemption_state is RedemptionState.ACCEPTED:
        return Redemption.ACCEPTED
    return Redemption.PENDING if person.redemption_state is RedemptionState.PENDING else Redemption.NOT_NEEDED
