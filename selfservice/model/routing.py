"""Routing: who decides about a request. Facts go in; stages with their approvers come out, or a named refusal."""

from collections.abc import Sequence
from dataclasses import dataclass

from selfservice.model.actor import PersonRef
from selfservice.model.refusal import Refused


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A person who may decide by the package's approvers, and why."""

    person: PersonRef
    name: str
    because: str
    mail_key: str | None = None


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What routing may ask about a request."""

    requestor: PersonRef
    sponsor: PersonRef
    beneficiary: PersonRef | None
    guest_key: str
    package_name: str
    owner_name: str
    candidates: Sequence[Candidate]


@dataclass(frozen=True, kw_only=True)
class StagePlan:
    """One stage: any one of the approvers decides, within so many days."""

    approvers: tuple[Candidate, ...]
    days_to_answer: int = 14


@dataclass(frozen=True, kw_only=True)
class Route:
    """The stages of a request, in order."""

    stages: tuple[StagePlan, ...]


class NobodyDecides(Refused):
    """There is no approver who may decide this request."""


def has_interest(candidate: Candidate, facts: Facts) -> bool:
    """Say whether the person asks, benefits or answers for the guest, and so must not decide."""
    benefits = candidate.mail_key is not None and candidate.mail_key == facts.guest_key
    return benefits or candidate.person in (
        facts.requestor,
        facts.sponsor,
        facts.beneficiary,
    )


def route(facts: Facts) -> Route:
    """Return who decides. Nobody decides for themself, their beneficiary or a guest they answer for."""
    free = {c.person: c for c in reversed(list(facts.candidates)) if not has_interest(c, facts)}
    if not free:
        raise NobodyDecides(
            f"Nobody can decide about {facts.package_name} for you: "
            "its approvers are away, or would decide for themselves.",
            next_step="Ask the owner of the access package to name another approver.",
            owner=facts.owner_name,
        )
    return Route(stages=(StagePlan(approvers=tuple(sorted(free.values(), key=lambda c: (c.name, c.person)))),))
