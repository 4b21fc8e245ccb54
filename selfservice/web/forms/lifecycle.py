"""How a tenant looks after its guests, as an admin writes it."""

from wtforms import BooleanField, Form, HiddenField, IntegerField, RadioField, StringField
from wtforms.validators import InputRequired, NumberRange, ValidationError

from selfservice.model.lifecycle import Lifecycle, Mode, lifecycle_from_data
from selfservice.model.lifecycle_limits import LIMITS, LifecycleUnreadable, schedule_of
from selfservice.services.regulating import Overdue
from selfservice.web.forms.fields import at_most, needed, option, stripped

NUMBERS = tuple(LIMITS)


def _number(label: str, name: str, description: str = "") -> IntegerField:
    least, most = LIMITS[name]
    bounds = NumberRange(least, most, message=f"A whole number from {least} to {most}.")
    return IntegerField(label, description=description, validators=[InputRequired("Write a number."), bounds])


def _schedule(label: str, description: str) -> StringField:
    return StringField(label, description=description, filters=[stripped], validators=[at_most(40)])


class LifecycleForm(Form):
    """The settings. `read_version` is the version that was read, `blocks` and `deletions` what would happen."""

    read_version = HiddenField(validators=[needed("Load the page again."), at_most(12)])
    blocks, deletions = HiddenField(default="0"), HiddenField(default="0")
    mode = RadioField(
        "What happens when something is due",
        choices=[
            option(Mode.REPORT, "it is only reported"),
            option(Mode.ENFORCE, "it is done: guests are blocked and deleted"),
        ],
    )
    confirm = BooleanField("I have read what would happen, and it may happen")
    warn_days = _schedule(
        "Days before an access ends on which people are warned", "With commas between, such as 14, 1."
    )
    remind_days = _schedule("Days after which an invitation is sent again", "With commas between, such as 3, 10, 20.")
    unredeemed_days = _number("Days until an invitation that nobody accepts lapses", "unredeemed_days", "0: never.")
    inactive_days = _number("Days without a sign-in until a guest is blocked", "inactive_days", "0: never.")
    grace_days = _number("Days for which sponsors are warned before both", "grace_days")
    delete_days = _number("Days from being blocked until being deleted", "delete_days", "Restorable for 30 more.")
    undo_days = _number("Days for which a block is undone by one click", "undo_days")
    answer_days = _number("Days that somebody has who is asked to take guests over", "answer_days")
    adopt_days = _number("Days until which a guest who was found is taken in", "adopt_days")
    brake_percent = _number(
        "Percent of the guests in one day after which an admin is asked", "brake_percent", "20 guests in any case."
    )

    def validate_warn_days(self, field: StringField) -> None:
        """Take days with commas between."""
        _read(field, "warn_days")

    def validate_remind_days(self, field: StringField) -> None:
        """Take days with commas between."""
        _read(field, "remind_days")

    def fill(self, settings: Lifecycle, version: int, due: Overdue) -> None:
        """Write settings into a fresh form."""
        self.mode.data, self.read_version.data = settings.mode.value, str(version)
        self.blocks.data, self.deletions.data = str(due.blocks), str(due.deletions)
        for name in NUMBERS:
            self[name].data = getattr(settings, name)
        for name in ("warn_days", "remind_days"):
            self[name].data = ", ".join(map(str, getattr(settings, name)))

    def settings(self) -> Lifecycle:
        """Return the settings, from a form that is valid."""
        return lifecycle_from_data(
            {
                "mode": str(self.mode.data),
                "warn_days": _read(self.warn_days, "warn_days"),
                "remind_days": _read(self.remind_days, "remind_days"),
                **{name: self[name].data for name in NUMBERS},
            }
        )

    def confirmed(self) -> Overdue | None:
        """Return what the admin was told would happen, where they confirmed it."""
        told = (str(self.blocks.data), str(self.deletions.data))
        if not self.confirm.data or not all(each.isdecimal() for each in told):
            return None
        return Overdue(blocks=int(told[0]), deletions=int(told[1]))

    def version(self) -> int:
        """Return the version of the settings that was read."""
        return int(str(self.read_version.data)) if str(self.read_version.data).isdecimal() else -1


def _read(field: StringField, name: str) -> tuple[int, ...]:
    words = [word.strip() for word in str(field.data or "").split(",") if word.strip()]
    try:
        return schedule_of([int(word) if word.isdecimal() else word for word in words], name)
    except LifecycleUnreadable as refusal:
        raise ValidationError(refusal.cause) from refusal
