"""A review campaign as somebody writes it."""

from wtforms import (
    BooleanField,
    DateField,
    Form,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import InputRequired, NumberRange, Optional

from selfservice.model.actor import PersonRef
from selfservice.model.review_plan import LIMITS, Every, NamedReviewer, NoAnswer, ReviewerKind, ReviewPlan, ScopeKind
from selfservice.web.forms.fields import at_most, needed, option, stripped

SEPARATOR = "."

OF_PACKAGES = [option(ScopeKind.PACKAGES.value, "Who holds certain access packages")]
SCOPES = [
    option(ScopeKind.TENANT.value, "All guests of the tenant"),
    *OF_PACKAGES,
    option(ScopeKind.PARTNERS.value, "Guests of certain partners"),
]
REVIEWERS = [
    option(ReviewerKind.SPONSORS.value, "Their sponsors"),
    option(ReviewerKind.OWNERS.value, "The owners of the access packages"),
    option(ReviewerKind.NAMED.value, "People whom I name"),
    option(ReviewerKind.GUEST.value, "The guests themselves"),
]
HOW_OFTEN = [
    option(Every.ONCE.value, "Once"),
    option(Every.MONTH.value, "Every month"),
    option(Every.QUARTER.value, "Every three months"),
    option(Every.HALF_YEAR.value, "Every six months"),
    option(Every.YEAR.value, "Every year"),
]
SILENCE = [
    option(NoAnswer.RECOMMENDATION.value, "Follow the recommendation"),
    option(NoAnswer.KEEP.value, "Keep access"),
    option(NoAnswer.REMOVE.value, "Remove access"),
]


def _days(name: str, words: str, hint: str = "") -> IntegerField:
    least, most = LIMITS[name]
    return IntegerField(
        words,
        description=hint,
        validators=[
            InputRequired(message="Type a number."),
            NumberRange(least, most, message=f"Choose a number from {least} to {most}."),
        ],
    )


class CampaignForm(Form):
    """A campaign's settings."""

    name = StringField("Name", filters=[stripped], validators=[needed("Name the campaign."), at_most(120)])
    scope = RadioField("Whose access?", choices=SCOPES, default=ScopeKind.TENANT.value)
    packages = SelectMultipleField("Which access packages?", validate_choice=False)
    partners = SelectMultipleField("Which partners?", validate_choice=False)
    reviewers = SelectMultipleField(
        "Who reviews?", choices=REVIEWERS, default=[ReviewerKind.SPONSORS.value, ReviewerKind.OWNERS.value]
    )
    named = SelectMultipleField("Named reviewers", validate_choice=False)
    party_search = StringField("Search people", filters=[stripped], validators=[Optional(), at_most(100)])
    every = SelectField("How often?", choices=HOW_OFTEN, default=Every.ONCE.value)
    starts_on = DateField("First day", validators=[InputRequired(message="Choose a day.")])
    days = _days("days", "Open for how many days?")
    no_answer = SelectField("Without an answer", choices=SILENCE, default=NoAnswer.RECOMMENDATION.value)
    remind_days = StringField("Remind before the end", description="Days, such as 7, 1.", validators=[at_most(40)])
    escalate_days = _days(
        "escalate_days", "Pass on before the end", "Days. Who has not begun then is passed over; 0: never."
    )
    landing_days = _days("landing_days", "Days in which a removal can be taken back", "The guest is blocked meanwhile.")
    by_exception = BooleanField("Look only at what has changed or is striking", default=True)
    sample_percent = _days("sample_percent", "Spot checks among the rest", "Per cent.")
    spare_own = BooleanField("Nobody reviews what they granted themself", default=True)

    def plan(self) -> ReviewPlan:
        """Return the plan that was written; whether it fits together is judged elsewhere."""
        scope = ScopeKind(str(self.scope.data))
        ids = {ScopeKind.PACKAGES: self.packages.data, ScopeKind.PARTNERS: self.partners.data}.get(scope) or []
        chosen = [ReviewerKind(kind) for kind in self.reviewers.data or []]
        return ReviewPlan(
            name=str(self.name.data),
            scope=scope,
            scope_ids=tuple(str(each)[:64] for each in ids),
            reviewers=tuple(kind for kind in ReviewerKind if kind in chosen),
            named=read_people(self.named.data) if ReviewerKind.NAMED in chosen else (),
            every=Every(str(self.every.data)),
            days=int(self.days.data or 0),
            no_answer=NoAnswer(str(self.no_answer.data)),
            remind_days=_numbers(str(self.remind_days.data or "")),
            escalate_days=int(self.escalate_days.data or 0),
            landing_days=int(self.landing_days.data or 0),
            by_exception=bool(self.by_exception.data),
            sample_percent=int(self.sample_percent.data or 0),
            spare_own=bool(self.spare_own.data),
        )


def write_person(ref: PersonRef, name: str) -> str:
    """Return a person as a form's value, which carries the name along."""
    return f"{ref.tenant_id}{SEPARATOR}{ref.object_id}{SEPARATOR}{name}"


def read_people(values: list[str] | None) -> tuple[NamedReviewer, ...]:
    """Read the values that `write_person` wrote; each person once."""
    parts = [str(value)[:400].split(SEPARATOR, 2) for value in values or ()]
    found = {
        (tenant_id, object_id): NamedReviewer(ref=PersonRef(tenant_id=tenant_id, object_id=object_id), name=name)
        for tenant_id, object_id, name in (part for part in parts if len(part) == 3)
    }
    return tuple(found.values())


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(word) for word in text.replace(",", " ").split() if word.isascii() and word.isdigit())[:10]
