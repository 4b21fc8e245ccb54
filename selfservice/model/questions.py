"""The questions that an access package asks of whoever asks for it, in the languages that its owner wrote."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

DEFAULT_LANGUAGE = "en"


class QuestionKind(StrEnum):
    """How a question is answered: by a text, or by one of its choices."""

    TEXT = "text"
    CHOICE = "choice"


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One of the answers to choose from: `value` is what rules compare; `labels` are what people read, by language."""

    value: str
    labels: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question. `key` names it in rules (`answer:purpose`); `labels` are what people read, by language."""

    key: str
    kind: QuestionKind
    labels: Mapping[str, str]
    required: bool = True
    choices: tuple[Choice, ...] = field(default_factory=tuple)


def label(labels: Mapping[str, str], languages: tuple[str, ...] = ()) -> str:
    """Return the text in the first of the reader's languages that there is, else in English, else in any."""
    wanted = [each for language in languages for each in (language, language.partition("-")[0])]
    for language in (*wanted, DEFAULT_LANGUAGE):
        if language in labels:
            return labels[language]
    return next(iter(labels.values()), "")
