"""Two access packages that exclude each other, and an exception to that."""

from datetime import date

from wtforms import DateField, Form, SelectField, StringField, TextAreaField
from wtforms.validators import ValidationError

from selfservice.services.excluding import Pair
from selfservice.web.forms.fields import at_most, needed, stripped


class ExclusionForm(Form):
    """A pair. It has no direction."""

    first = SelectField("Nobody may hold", validate_choice=False, validators=[needed("Choose a package.")])
    second = SelectField("together with", validate_choice=False, validators=[needed("Choose a package.")])
    reason = TextAreaField(
        "Why not both?",
        description="Whoever is refused reads it.",
        filters=[stripped],
        validators=[needed("Say in a sentence why."), at_most(500)],
    )

    def validate_second(self, field: SelectField) -> None:
        """Take two packages and not one twice."""
        if field.data == self.first.data:
            raise ValidationError("Choose two packages.")

    def pair(self) -> Pair:
        """Return the two packages."""
        return Pair(package_id=str(self.first.data), other_id=str(self.second.data))


class LiftForm(Form):
    """The pair may be held together again."""

    why = TextAreaField(
        "Why may they be held together?",
        filters=[stripped],
        validators=[needed("Say in a sentence why."), at_most(500)],
    )


class ExceptionForm(Form):
    """One guest may hold both until a date."""

    guest_address = StringField(
        "The guest's e-mail address",
        filters=[stripped],
        validators=[needed("Type the guest's e-mail address."), at_most(254)],
    )
    until = DateField("Until the end of", validators=[needed("Choose the last day.")])
    reason = TextAreaField(
        "Why may this guest?",
        description="Kept for auditors, with your name.",
        filters=[stripped],
        validators=[needed("Say in a sentence why."), at_most(500)],
    )

    def last_day(self) -> date:
        """Return the last day of a form that is valid."""
        if self.until.data is None:
            raise ValueError("the form was not validated")
        return self.until.data
