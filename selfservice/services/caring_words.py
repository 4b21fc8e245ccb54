"""Why something is done to a guest, and where they stand, in words that end a sentence."""

from collections.abc import Mapping

from selfservice.model.guest import ActCause, GuestStanding

CAUSES: Mapping[ActCause, str] = {
    ActCause.ACCESS_ENDED: "the last access is over",
    ActCause.UNREDEEMED: "they never accepted the invitation",
    ActCause.INACTIVE: "they have not signed in for a long time",
    ActCause.LEAVER: "their account at home is disabled or gone",
    ActCause.REVIEW: "a review said so",
    ActCause.BY_HAND: "somebody decided it",
    ActCause.ACCESS_GIVEN: "they were given an access",
    ActCause.UNDONE: "it was undone",
}

STANDINGS: Mapping[GuestStanding, str] = {
    GuestStanding.ACTIVE: "can sign in there",
    GuestStanding.BLOCKED: "is blocked there",
    GuestStanding.DELETED: "was deleted there",
    GuestStanding.GONE: "is not in the directory any more",
}
