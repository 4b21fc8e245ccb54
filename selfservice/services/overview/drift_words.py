"""Drift in words: what each kind means, and what a click does about it."""

from collections.abc import Mapping

from selfservice.model.drift import DriftKind, DriftState, Severity
from selfservice.services.overview.rows import Tone

KINDS: Mapping[DriftKind, str] = {
    DriftKind.ALIVE_AFTER_END: "Expired here but alive there",
    DriftKind.UNAPPROVED_ROLE: "Held there, approved by nobody",
    DriftKind.GUEST_ENABLED: "Blocked here, enabled there",
    DriftKind.MISSING_ROLE: "Approved, but missing there",
    DriftKind.GUEST_DISABLED: "Disabled there by somebody else",
    DriftKind.GUEST_GONE: "Deleted there by somebody else",
    DriftKind.TREATED_OTHERWISE: "Made a member there",
    DriftKind.SPONSOR_MISSING: "Sponsor missing there",
    DriftKind.ADDRESS_CHANGED: "Address changed there",
}

MEANINGS: Mapping[DriftKind, str] = {
    DriftKind.ALIVE_AFTER_END: "The access has ended, and the guest can still use it.",
    DriftKind.UNAPPROVED_ROLE: "The guest can use something that no request stands behind.",
    DriftKind.GUEST_ENABLED: "We blocked or deleted the guest, and they can sign in all the same.",
    DriftKind.MISSING_ROLE: "The guest was given something that they cannot use.",
    DriftKind.GUEST_DISABLED: "The guest cannot sign in, and we did not block them.",
    DriftKind.GUEST_GONE: "The guest's object is gone, and we did not delete it. It is not made anew.",
    DriftKind.TREATED_OTHERWISE: "The guest is treated as a member, and nobody asked for that here.",
    DriftKind.SPONSOR_MISSING: "Somebody answers for the guest here, and the directory does not say so.",
    DriftKind.ADDRESS_CHANGED: "Mail goes to another address than the one that was approved.",
}

SEVERITIES: Mapping[int, str] = {Severity.BAD: "bad", Severity.LOOK: "look at it", Severity.NOTE: "good to know"}

STATES: Mapping[DriftState, tuple[str, Tone]] = {
    DriftState.OPEN: ("waits for you", Tone.WAITING),
    DriftState.MENDING: ("being put right", Tone.MOVING),
    DriftState.ACCEPTED: ("accepted", Tone.ENDED),
    DriftState.CLOSED: ("gone", Tone.GOOD),
}

REPAIRS: Mapping[DriftKind, str] = {
    DriftKind.ALIVE_AFTER_END: "Take it away there",
    DriftKind.MISSING_ROLE: "Give it again",
    DriftKind.GUEST_ENABLED: "Block the guest again",
    DriftKind.GUEST_DISABLED: "Let the guest sign in again",
    DriftKind.GUEST_GONE: "Restore the guest",
    DriftKind.SPONSOR_MISSING: "Name the sponsor there",
}

REVOKES: Mapping[DriftKind, str] = {
    DriftKind.UNAPPROVED_ROLE: "Take it away there",
    DriftKind.MISSING_ROLE: "End the access here too",
}

BY_HAND: Mapping[DriftKind, str] = {
    DriftKind.UNAPPROVED_ROLE: "Selfservice does not look after this guest, so it takes nothing from them: an admin "
    "takes the role away in the directory, or the owner approves it afterwards.",
    DriftKind.TREATED_OTHERWISE: "Members are never changed by Selfservice: an admin makes them a guest again in the "
    "directory, or the change is accepted until a day.",
    DriftKind.ADDRESS_CHANGED: "If the guest should sign in with another address, a sponsor asks for that on the "
    "guest's page, and a second person agrees.",
}
"""What is left where a click does not do it, and whose it is."""
