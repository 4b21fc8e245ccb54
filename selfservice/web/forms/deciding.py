"""What an approver says: yes until the date asked for, or no with a reason."""

from wtforms import Form, HiddenField, TextAreaField
from wtforms.validators import Optional

from selfservice.web.forms.fields import at_most, needed, stripped


class ApproveForm(Form):
    """Agree to exactly what was on the page."""

    seen = HiddenField(validators=[needed("Load the page again."), at_most(64)])
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
