"""A package's questions as an admin types them: a line a language, a line a choice."""

import re
import unicodedata
from collections.abc import Iterable, Mapping

from selfservice.model.questions import DEFAULT_LANGUAGE, Choice, label

LANGUAGE_LINE = re.compile(r"([a-z]{2,3}(?:-[A-Z][A-Za-z]{1,3})?):\s+(.+)", re.DOTALL)
LONGEST_KEY = 40


def labels_of(lines: Iterable[str]) -> dict[str, str]:
    """Read words by language: `de: Wozu?`; a line that names no language is English."""
    labels: dict[str, str] = {}
    for line in lines:
        named = LANGUAGE_LINE.fullmatch(line.strip())
        language, words = named.groups() if named else (DEFAULT_LANGUAGE, line.strip())
        if words:
            labels[language] = words.strip()
    return labels


def label_lines(labels: Mapping[str, str]) -> list[str]:
    """Return words by language as they are typed, English first."""
    ordered = sorted(labels.items(), key=lambda item: (item[0] != DEFAULT_LANGUAGE, item[0]))
    return [words if language == DEFAULT_LANGUAGE else f"{language}: {words}" for language, words in ordered]


def choices_of(text: str) -> tuple[Choice, ...]:
    """Read choices, one a line: `audit`, `audit = For an audit`, `audit = For an audit | de: Für eine Prüfung`."""
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        value, _, words = line.partition("=")
        labels = labels_of(words.split("|")) or {DEFAULT_LANGUAGE: value.strip()}
        found.append(Choice(value=value.strip(), labels=labels))
    return tuple(found)


def choice_lines(choices: Iterable[Choice]) -> str:
    """Return choices as they are typed."""
    return "\n".join(_choice_line(choice) for choice in choices)


def key_of(labels: Mapping[str, str]) -> str:
    """Return a key for a question that was given none, out of its words."""
    plain = unicodedata.normalize("NFKD", label(labels)).encode("ascii", "ignore").decode().lower()
    words = "-".join(re.findall(r"[a-z0-9]+", plain))[:LONGEST_KEY].strip("-")
    return words if words[:1].isalpha() else f"question-{words}"[:LONGEST_KEY].strip("-")


def _choice_line(choice: Choice) -> str:
    if choice.labels == {DEFAULT_LANGUAGE: choice.value}:
        return choice.value
    return f"{choice.value} = {' | '.join(label_lines(choice.labels))}"
