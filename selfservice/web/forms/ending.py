"""Ending an access."""

from wtforms import Form, TextAreaField

from selfservice.web.forms.fields import at_most, needed, stripped


class EndForm(Form):
    """End the access now."""

    why = TextAreaField(
        "Why does it end now?",
        description="It is kept with the access for auditors.",
        filters=[stripped],
        validators=[
            needed("Say in a sentence why the access ends early."),
            at_most(500),
        ],
    )
