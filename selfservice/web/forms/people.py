"""Handing guests over, and answering what was proposed."""

from wtforms import Form, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget

from selfservice.web.forms.fields import at_most, needed, stripped


class HandOverForm(Form):
    """Name a colleague who is asked to answer for guests."""

    guests = SelectMultipleField(
        "Which guests?",
        validators=[needed("Choose at least one guest.")],
        validate_choice=False,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    person_search = StringField(
        "Look for a colleague",
        description="Type three letters of the name, or the e-mail address.",
        filters=[stripped],
        validators=[Optional(), at_most(100)],
    )
    person = RadioField(
        "Who is asked to take them over?",
        validators=[needed("Look for a colleague, and choose who is asked.")],
        validate_choice=False,
    )
    why = TextAreaField(
        "Why?",
        description="Whoever is asked reads it, and auditors.",
        filters=[stripped],
        validators=[needed("Say in a sentence why."), at_most(500)],
    )


class DeclineForm(Form):
    """Say no, with a reason."""

    why = TextAreaField(
        "Why not?",
        description="Whoever asked reads it.",
        filters=[stripped],
        validators=[needed("Say in a sentence why not."), at_most(500)],
    )
