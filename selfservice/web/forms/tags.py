"""What a tag makes stricter, as an admin writes it."""

from wtforms import BooleanField, Form, IntegerField, StringField
from wtforms.validators import NumberRange, Optional

from selfservice.model.rules.strictness import Tightening
from selfservice.web.forms.fields import at_most, needed, stripped


class TagForm(Form):
    """A tag's meaning."""

    tag = StringField(
        "Tag",
        description="A small word, such as short-term.",
        filters=[stripped],
        validators=[needed("Name the tag."), at_most(40)],
    )
    longest_days = IntegerField(
        "Longest access in days (optional)", validators=[Optional(), NumberRange(1, 365, "From 1 to 365 days.")]
    )
    needs_decision = BooleanField("Nothing is granted without a decision")
    justification_required = BooleanField("Whoever decides must say why")
    least_quorum = IntegerField(
        "How many people must agree at least?", default=1, validators=[NumberRange(1, 50, "From 1 to 50.")]
    )

    def tightening(self) -> Tightening:
        """Return what the tag makes stricter."""
        return Tightening(
            tag=str(self.tag.data),
            longest_days=self.longest_days.data,
            needs_decision=bool(self.needs_decision.data),
            justification_required=bool(self.justification_required.data),
            least_quorum=int(self.least_quorum.data or 1),
        )
