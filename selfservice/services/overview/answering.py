"""The answers to a package's questions in words, for whoever decides about them."""

from selfservice.model.package import AccessPackage
from selfservice.model.questions import Question, label
from selfservice.model.request import AccessRequest
from selfservice.services.questioning import questions_of


def answers_of(package: AccessPackage, request: AccessRequest) -> tuple[tuple[str, str], ...]:
    """Return each question with its answer, as asked; a question that is asked no more is known by its key."""
    asked = {question.key: question for question in questions_of(package)}
    return tuple((_words(asked.get(key), key), _said(asked.get(key), said)) for key, said in request.answers.items())


def _words(question: Question | None, key: str) -> str:
    return label(question.labels) if question else key


def _said(question: Question | None, said: str) -> str:
    chosen = next((each for each in question.choices if each.value == said), None) if question else None
    return label(chosen.labels) if chosen else said
