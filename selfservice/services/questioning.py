"""Questioning: what an access package asks of whoever asks for it, as plain data and back, and the answers checked."""

import re
from collections.abc import Iterable, Mapping
from typing import cast

from selfservice.model.package import AccessPackage
from selfservice.model.questions import Choice, Question, QuestionKind, label
from selfservice.model.refusal import Refused
from selfservice.services.eligibility import TextRefused, clean_text

KEY = re.compile(r"[a-z][a-zA-Z0-9-]{0,39}")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][A-Za-z]{1,3})?")
MOST_QUESTIONS, MOST_CHOICES = 20, 50
LONGEST_LABEL, LONGEST_VALUE, LONGEST_ANSWER = 300, 100, 1000


class QuestionUnreadable(Refused):
    """A question cannot be understood; the cause names it."""


class AnswerMissing(Refused):
    """A question that needs an answer has none."""


class AnswerRefused(Refused):
    """The answer is none of those to choose from."""


def questions_of(package: AccessPackage) -> tuple[Question, ...]:
    """Return the questions that a package asks now."""
    return questions_from_data(package.questions)


def questions_to_data(questions: Iterable[Question]) -> list[object]:
    """Return questions as plain data."""
    return [_to_data(question) for question in questions]


def questions_from_data(data: object) -> tuple[Question, ...]:
    """Read questions, or refuse with the name of the one that is wrong."""
    if not isinstance(data, list | tuple) or len(data) > MOST_QUESTIONS:
        raise _unreadable("the list of questions", f"at most {MOST_QUESTIONS} questions are needed")
    questions = tuple(_question(each, f"question {number}") for number, each in enumerate(data, 1))
    keys = [question.key.casefold() for question in questions]
    if twice := next((key for key in keys if keys.count(key) > 1), None):
        raise _unreadable(f"`{twice}`", "two questions have this key")
    return questions


def answer_of(question: Question, given: Mapping[str, str]) -> str:
    """Return the answer to a question, or refuse where it is missing or none of the choices."""
    words = label(question.labels)
    answer = clean_text(str(given.get(question.key, "")), what=f"answer to “{words}”", longest=LONGEST_ANSWER)
    if not answer:
        if question.required:
            raise AnswerMissing(f"“{words}” is not answered.", next_step="Answer the question.", owner="You")
        return ""
    if question.kind is QuestionKind.CHOICE and answer not in {choice.value for choice in question.choices}:
        raise AnswerRefused(
            f"That is none of the answers to “{words}”.",
            next_step="Choose one of the answers; they may have changed since you opened the form.",
            owner="You",
        )
    return answer


def _to_data(question: Question) -> dict[str, object]:
    data: dict[str, object] = {"key": question.key, "kind": question.kind.value, "labels": dict(question.labels)}
    if not question.required:
        data["required"] = False
    if question.choices:
        data["choices"] = [{"value": each.value, "labels": dict(each.labels)} for each in question.choices]
    return data


def _question(data: object, where: str) -> Question:
    given = _mapping(data, where)
    key, required = str(given.get("key", "")), given.get("required", True)
    if not KEY.fullmatch(key):
        raise _unreadable(where, "a key of letters, digits and hyphens is needed, beginning with a small letter")
    if given.get("kind") not in set(QuestionKind):
        raise _unreadable(f"`{key}`", f"the kind is one of {', '.join(QuestionKind)}")
    if not isinstance(required, bool):
        raise _unreadable(f"`{key}`", "required is true or false")
    kind = QuestionKind(str(given["kind"]))
    return Question(
        key=key,
        kind=kind,
        labels=_labels(given.get("labels"), f"`{key}`"),
        required=required,
        choices=_choices(given.get("choices", []), kind, f"`{key}`"),
    )


def _choices(data: object, kind: QuestionKind, where: str) -> tuple[Choice, ...]:
    if not isinstance(data, list | tuple) or len(data) > MOST_CHOICES:
        raise _unreadable(where, f"at most {MOST_CHOICES} choices are needed")
    if bool(data) != (kind is QuestionKind.CHOICE):
        raise _unreadable(where, "a choice has answers to choose from, and a text has none")
    choices = tuple(_choice(each, where) for each in data)
    values = [choice.value for choice in choices]
    if len(set(values)) != len(values):
        raise _unreadable(where, "two choices have the same value")
    return choices


def _choice(data: object, where: str) -> Choice:
    given = _mapping(data, where)
    value = clean_text(str(given.get("value", "")), what="choice", longest=LONGEST_VALUE)
    if not value or "\n" in value:
        raise _unreadable(where, "each choice needs a value of one line")
    return Choice(value=value, labels=_labels(given.get("labels") or {"en": value}, where))


def _labels(data: object, where: str) -> dict[str, str]:
    given = _mapping(data, where)
    labels: dict[str, str] = {}
    for language, words in given.items():
        if not LANGUAGE.fullmatch(language):
            raise _unreadable(where, f"`{language}` is no language; write `en`, `de` or `pt-BR`")
        labels[language] = _label(words, where)
    if not labels:
        raise _unreadable(where, "the words of the question are missing")
    return labels


def _label(words: object, where: str) -> str:
    try:
        text = clean_text(str(words), what="label", longest=LONGEST_LABEL)
    except TextRefused as refusal:
        raise _unreadable(where, refusal.cause.rstrip(".")) from refusal
    if not text:
        raise _unreadable(where, "the words of the question are missing")
    return text


def _mapping(data: object, where: str) -> Mapping[str, object]:
    if not isinstance(data, Mapping) or not all(isinstance(key, str) for key in data):
        raise _unreadable(where, "a list of named values is needed")
    return cast("Mapping[str, object]", data)


def _unreadable(where: str, problem: str) -> QuestionUnreadable:
    return QuestionUnreadable(f"{where}: {problem}.", next_step="Correct this question and try again.", owner="You")
