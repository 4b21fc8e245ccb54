"""An approver rule as its keepers write it, and what is asked before a change of rules is kept."""

from collections.abc import Mapping, Sequence

from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import NumberRange, Optional

from selfservice.model.rules.rule import BAND_NAMES, Band
from selfservice.web.forms.fields import at_most, needed, option, stripped
from selfservice.web.forms.rule_clauses import ClauseForm, clause_of
from selfservice.web.forms.rule_outcomes import OutcomeForm, outcome_of

MOST_CLAUSES = 30
LONGEST_EDITS = 100_000
PLACES = (
    (BAND_NAMES[Band.FIRST], "Before the rules of packages and catalogs: nobody can go round it"),
    (BAND_NAMES[Band.LAST], "After them: it holds where they say nothing"),
)
MONTHS = (("1", "the last month"), ("3", "the last 3 months"), ("6", "the last 6 months"), ("12", "the last 12 months"))


class SeenForm(Form):
    """A change of the rules as they were on the page."""

    seen = HiddenField(validators=[needed("Load the page again."), at_most(20)])

    @property
    def serial(self) -> int:
        """The book's serial number on the page; one that is no number was never seen."""
        text = str(self.seen.data or "")
        return int(text) if text.isdecimal() else 0


class RuleForm(SeenForm):
    """What a rule says."""

    name = StringField(
        "Name",
        description="What it is for, in a few words: people see it where it decides.",
        filters=[stripped],
        validators=[needed("Name the rule."), at_most(120)],
    )
    note = TextAreaField(
        "Note (optional)",
        description="Why it is there. For the people who keep the rules.",
        filters=[stripped],
        validators=[Optional(), at_most(2000)],
    )
    enabled = BooleanField("It is in force", default=True)
    band = RadioField(
        "When is it read?",
        choices=[option(*each) for each in PLACES],
        default=BAND_NAMES[Band.LAST],
        validate_choice=False,
    )
    position = IntegerField(
        "Its place among them",
        description="1 is read first. Empty: after the others.",
        validators=[Optional(), NumberRange(1, 100_000, "A place from 1 on.")],
    )
    clauses = FieldList(FormField(ClauseForm), max_entries=MOST_CLAUSES)
    about = SelectField("Add a clause about", validate_choice=False, choices=[])
    outcome = FormField(OutcomeForm)
    months = SelectField(
        "Route anew what was asked in", choices=[option(*each) for each in MONTHS], default="6", validate_choice=False
    )

    def when(self) -> list[dict[str, object]]:
        """Return the clauses as plain data."""
        return [entry.form.plain() for entry in self.clauses]

    def back(self) -> int:
        """Return how many months to look back."""
        text = str(self.months.data)
        return int(text) if text.isdecimal() else 1

    def then(self) -> dict[str, object]:
        """Return the outcome as plain data."""
        return self.outcome.form.plain()


class SaveForm(SeenForm):
    """A change of rules that was looked at, to be kept with the reason."""

    edits = HiddenField(validators=[needed("Load the page again."), at_most(LONGEST_EDITS)])
    why = TextAreaField(
        "Why is it changed?",
        description="Kept with this version for everybody who reads the rules later.",
        filters=[stripped],
        validators=[needed("Say in a sentence why."), at_most(500)],
    )


class RejectForm(Form):
    """No to a change of rules that waits."""

    why = TextAreaField(
        "Why not?",
        description="Whoever proposed it reads it.",
        filters=[stripped],
        validators=[needed("Say in a sentence why not."), at_most(500)],
    )


def content_of(when: Sequence[Mapping[str, object]], then: Mapping[str, object]) -> dict[str, object]:
    """Return a rule's plain data as what its form holds."""
    return {"clauses": [clause_of(each) for each in when], "outcome": outcome_of(then)}
