"""What an access package asks of whoever asks for it: its questions, its terms, and for how long at most."""

from dataclasses import dataclass

from selfservice.model.actor import Actor
from selfservice.model.questions import Question
from selfservice.services import tagging, terms
from selfservice.services.overview.catalog import package_to_ask
from selfservice.services.questioning import questions_of
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading


@dataclass(frozen=True, kw_only=True)
class AskSheet:
    """What has to be answered and agreed to. `terms_version` 0 means that there are no terms."""

    questions: tuple[Question, ...]
    terms: str
    terms_version: int
    longest_days: int


def sheet(rt: Runtime, package_id: str, by: Actor) -> AskSheet:
    """Return what a package that the actor may ask for asks of them."""
    with reading(rt.sessions) as tx:
        package = package_to_ask(tx, rt, package_id, by)
        return AskSheet(
            questions=questions_of(package),
            terms=terms.text_of(tx, package),
            terms_version=package.terms_version,
            longest_days=tagging.longest_days_of(tx, package),
        )
