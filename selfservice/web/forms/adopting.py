"""Taking guests in whom others made."""

from wtforms import DateField, Form, RadioField, SelectMultipleField, StringField
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget

from selfservice.web.forms.fields import at_most, needed, stripped


class StrangersForm(Form):
    """Choose guests."""

    guests = SelectMultipleField(
        "Which guests?",
        validators=[needed("Choose at least one guest.")],
        validate_choice=False,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )


class AdoptForm(StrangersForm):
    """Choose guests, until when, and who is asked to answer for them."""

    until = DateField("Until when?", validators=[needed("Choose a day.")])
    person_search = StringField(
        "Look for a colleague",
        description="Type three letters of the name, or the e-mail address.",
        filters=[stripped],
        validators=[Optional(), at_most(100)],
    )
    person = RadioField(
        "Who is asked to answer for them?",
        validators=[needed("Look for a colleague, and choose who is asked.")],
        validate_choice=False,
    )
