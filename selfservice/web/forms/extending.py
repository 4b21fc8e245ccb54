"""Extending an access."""

from datetime import date

from wtforms import DateField, TextAreaField

from selfservice.services.extending import Extension
from selfservice.web.forms.fields import OnceForm, at_most, needed, stripped


class ExtendForm(OnceForm):
    """Until when an access should go on, and why."""

    new_end = DateField("Until when?", validators=[needed("Choose the new last day of the access.")])
    why = TextAreaField(
        "Why is it still needed?",
        description="A sentence is enough. If somebody decides about it, they read it as it is.",
        filters=[stripped],
        validators=[needed("Say in a sentence what it is still needed for."), at_most(1000)],
    )

    def extension(self) -> Extension:
        """Return what is asked for, from a form that is valid."""
        ends_on = self.new_end.data
        if not isinstance(ends_on, date):
            raise TypeError("the form was not validated")
        return Extension(ends_on=ends_on, why=str(self.why.data), form_key=str(self.form_key.data))
