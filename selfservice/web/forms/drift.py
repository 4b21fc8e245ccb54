"""What is done about a difference between what was approved and what the directory has."""

from datetime import date

from wtforms import DateField, Form, SelectField, TextAreaField

from selfservice.services.drift_adopting import Adoption
from selfservice.web.forms.fields import at_most, needed, stripped


class DriftForm(Form):
    """Put it right, or take it away."""

    why = TextAreaField(
        "Why?",
        description="Kept for auditors, with your name.",
        filters=[stripped],
        validators=[needed("Say in a sentence why."), at_most(500)],
    )


class AcceptForm(DriftForm):
    """Live with it until a day."""

    until = DateField("Until the end of", validators=[needed("Choose the last day.")])

    def last_day(self) -> date:
        """Return the last day of a form that is valid."""
        if self.until.data is None:
            raise ValueError("the form was not validated")
        return self.until.data


class AdoptForm(AcceptForm):
    """Have the access package's owner approve it afterwards."""

    package = SelectField("As access package", validate_choice=False, validators=[needed("Choose a package.")])

    def adoption(self) -> Adoption:
        """Return what is proposed."""
        return Adoption(package_id=str(self.package.data), ends_on=self.last_day(), why=str(self.why.data))
