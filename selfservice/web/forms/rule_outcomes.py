"""What comes of a rule as a form: a no with its reason, a yes without anybody, or one to three stages."""

from collections.abc import Mapping, Sequence
from typing import cast

from wtforms import BooleanField, FieldList, Form, FormField, IntegerField, RadioField, TextAreaField
from wtforms.validators import NumberRange, Optional, ValidationError

from selfservice.model.rules.outcome import DEFAULT_DAYS_TO_ANSWER, MOST_STAGES, PACKAGE_APPROVERS
from selfservice.web.forms.fields import at_most, option, stripped
from selfservice.web.forms.rule_approvers import PartiesForm, parties_of, value_of

DENY, AUTOMATIC, STAGES = "deny", "automatic", "stages"
KINDS = (
    (STAGES, "People decide"),
    (AUTOMATIC, "Yes, without anybody"),
    (DENY, "No, with a reason"),
)
FIRST_STAGE: dict[str, object] = {"approvers": {"chosen": [value_of(PACKAGE_APPROVERS)]}}


class StageForm(Form):
    """One stage."""

    approvers = FormField(PartiesForm)
    quorum = IntegerField("How many of them must agree?", default=1, validators=[NumberRange(1, 50, "From 1 to 50.")])
    justification_required = BooleanField("They must say why")
    days_to_answer = IntegerField(
        "Days to answer", default=DEFAULT_DAYS_TO_ANSWER, validators=[NumberRange(1, 365, "From 1 to 365 days.")]
    )
    escalate_after_days = IntegerField(
        "Ask them after so many days", validators=[Optional(), NumberRange(1, 364, "From 1 to 364 days.")]
    )
    alternates = FormField(PartiesForm)
    fallback = FormField(PartiesForm)

    def validate_quorum(self, field: IntegerField) -> None:
        """Ask for somebody who decides."""
        if not self.approvers.form.values:
            raise ValidationError("Name somebody who decides in this stage.")

    def validate_days_to_answer(self, field: IntegerField) -> None:
        """Take others and the days after which they are asked together, and before the stage is over."""
        after = self.escalate_after_days.data
        if (after is None) == bool(self.alternates.form.values):
            raise ValidationError("Name the others and the days after which they are asked as well, or neither.")
        if after is not None and after >= (field.data or 0):
            raise ValidationError("The others must be asked before the days to answer are over.")

    def plain(self) -> dict[str, object]:
        """Return the stage as plain data."""
        return {
            "approvers": self.approvers.form.plain(),
            "quorum": self.quorum.data,
            "justificationRequired": bool(self.justification_required.data),
            "daysToAnswer": self.days_to_answer.data,
            "escalateAfterDays": self.escalate_after_days.data,
            "alternates": self.alternates.form.plain(),
            "fallback": self.fallback.form.plain(),
        }


class OutcomeForm(Form):
    """What comes of it."""

    kind = RadioField("What comes of it?", choices=[option(*each) for each in KINDS], default=STAGES)
    reason = TextAreaField(
        "Why not?", description="The requestor reads it.", filters=[stripped], validators=[at_most(500)]
    )
    stages = FieldList(FormField(StageForm), max_entries=MOST_STAGES)

    def validate(self, extra_validators: Mapping[str, Sequence[object]] | None = None) -> bool:
        """Check what was chosen; the rest may stay half written."""
        if not self.kind.validate(self):
            return False
        if self.kind.data == STAGES:
            return bool(self.stages.validate(self))
        return self.kind.data == AUTOMATIC or bool(self.reason.validate(self, [_needed_reason]))

    def plain(self) -> dict[str, object]:
        """Return the outcome as plain data."""
        if self.kind.data == DENY:
            return {"deny": self.reason.data}
        if self.kind.data == AUTOMATIC:
            return {"automatic": True}
        return {"stages": [stage.form.plain() for stage in self.stages]}


def outcome_of(data: Mapping[str, object]) -> dict[str, object]:
    """Return plain data as what the form holds."""
    if "deny" in data:
        return {"kind": DENY, "reason": data["deny"], "stages": [FIRST_STAGE]}
    if "automatic" in data:
        return {"kind": AUTOMATIC, "stages": [FIRST_STAGE]}
    stages = cast("Sequence[Mapping[str, object]]", data.get("stages", []))
    return {"kind": STAGES, "stages": [_stage_of(stage) for stage in stages] or [FIRST_STAGE]}


def _stage_of(data: Mapping[str, object]) -> dict[str, object]:
    return {
        "approvers": parties_of(data.get("approvers", [])),
        "quorum": data.get("quorum", 1),
        "justification_required": data.get("justificationRequired", False),
        "days_to_answer": data.get("daysToAnswer", DEFAULT_DAYS_TO_ANSWER),
        "escalate_after_days": data.get("escalateAfterDays"),
        "alternates": parties_of(data.get("alternates", [])),
        "fallback": parties_of(data.get("fallback", [])),
    }


def _needed_reason(form: Form, field: TextAreaField) -> None:
    if not field.data:
        raise ValidationError("Say in a sentence why it is refused.")
