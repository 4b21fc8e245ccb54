"""A case with what must come of it, as the keepers of rules write it."""

from collections.abc import Sequence

from wtforms import BooleanField, Form, FormField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import NumberRange, Optional, ValidationError

from selfservice.model.rules.facts import OTHER, SELF, RuleFacts
from selfservice.services.overview.rule_rows import RuleEditPage
from selfservice.services.overview.rule_words import WHOM
from selfservice.web.forms.fields import at_most, needed, option, stripped
from selfservice.web.forms.rule_outcomes import OutcomeForm

NOTHING = option("", "None")


class ExampleForm(Form):
    """A made-up request, and what must come of it."""

    name = StringField(
        "What must stay true?",
        description="In a few words, such as: an unknown partner is decided by two people.",
        filters=[stripped],
        validators=[needed("Name it by what must stay true."), at_most(120)],
    )
    package = SelectField("Access package", validators=[needed("Choose a package.")], choices=[], validate_choice=False)
    home_tenant = SelectField("The requestor's tenant", choices=[], validate_choice=False)
    department = StringField("Their department", filters=[stripped], validators=[Optional(), at_most(200)])
    job_title = StringField("Their job title", filters=[stripped], validators=[Optional(), at_most(200)])
    group = SelectField("A group that they are in", choices=[], validate_choice=False)
    whom = RadioField("For whom", choices=[option(SELF, "for themself"), option(OTHER, WHOM[OTHER])], default=OTHER)
    guest_domain = StringField("The guest's domain", filters=[stripped], validators=[Optional(), at_most(253)])
    organization = SelectField("Their connected organization", choices=[], validate_choice=False)
    already_guest = BooleanField("The guest is in the directory already")
    known_at_home = BooleanField("The guest is known in a home tenant")
    extension = BooleanField("They hold it already, and it goes on")
    days = IntegerField("For how many days", default=30, validators=[NumberRange(1, 365, "From 1 to 365 days.")])
    answers = TextAreaField(
        "Answers to the package's questions (optional)",
        description="One a line, as key: value.",
        filters=[stripped],
        validators=[Optional(), at_most(2000)],
    )
    expected = FormField(OutcomeForm)

    def validate_answers(self, field: TextAreaField) -> None:
        """Take lines of a key and a value."""
        if any(":" not in line for line in _lines(field.data)):
            raise ValidationError("Write each answer as key: value.")

    def offer(self, page: RuleEditPage) -> None:
        """Offer what the tenant has."""
        options = {name: [option(each.value, each.label) for each in some] for name, some in page.options.items()}
        self.package.choices = [option("", "Choose"), *options.get("package", ())]
        self.home_tenant.choices = options.get("homeTenant", [])
        self.group.choices = [NOTHING, *options.get("group", ())]
        self.organization.choices = [NOTHING, *options.get("connectedOrganization", ())]

    def facts(self, *, tenant_id: str) -> RuleFacts:
        """Return the case as facts; what follows from the package is not in them."""
        for_self = self.whom.data == SELF
        return RuleFacts(
            resource_tenant=tenant_id,
            package=str(self.package.data),
            home_tenant=str(self.home_tenant.data or ""),
            department=str(self.department.data or ""),
            job_title=str(self.job_title.data or ""),
            groups=tuple(each for each in (str(self.group.data or ""),) if each),
            for_self=for_self,
            guest_domain=str(self.guest_domain.data or "").casefold(),
            organization="" if for_self else str(self.organization.data or ""),
            already_guest=bool(self.already_guest.data),
            known_at_home=for_self or bool(self.known_at_home.data),
            days=int(self.days.data or 0),
            extension=bool(self.extension.data),
            answers=dict(_pair(line) for line in _lines(self.answers.data)),
        )


def case_of(facts: RuleFacts) -> dict[str, object]:
    """Return facts as what the form holds."""
    return {
        "package": facts.package,
        "home_tenant": facts.home_tenant,
        "department": facts.department,
        "job_title": facts.job_title,
        "group": next(iter(facts.groups), ""),
        "whom": SELF if facts.for_self else OTHER,
        "guest_domain": facts.guest_domain,
        "organization": facts.organization,
        "already_guest": facts.already_guest,
        "known_at_home": facts.known_at_home,
        "days": facts.days,
        "extension": facts.extension,
        "answers": "\n".join(f"{key}: {value}" for key, value in sorted(facts.answers.items())),
    }


def _lines(text: str | None) -> Sequence[str]:
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


def _pair(line: str) -> tuple[str, str]:
    key, _, value = line.partition(":")
    return key.strip(), value.strip()
