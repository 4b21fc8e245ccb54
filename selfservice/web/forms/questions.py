"""The questions and the terms of an access package, as fields of the form that asks for it."""

from collections.abc import Mapping, Sequence

from wtforms import BooleanField, Field, SelectField, TextAreaField
from wtforms.validators import InputRequired, Optional

from selfservice.model.questions import Question, QuestionKind, label
from selfservice.services.overview.asking import AskSheet
from selfservice.web.forms.asking import AskForm
from selfservice.web.forms.fields import at_most, needed, option, stripped

PREFIX = "answer_"
TERMS = "terms"


def field_of(question: Question, languages: tuple[str, ...]) -> Field:
    """Return the field of a question, in the reader's language as far as it was written in it."""
    words = label(question.labels, languages)
    must = [needed("Answer this question.")] if question.required else [Optional()]
    shown = words if question.required else f"{words} (optional)"
    if question.kind is QuestionKind.TEXT:
        return TextAreaField(shown, filters=[stripped], validators=[*must, at_most(1000)])
    choices = [option(each.value, label(each.labels, languages)) for each in question.choices]
    return SelectField(shown, choices=[option("", "Choose"), *choices], validators=must, validate_choice=False)


def form_with(kind: type[AskForm], sheet: AskSheet, languages: tuple[str, ...]) -> type[AskForm]:
    """Return the form with what this package asks besides."""
    names = {each.key: PREFIX + each.key for each in sheet.questions}

    class Asking(kind):  # type: ignore[valid-type, misc]
        """The form of one package."""

        terms_text = sheet.terms
        terms_version = sheet.terms_version

        def question_fields(self) -> Sequence[Field]:
            """Return the fields of the questions, in their order."""
            return [self[name] for name in names.values()]

        def answers(self) -> Mapping[str, str]:
            """Return the answers, by the keys of their questions."""
            return {key: str(self[name].data or "") for key, name in names.items()}

        def agreed_terms(self) -> int:
            """Return the version of the terms that was ticked, whichever holds now."""
            ticked = self[TERMS].raw_data if sheet.terms_version else []
            return int(ticked[0]) if ticked and ticked[0].isdecimal() else 0

    for question in sheet.questions:
        setattr(Asking, names[question.key], field_of(question, languages))
    if sheet.terms_version:
        Asking.terms = BooleanField("I agree to these terms", validators=[InputRequired("Agree to the terms.")])
    return Asking
