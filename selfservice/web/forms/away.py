"""Being away: who decides meanwhile, and how one is told of what waits."""

from dataclasses import dataclass
from datetime import date

from wtforms import BooleanField, DateField, Form, RadioField, StringField
from wtforms.validators import Optional

from selfservice.model.actor import PersonRef
from selfservice.web.forms.fields import at_most, needed, stripped


@dataclass(frozen=True, kw_only=True)
class Absence:
    """From when to when somebody is away, who decides meanwhile, and why."""

    to: PersonRef
    starts_on: date
    ends_on: date
    reason: str


class AwayForm(Form):
    """Name a colleague who decides while I am away."""

    starts_on = DateField("First day away", validators=[needed("Choose the first day.")])
    ends_on = DateField("Last day away", validators=[needed("Choose the last day.")])
    person_search = StringField(
        "Look for a colleague",
        description="Type three letters of the name, or the e-mail address.",
        filters=[stripped],
        validators=[Optional(), at_most(100)],
    )
    person = RadioField(
        "Who decides for you?",
        validators=[needed("Look for a colleague, and choose who decides for you.")],
        validate_choice=False,
    )
    reason = StringField(
        "Why? (optional)",
        description="Your colleague and auditors read it.",
        filters=[stripped],
        validators=[Optional(), at_most(300)],
    )

    def absence(self, *, tenant_id: str) -> Absence:
        """Return what a valid form says."""
        if self.starts_on.data is None or self.ends_on.data is None:
            raise ValueError("the form was not validated")
        return Absence(
            to=PersonRef(tenant_id=tenant_id, object_id=str(self.person.data)),
            starts_on=self.starts_on.data,
            ends_on=self.ends_on.data,
            reason=str(self.reason.data or ""),
        )


class MailForm(Form):
    """How I want to be told of requests that wait for me."""

    digest = BooleanField("One mail a day with all that waits, instead of one mail for each request")
