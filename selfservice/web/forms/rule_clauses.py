"""The clauses of a rule as a form: one row for each, with the control that fits what it asks about."""

from collections.abc import Mapping, Sequence
from typing import cast

from wtforms import Form, HiddenField, SelectField, SelectMultipleField, TextAreaField
from wtforms.validators import ValidationError

from selfservice.model.rules.clause import Operator
from selfservice.model.rules.facts import ANSWER_PREFIX, NO, OTHER, SELF, YES, Attribute
from selfservice.web.forms.fields import at_most, needed, option, stripped

LONGEST_ATTRIBUTE = 80
LONGEST_VALUES = 4000
OPERATORS = (
    (Operator.ANY_OF.value, "is any of"),
    (Operator.NONE_OF.value, "is none of"),
    (Operator.AT_MOST.value, "is at most"),
    (Operator.AT_LEAST.value, "is at least"),
)
COMPARED = frozenset({Operator.AT_MOST.value, Operator.AT_LEAST.value})
SIDES: Mapping[str, tuple[str, str]] = {
    Attribute.FOR: (SELF, OTHER),
    Attribute.ALREADY_GUEST: (YES, NO),
    Attribute.KNOWN_AT_HOME: (YES, NO),
    Attribute.EXTENSION: (YES, NO),
}
"""Attributes that have one of two values, always."""

TYPED = frozenset({Attribute.DEPARTMENT, Attribute.JOB_TITLE, Attribute.GUEST_DOMAIN, Attribute.DAYS})
"""Attributes whose values people write, though some may be suggested."""


class ClauseForm(Form):
    """One comparison. What it is about does not change: another one is another clause."""

    attribute = HiddenField(validators=[needed("Load the page again."), at_most(LONGEST_ATTRIBUTE)])
    operator = SelectField(
        "How it compares", choices=[option(*each) for each in OPERATORS], default=Operator.ANY_OF.value
    )
    picks = SelectMultipleField("Values", validate_choice=False)
    typed = TextAreaField("Values", filters=[stripped], validators=[at_most(LONGEST_VALUES)])

    @property
    def about(self) -> str:
        """What the clause asks about."""
        return str(self.attribute.data or "")

    @property
    def values(self) -> list[str]:
        """The values that were picked or written, one a line; numbers with commas between them, too."""
        written = str(self.typed.data or "")
        lines = (written.replace(",", "\n") if self.about == Attribute.DAYS else written).splitlines()
        return [*(self.picks.data or []), *(line.strip() for line in lines if line.strip())]

    def validate_attribute(self, field: HiddenField) -> None:
        """Take nothing but what rules may ask about."""
        if not is_attribute(str(field.data)):
            raise ValidationError("Load the page again.")

    def validate_operator(self, field: SelectField) -> None:
        """Compare numbers alone by size."""
        if field.data in COMPARED and self.about not in {Attribute.DAYS, Attribute.RISK}:
            raise ValidationError("Only a number can be compared by size.")

    def validate_typed(self, field: TextAreaField) -> None:
        """Ask for values, and for one whole number where it is compared."""
        if not self.values:
            raise ValidationError("Choose or write a value, or remove this clause.")
        if self.operator.data in COMPARED and (len(self.values) > 1 or not self.values[0].isdecimal()):
            raise ValidationError("One whole number is needed here.")

    def plain(self) -> dict[str, object]:
        """Return the clause as plain data."""
        operator = str(self.operator.data)
        return {
            "attribute": self.about,
            operator: int(self.values[0]) if operator in COMPARED else self.values,
        }


def is_attribute(name: str) -> bool:
    """Say whether rules may ask about this."""
    return name in set(Attribute) or name.startswith(ANSWER_PREFIX)


def clause_of(data: Mapping[str, object]) -> dict[str, object]:
    """Return plain data as what the row of a clause holds."""
    attribute = str(data.get("attribute", ""))
    operator = next((each for each, _ in OPERATORS if each in data), Operator.ANY_OF.value)
    given = data.get(operator, [])
    values = [str(given)] if operator in COMPARED else [str(each) for each in cast("Sequence[object]", given)]
    if attribute in SIDES:
        operator, values = Operator.ANY_OF.value, _side(attribute, operator, values)
    if attribute in TYPED:
        return {"attribute": attribute, "operator": operator, "typed": "\n".join(values)}
    return {"attribute": attribute, "operator": operator, "picks": values}


def _side(attribute: str, operator: str, values: Sequence[str]) -> list[str]:
    """Return the sides that hold: of two, all but the excluded ones."""
    if operator == Operator.ANY_OF:
        return list(values)
    excluded = {value.casefold() for value in values}
    return [side for side in SIDES[attribute] if side not in excluded]
