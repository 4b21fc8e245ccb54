"""The two doors: asking for oneself, and inviting a guest."""

from collections.abc import Mapping, Sequence
from datetime import date

from wtforms import DateField, Field, RadioField, StringField, TextAreaField
from wtforms.validators import Optional

from selfservice.model.actor import PersonRef
from selfservice.services.drafting import Ask
from selfservice.web.forms.fields import OnceForm, at_most, needed, stripped

MYSELF = "me"


class AskForm(OnceForm):
    """Get access for myself."""

    justification = TextAreaField(
        "Why do you need it?",
        description="A sentence is enough. The person who decides reads it as it is.",
        filters=[stripped],
        validators=[needed("Say in a sentence what it is for."), at_most(1000)],
    )
    ends_on = DateField(
        "Until when?",
        validators=[needed("Choose the last day of the access.")],
    )

    def last_day(self) -> date:
        """Return the end date of a form that is valid."""
        if self.ends_on.data is None:
            raise ValueError("the form was not validated")
        return self.ends_on.data

    terms_text = ""
    terms_version = 0

    def question_fields(self) -> Sequence[Field]:
        """Return the fields of the package's questions: none, where the form has none."""
        return ()

    def own_fields(self) -> Sequence[Field]:
        """Return what this package asks besides: its questions, and its terms where it has any."""
        return [*self.question_fields(), *([self["terms"]] if self.terms_version else [])]

    def answers(self) -> Mapping[str, str]:
        """Return the answers to the package's questions: none, where the form has none."""
        return {}

    def agreed_terms(self) -> int:
        """Return the version of the terms that was agreed to: none, where the form has none."""
        return 0

    def ask(self, package_id: str, *, tenant_id: str) -> Ask:
        """Return what is asked for."""
        return Ask(
            form_key=str(self.form_key.data or ""),
            package_id=package_id,
            for_self=True,
            justification=str(self.justification.data or ""),
            ends_on=self.last_day(),
            answers=self.answers(),
            terms_version=self.agreed_terms(),
        )


class InviteForm(AskForm):
    """Invite someone."""

    guest_address = StringField(
        "Their work e-mail address",
        description="The address they sign in with. The invitation goes there.",
        filters=[stripped],
        validators=[needed("Type the guest's e-mail address."), at_most(254)],
    )
    guest_name = StringField(
        "Their name",
        filters=[stripped],
        validators=[needed("Type the guest's name."), at_most(256)],
    )
    guest_company = StringField(
        "Their company (optional)",
        filters=[stripped],
        validators=[Optional(), at_most(256)],
    )
    justification = TextAreaField(
        "Why do they need it?",
        description="A sentence is enough. The person who decides reads it as it is.",
        filters=[stripped],
        validators=[needed("Say in a sentence what it is for."), at_most(1000)],
    )
    message = TextAreaField(
        "A message to the guest (optional)",
        description="Plain text. It is part of the invitation, and the person who decides reads it too.",
        filters=[stripped],
        validators=[Optional(), at_most(500)],
    )
    sponsor = RadioField("Who answers for the guest?", default=MYSELF, validate_choice=False)
    sponsor_search = StringField(
        "Somebody else of your organisation",
        description="Type three letters of the name, or the e-mail address.",
        filters=[stripped],
        validators=[Optional(), at_most(100)],
    )

    def ask(self, package_id: str, *, tenant_id: str) -> Ask:
        """Return what is asked for."""
        chosen = str(self.sponsor.data or MYSELF)
        return Ask(
            form_key=str(self.form_key.data or ""),
            package_id=package_id,
            for_self=False,
            justification=str(self.justification.data or ""),
            ends_on=self.last_day(),
            guest_address=str(self.guest_address.data or ""),
            guest_name=str(self.guest_name.data or ""),
            guest_company=str(self.guest_company.data or ""),
            sponsor=None if chosen == MYSELF else PersonRef(tenant_id=tenant_id, object_id=chosen),
            message=str(self.message.data or ""),
            answers=self.answers(),
            terms_version=self.agreed_terms(),
        )
