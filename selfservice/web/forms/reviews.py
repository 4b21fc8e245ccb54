"""What a reviewer answers: about one item, or about several at once."""

from wtforms import Form, HiddenField, TextAreaField
from wtforms.validators import Optional

from selfservice.model.review import Verdict
from selfservice.web.forms.fields import at_most, needed, stripped

SEPARATOR = "."
LONGEST_REASON = 500
VERDICTS = {verdict.value: verdict for verdict in Verdict}


class AnswerForm(Form):
    """One answer, about what was on the page."""

    basis = HiddenField(validators=[needed("Load the page again."), at_most(128)])
    verdict = HiddenField(validators=[needed("Choose an answer.")])
    why = TextAreaField("Why?", filters=[stripped], validators=[Optional(), at_most(LONGEST_REASON)])


class WhyForm(Form):
    """A reason, for what is done after one more look."""

    why = TextAreaField(
        "Why?",
        filters=[stripped],
        description="It is kept with the review for auditors.",
        validators=[needed("Say in a sentence why."), at_most(LONGEST_REASON)],
    )


class MaybeWhyForm(Form):
    """A reason that may be left out."""

    why = TextAreaField(
        "A word with it (optional)", filters=[stripped], validators=[Optional(), at_most(LONGEST_REASON)]
    )


def write_pick(item_id: str, basis: str) -> str:
    """Return a chosen item, and what was seen of it, as a form's value."""
    return f"{item_id}{SEPARATOR}{basis}"


def read_picks(values: list[str]) -> list[tuple[str, str]]:
    """Read the values that `write_pick` wrote; anything else does not count."""
    pairs = (value[:256].partition(SEPARATOR) for value in values)
    return [(item_id, basis) for item_id, found, basis in pairs if found and item_id]
