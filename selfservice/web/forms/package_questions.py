"""The questions of an access package on its form, one block each."""

from collections.abc import Iterable

from wtforms import BooleanField, FieldList, Form, FormField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional, ValidationError

from selfservice.model.questions import Question, QuestionKind
from selfservice.web.forms.fields import at_most, option, stripped
from selfservice.web.forms.question_lines import choice_lines, choices_of, key_of, label_lines, labels_of


class QuestionForm(Form):
    """One question. Without words it is left out."""

    words = TextAreaField(
        "What is asked?",
        description="In English; another language on a line of its own, as de: Wozu?",
        filters=[stripped],
        validators=[Optional(), at_most(2000)],
    )
    kind = SelectField(
        "How is it answered?",
        choices=[
            option(QuestionKind.TEXT.value, "in their own words"),
            option(QuestionKind.CHOICE.value, "by a choice"),
        ],
        default=QuestionKind.TEXT.value,
    )
    choices = TextAreaField(
        "The choices (for a choice alone)",
        description="One a line: audit = For an audit. What stands before the = is what rules compare.",
        filters=[stripped],
        validators=[at_most(5000)],
    )
    key = StringField(
        "Its name in rules (optional)",
        description="Rules ask for answer:name. Without one it is made out of the words.",
        filters=[stripped],
        validators=[Optional(), at_most(40)],
    )
    required = BooleanField("It must be answered", default=True)

    def validate_choices(self, field: TextAreaField) -> None:
        """Take choices for a choice, and for nothing else."""
        if bool(field.data) != (self.kind.data == QuestionKind.CHOICE.value) and self.words.data:
            raise ValidationError("A choice needs its choices, one a line; words of their own need none.")

    def question(self) -> Question | None:
        """Return the question, or nothing where it has no words."""
        labels = labels_of(str(self.words.data or "").splitlines())
        if not labels:
            return None
        return Question(
            key=str(self.key.data or "") or key_of(labels),
            kind=QuestionKind(str(self.kind.data)),
            labels=labels,
            required=bool(self.required.data),
            choices=choices_of(str(self.choices.data or "")),
        )


def questions_in(entries: "FieldList[FormField[QuestionForm]]") -> tuple[Question, ...]:
    """Return the questions of a form's list."""
    found = (entry.form.question() for entry in entries)
    return tuple(question for question in found if question is not None)


def fill_questions(entries: "FieldList[FormField[QuestionForm]]", questions: Iterable[Question]) -> None:
    """Write questions into a form's list."""
    for question in questions:
        entry = entries.append_entry().form
        entry.words.data = "\n".join(label_lines(question.labels))
        entry.kind.data, entry.choices.data = question.kind.value, choice_lines(question.choices)
        entry.key.data, entry.required.data = question.key, question.required
