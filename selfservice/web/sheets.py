"""What a package asks, in the reader's own languages."""

from dataclasses import dataclass

from flask import request

from selfservice.model.questions import label
from selfservice.services.overview.asking import sheet
from selfservice.web.bridge import rt
from selfservice.web.viewer import me


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The questions in words, and the terms."""

    questions: tuple[str, ...]
    terms: str


def languages() -> tuple[str, ...]:
    """Return the reader's languages, the dearest first, as the browser names them."""
    return tuple(request.accept_languages.values())


def asked_by(package_id: str) -> Asked:
    """Return what a package will ask."""
    found = sheet(rt(), package_id, me())
    return Asked(questions=tuple(label(each.labels, languages()) for each in found.questions), terms=found.terms)
