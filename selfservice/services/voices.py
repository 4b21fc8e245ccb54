"""Voices: may this person decide at the open stage right now, and for whom? One's own voice comes first, then that of
somebody who delegated. The same answer is shown on pages and judged again in the transaction that decides.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from selfservice.model.actor import Actor, ActorKind, PersonRef
from selfservice.model.approval import ApprovalStage, Decision, Outcome
from selfservice.model.delegation import Delegation
from selfservice.model.package import AccessPackage
from selfservice.model.person import Person
from selfservice.model.refusal import NotAllowed
from selfservice.model.request import AccessRequest, StepNotAllowed
from selfservice.model.routing import Candidate, conflict_of
from selfservice.services.finding import addresses_of, employees_of
from selfservice.services.routing import authority_of, stage_interests
from selfservice.services.standing_in import running_for

YOU = "You"


class AlreadyDecided(StepNotAllowed):
    """It is decided already; `decider` says by whom. `for_you`: only the asker's own voice is given."""

    def __init__(self, decider: str, outcome: Outcome, *, for_you: bool = False) -> None:
        word = "approved" if outcome is Outcome.APPROVE else "denied"
        whose = " for you" if for_you and decider != YOU else ""
        super().__init__(
            f"{decider} {'have' if decider == YOU else 'has'} {word} this request{whose} already.",
            next_step="Others must agree as well." if for_you else "Nothing is left to decide.",
            owner="The others who were asked" if for_you else "Nobody: it is decided",
        )
        self.decider = decider


class ConflictOfInterest(NotAllowed):
    """The approver asks, benefits or answers for the guest, or changed the rule that asks them."""


class NoLongerApprover(NotAllowed):
    """The person was asked once but may not decide now."""


class NotAskedNow(NotAllowed):
    """The person was asked at another stage of this request, not at the one that is open."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is decided about."""

    package: AccessPackage
    request: AccessRequest
    stage: ApprovalStage


@dataclass(frozen=True, kw_only=True)
class Voice:
    """For whom a person decides: for themself, or for the delegator who is away."""

    principal: PersonRef
    name: str
    delegated: bool = False


def voice_of(tx: Session, case: Case, *, by: Actor, at: datetime) -> Voice:
    """Return whose voice the actor would give now, or refuse; nobody speaks, or is spoken for, twice in a stage."""
    _ensure_unspoken(tx, case.stage, by)
    first: NotAllowed | StepNotAllowed | None = None
    for voice in _voices(tx, case.stage, by=by, at=at):
        try:
            ensure_authority(tx, case, voice, by=by, at=at)
        except (NoLongerApprover, ConflictOfInterest, AlreadyDecided) as refusal:
            first = first or refusal
        else:
            return voice
    raise first or _not_asked()


def standing_of(tx: Session, case: Case, *, by: Actor, at: datetime) -> Voice:
    """Return as whom the actor may speak about the request now, though they may have decided before, or refuse."""
    first: NotAllowed | None = None
    for voice in _voices(tx, case.stage, by=by, at=at):
        try:
            _ensure_free(tx, case, voice, by=by, at=at)
        except (NoLongerApprover, ConflictOfInterest) as refusal:
            first = first or refusal
        else:
            return voice
    raise first or _not_asked()


def ensure_authority(tx: Session, case: Case, voice: Voice, *, by: Actor, at: datetime) -> None:
    """Refuse where this voice is given already, or where whoever speaks or is spoken for has no right to it now."""
    given = case.stage.vote_of(voice.principal) or _same_person(tx, case.stage, voice.principal)
    if given is not None:
        raise AlreadyDecided(given.name, given.outcome)
    _ensure_free(tx, case, voice, by=by, at=at)


def _voices(tx: Session, stage: ApprovalStage, *, by: Actor, at: datetime) -> Iterator[Voice]:
    if by.kind is not ActorKind.PERSON:
        return
    if stage.asks(by.ref):
        yield Voice(principal=by.ref, name=by.name)
    for delegation in running_for(tx, by.ref, at=at):
        if stage.asks(delegation.delegator):
            yield _delegated(delegation)


def _delegated(delegation: Delegation) -> Voice:
    return Voice(principal=delegation.delegator, name=delegation.name, delegated=True)


def _ensure_unspoken(tx: Session, stage: ApprovalStage, by: Actor) -> None:
    given = stage.vote_of(by.ref) or _same_person(tx, stage, by.ref)
    if given is None:
        return
    if given.ref == by.ref:
        raise AlreadyDecided(YOU, given.outcome, for_you=True)
    raise AlreadyDecided(given.name, given.outcome, for_you=True)


def _same_person(tx: Session, stage: ApprovalStage, person: PersonRef) -> Decision | None:
    """Return the decision that the same human took, or was spoken for in, under another identity."""
    own = addresses_of(tx.get(Person, (person.tenant_id, person.object_id)))
    for decision in stage.votes:
        for each in (decision.ref, decision.principal):
            if own & addresses_of(tx.get(Person, (each.tenant_id, each.object_id))):
                return decision
    return None


def _ensure_free(tx: Session, case: Case, voice: Voice, *, by: Actor, at: datetime) -> None:
    package, request, stage = case.package, case.request, case.stage
    principal = authority_of(tx, package, request, stage, voice.principal)
    speaker = _employee(tx, by.ref) if voice.delegated else principal
    if principal is None or speaker is None:
        whose = f"{voice.name} is" if voice.delegated and principal is None else "You are"
        raise NoLongerApprover(
            f"{whose} not an approver of this access package any more.",
            next_step="Ask its owner who decides now.",
            owner=package.owner_name,
        )
    interests = stage_interests(tx, package, request, stage, at=at)
    concerned = [("", speaker), (f" for {voice.name}", principal)] if voice.delegated else [("", principal)]
    for whom, each in concerned:
        conflict = conflict_of(each, interests)
        if conflict is not None:
            raise ConflictOfInterest(
                f"You cannot decide{whom}: whoever {conflict.value} does not.",
                next_step="Another approver must decide.",
                owner=package.owner_name,
            )


def _employee(tx: Session, ref: PersonRef) -> Candidate | None:
    person = tx.scalar(employees_of(ref.tenant_id).where(Person.object_id == ref.object_id))
    if person is None:
        return None
    return Candidate(person=ref, name=person.display_name, because="decides meanwhile", addresses=addresses_of(person))


def _not_asked() -> NotAskedNow:
    return NotAskedNow(
        "You were not asked to decide at this stage.",
        next_step="Somebody else decides now.",
        owner="The approvers of this stage",
    )
