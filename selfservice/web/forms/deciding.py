"""What an approver says: yes until a day, or no with a reason; about one request, or about several at once."""

from wtforms import DateField, Form, HiddenField, TextAreaField
from wtforms.validators import Optional

from selfservice.services.approving import Pick
from selfservice.web.forms.fields import at_most, needed, stripped

SEPARATOR = "."


class ApproveForm(Form):
    """Agree to what was on the page, or to a shorter time."""

    seen = HiddenField(validators=[needed("Load the page again."), at_most(64)])
    ends_on = DateField("Until when?", validators=[Optional()])
    justification = TextAreaField(
        "A word with it (optional)",
        filters=[stripped],
        validators=[Optional(), at_most(1000)],
    )


class DenyForm(Form):
    """Say no."""

    seen = HiddenField(validators=[needed("Load the page again."), at_most(64)])
    reason = TextAreaField(
        "Why not?",
        description="The requestor reads it.",
        filters=[stripped],
        validators=[needed("Say in a sentence why not."), at_most(1000)],
    )


class WithdrawForm(Form):
    """Withdraw an approval."""

    why = TextAreaField(
        "Why do you withdraw it?",
        description="The requestor reads it, and it is kept for auditors.",
        filters=[stripped],
        validators=[needed("Say in a sentence why you withdraw it."), at_most(1000)],
    )


class ApproveSeveralForm(Form):
    """Agree to several requests at once."""

    justification = TextAreaField(
        "A word with it (optional)",
        description="It stands with each of them.",
        filters=[stripped],
        validators=[Optional(), at_most(1000)],
    )


class DenySeveralForm(Form):
    """Say no to several requests at once."""

    justification = TextAreaField(
        "Why not?",
        description="The requestor of each of them reads it.",
        filters=[stripped],
        validators=[needed("Say in a sentence why not."), at_most(1000)],
    )


def write_pick(request_id: str, seen: str) -> str:
    """Return a chosen request, and what was seen of it, as a form's value."""
    return f"{request_id}{SEPARATOR}{seen}"


def read_picks(values: list[str]) -> tuple[Pick, ...]:
    """Read the values that `write_pick` wrote; a request counts once, and anything else does not."""
    pairs = dict(value.split(SEPARATOR) for value in values if value.count(SEPARATOR) == 1)
    return tuple(Pick(request_id=request_id[:64], seen=seen[:64]) for request_id, seen in pairs.items())
