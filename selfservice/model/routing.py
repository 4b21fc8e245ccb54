"""Routing: who decides about a request. The rules' verdict and the people found go in; stages come out, or a named
refusal.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from selfservice.model.actor import PersonRef
from selfservice.model.refusal import Refused
from selfservice.model.rules.clause import Clause
from selfservice.model.rules.codec import clauses_to_data, outcome_to_data
from selfservice.model.rules.facts import RuleFacts
from selfservice.model.rules.outcome import BY_PACKAGE, Approver, Automatic, Deny, Outcome, Stages, StageSpec
from selfservice.model.rules.verdict import ClauseVerdict, Verdict


class Conflict(StrEnum):
    """Why somebody must not decide, though they are an approver."""

    ASKS = "asks for this"
    BENEFITS = "benefits from it"
    ANSWERS = "answers for the guest"
    CHANGED_RULE = "changed the rule that asks them"


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A person who may decide by the rule, and why. `addresses` are their folded addresses, by which a second identity
    of the same person is found; `as_sponsor` says that the rule asks the sponsor in so many words.
    """

    person: PersonRef
    name: str
    because: str
    addresses: frozenset[str] = frozenset()
    as_sponsor: bool = False
    quiet: bool = False


@dataclass(frozen=True, kw_only=True)
class Interests:
    """Who has an interest in a request, each with their folded addresses; and who changed the rule that routes it."""

    requestor: PersonRef
    sponsor: PersonRef
    beneficiary: PersonRef | None = None
    requestor_addresses: frozenset[str] = frozenset()
    guest_addresses: frozenset[str] = frozenset()
    sponsor_addresses: frozenset[str] = frozenset()
    editors: frozenset[PersonRef] = frozenset()

    def with_editors(self, people: frozenset[PersonRef]) -> "Interests":
        """Return the same interests, with more people who changed which rule decides."""
        return replace(self, editors=self.editors | people) if people else self


@dataclass(frozen=True, kw_only=True)
class PlannedStage:
    """One stage with the people that it asks: first the approvers, and the alternates once it escalates."""

    spec: StageSpec
    approvers: tuple[Candidate, ...]
    alternates: tuple[Candidate, ...] = ()
    fell_back: bool = False


@dataclass(frozen=True, kw_only=True)
class Route:
    """The way of a request: the rules' verdict, the outcome once tags have made it stricter, and the stages.

    `tightened` holds a sentence for each thing that tags, or having changed the rule oneself, made stricter.
    """

    verdict: Verdict
    outcome: Outcome
    stages: tuple[PlannedStage, ...] = ()
    tightened: tuple[str, ...] = ()

    @property
    def automatic(self) -> bool:
        """Whether the request is granted without anybody."""
        return isinstance(self.outcome, Automatic)

    @property
    def denied_because(self) -> str:
        """The reason of a no, or nothing."""
        return self.outcome.reason if isinstance(self.outcome, Deny) else ""


Find = Callable[[Approver], Iterable[Candidate]]
"""Finds the people that a rule's approver stands for, as the mirror knows them now."""


@dataclass(frozen=True, kw_only=True)
class About:
    """What a refusal names: the package, and who owns it."""

    package_name: str
    owner_name: str


class NobodyDecides(Refused):
    """There are not enough approvers who may decide this request."""


def conflict_of(candidate: Candidate, interests: Interests) -> Conflict | None:
    """Say why the person must not decide: nobody decides for themself, their beneficiary, a guest they answer for, or
    by a rule that they changed. The sponsor may where a rule asks the sponsor, unless they ask or benefit as well.
    """
    if candidate.person == interests.requestor or candidate.addresses & interests.requestor_addresses:
        return Conflict.ASKS
    if candidate.person == interests.beneficiary or candidate.addresses & interests.guest_addresses:
        return Conflict.BENEFITS
    answers = candidate.person == interests.sponsor or bool(candidate.addresses & interests.sponsor_addresses)
    if answers and not candidate.as_sponsor:
        return Conflict.ANSWERS
    if candidate.person in interests.editors:
        return Conflict.CHANGED_RULE
    return None


def settle(outcome: Outcome, interests: Interests) -> tuple[Outcome, tuple[str, ...]]:
    """Turn a yes without anybody into a decision where whoever asks, or sponsors, has changed the rule themself."""
    if isinstance(outcome, Automatic) and interests.editors & {interests.requestor, interests.sponsor}:
        return BY_PACKAGE, ("Whoever changed a rule is not granted anything by it without a decision.",)
    return outcome, ()


def beware(outcome: Outcome, domain: str, known: str) -> tuple[Outcome, tuple[str, ...]]:
    """Say that the guest's domain looks like a known one without being it; then people decide in any case."""
    if not known:
        return outcome, ()
    warning = f"The guest's domain {domain} looks like {known}, and is another one."
    return BY_PACKAGE if isinstance(outcome, Automatic) else outcome, (warning,)


def plan(outcome: Outcome, find: Find, interests: Interests, about: About) -> tuple[PlannedStage, ...]:
    """Return the stages with their people, or refuse with `NobodyDecides` where a stage could never be decided."""
    if not isinstance(outcome, Stages):
        return ()
    return tuple(_stage(spec, find, interests, about, number=number) for number, spec in enumerate(outcome.stages, 1))


def free(approvers: Iterable[Approver], find: Find, interests: Interests) -> tuple[Candidate, ...]:
    """Return who may decide of these, each person once, in the order of their names."""
    found = [candidate for approver in approvers for candidate in find(approver)]
    by_person = {c.person: c for c in reversed(found) if conflict_of(c, interests) is None}
    return tuple(sorted(by_person.values(), key=lambda c: (c.name, c.person)))


def _stage(spec: StageSpec, find: Find, interests: Interests, about: About, *, number: int) -> PlannedStage:
    approvers = free(spec.approvers, find, interests)
    fell_back = len(approvers) < spec.quorum and bool(spec.fallback)
    if fell_back:
        approvers = free((*spec.approvers, *spec.fallback), find, interests)
    asked = {candidate.person for candidate in approvers}
    alternates = tuple(c for c in free(spec.alternates, find, interests) if c.person not in asked)
    if len(approvers) < spec.quorum:
        raise NobodyDecides(
            f"Nobody can decide about {about.package_name} for you: {_short_of(spec, approvers, number)}",
            next_step="Ask the owner of the access package to name another approver.",
            owner=about.owner_name,
        )
    return PlannedStage(spec=spec, approvers=approvers, alternates=alternates, fell_back=fell_back)


def _short_of(spec: StageSpec, found: Sequence[Candidate], number: int) -> str:
    if not found:
        return f"the approvers of stage {number} are away, or would decide for themselves."
    return f"stage {number} needs {spec.quorum} approvers, and only {len(found)} can decide."


@dataclass(frozen=True, kw_only=True)
class Why:
    """The answer of the rules as it is kept with a request: `rule` is empty where none held.

    `misses` are rules that came before and did not hold; `advice` is what would have helped.
    """

    facts: RuleFacts
    verdict: Verdict
    tightened: tuple[str, ...] = ()
    misses: tuple[Verdict, ...] = ()
    advice: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """Return the answer as plain data."""
        return {
            "facts": self.facts.as_json(),
            **_verdict_data(self.verdict),
            "tightened": list(self.tightened),
            "misses": [_verdict_data(miss) for miss in self.misses],
            "advice": list(self.advice),
            "names": dict(self.names),
        }


def _verdict_data(verdict: Verdict) -> dict[str, object]:
    rule = verdict.rule
    return {
        "rule": {"id": rule.id, "version": rule.version, "name": rule.name, "band": int(rule.band)} if rule else {},
        "outcome": outcome_to_data(verdict.outcome),
        "clauses": [_clause_data(each) for each in verdict.clauses],
    }


def _clause_data(judged: ClauseVerdict) -> dict[str, object]:
    clause: Clause = judged.clause
    return {**clauses_to_data([clause])[0], "found": list(judged.found), "holds": judged.holds}


class DeniedByRule(Refused):
    """A rule says no to this request, with its reason; `why` is the whole answer of the rules."""

    def __init__(self, why: Why, *, owner: str) -> None:
        outcome = why.verdict.outcome
        reason = outcome.reason if isinstance(outcome, Deny) else ""
        super().__init__(
            f"A rule says no: {reason}",
            next_step=" ".join(why.advice) or "Ask the owner of the access package what would be possible.",
            owner=owner,
        )
        self.why = why
