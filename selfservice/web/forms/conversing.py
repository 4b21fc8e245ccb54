"""A question before a decision, and its answer."""

from wtforms import Form, TextAreaField

from selfservice.web.forms.fields import at_most, needed, stripped

LONGEST_MESSAGE = 2000


class QuestionForm(Form):
    """Ask for more before deciding."""

    question = TextAreaField(
        "What would you like to know?",
        description="Whoever asks for the access gets a mail and answers here.",
        filters=[stripped],
        validators=[needed("Type your question."), at_most(LONGEST_MESSAGE)],
    )


class AnswerForm(Form):
    """Answer a question."""

    answer = TextAreaField(
        "Your answer",
        description="The people who decide read it as it is.",
        filters=[stripped],
        validators=[needed("Type your answer."), at_most(LONGEST_MESSAGE)],
    )
