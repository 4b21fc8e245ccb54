"""Reasons that cannot be left out: of a removal, of taking it back, of closing early."""

from selfservice.services.eligibility import TextRefused, clean_text

LONGEST = 500


def reason_of(text: str) -> str:
    """Return the reason, cleaned, or refuse where there is none."""
    reason = clean_text(text, what="reason", longest=LONGEST)
    if not reason:
        raise TextRefused("A reason is needed.", next_step="Say in a few words why.", owner="You")
    return reason
