"""Who decides, as a form: approvers travel with their names, so that they stay readable; their ids are what counts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

from wtforms import Form, SelectMultipleField, StringField
from wtforms.validators import Optional

from selfservice.model.rules.codec import BY_ID, approver_from_data, approver_to_data
from selfservice.model.rules.outcome import Approver, ApproverKind
from selfservice.web.forms.fields import at_most, stripped


class PartiesForm(Form):
    """Approvers. `add` is one more, taken with whatever button is pressed."""

    chosen = SelectMultipleField("Who", validate_choice=False)
    quiet = SelectMultipleField("Without mail", validate_choice=False)
    search = StringField("Find a person or a group", filters=[stripped], validators=[Optional(), at_most(100)])
    add = StringField("Add somebody", validators=[Optional(), at_most(500)])

    @property
    def values(self) -> list[str]:
        """The approvers as form values, each once, with the one to add last."""
        added = [str(self.add.data)] if self.add.data else []
        return list(dict.fromkeys(each for each in [*(self.chosen.data or []), *added] if read_approver(each)))

    def plain(self) -> list[str | dict[str, object]]:
        """Return the approvers as plain data."""
        quiet = set(self.quiet.data or [])
        found = [(value, read_approver(value)) for value in self.values]
        return [approver_to_data(replace(each, quiet=value in quiet)) for value, each in found if each]


def value_of(approver: Approver) -> str:
    """Return an approver as a form's value."""
    return ":".join((approver.kind, approver.tenant_id, approver.object_id, approver.name))


def read_approver(value: str) -> Approver | None:
    """Read a form's value, or None where it is none of ours."""
    kind, *rest = value.split(":", 3)
    if kind not in set(ApproverKind) or len(rest) != 3:
        return None
    if ApproverKind(kind) not in BY_ID:
        return Approver(kind=ApproverKind(kind))
    tenant_id, object_id, name = rest
    if not tenant_id or not object_id:
        return None
    return Approver(kind=ApproverKind(kind), tenant_id=tenant_id, object_id=object_id, name=name)


def parties_of(data: object) -> dict[str, object]:
    """Return plain data as what the form holds."""
    approvers = [approver_from_data(each) for each in cast("Sequence[Mapping[str, object] | str]", data)]
    return {
        "chosen": [value_of(each) for each in approvers],
        "quiet": [value_of(each) for each in approvers if each.quiet],
    }
