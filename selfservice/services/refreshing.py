"""Refreshing: who may decide in a stage that waits is found once more, since people come and go meanwhile."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from selfservice.model.address import domain_of
from selfservice.model.approval import ApprovalStage, StageApprover
from selfservice.model.package import AccessPackage
from selfservice.model.request import AccessRequest
from selfservice.model.routing import Candidate, free
from selfservice.model.rules.outcome import Approver
from selfservice.services import finding
from selfservice.services.finding import Asked
from selfservice.services.routing import organization_of, stage_interests


@dataclass(frozen=True, kw_only=True)
class Able:
    """Who could decide in a stage now, by its rule and the mirror: as approvers, as alternates, as the fallback."""

    approvers: tuple[Candidate, ...]
    alternates: tuple[Candidate, ...]
    fallback: tuple[Candidate, ...]


@dataclass(frozen=True, kw_only=True)
class Refreshed:
    """What came of it: who is asked newly, and whether the stage can still not be decided."""

    newly: tuple[StageApprover, ...]
    stuck: bool


def refresh_stage(
    tx: Session, request: AccessRequest, stage: ApprovalStage, *, at: datetime, escalate: bool = False
) -> Refreshed:
    """Ask whoever has become an approver since the stage opened, and the alternates where it escalates.

    Where too few of those asked can still decide, the alternates are asked before their time, and then the fallback.
    Whoever was asked stays asked: they are checked anew when they decide.
    """
    before = {approver.ref for approver in stage.asked}
    able = able_in(tx, request, stage, at=at)
    _ask(stage, able.approvers, at=at)
    if stage.escalated_at is None and (escalate or (able.alternates and is_short(stage, able))):
        stage.escalate(at=at)
    if stage.escalated_at is not None:
        _ask(stage, able.alternates, at=at, as_alternates=True)
    if is_short(stage, able):
        _ask(stage, able.fallback, at=at)
    can = {candidate.person for candidate in (*able.approvers, *able.alternates, *able.fallback)}
    newly = tuple(each for each in stage.asked if each.ref not in before and each.ref in can)
    return Refreshed(newly=newly, stuck=is_short(stage, able))


def is_stuck(tx: Session, request: AccessRequest, stage: ApprovalStage, *, at: datetime) -> bool:
    """Say whether too few of those asked can still decide for the stage ever to be agreed to."""
    return is_short(stage, able_in(tx, request, stage, at=at))


def able_in(tx: Session, request: AccessRequest, stage: ApprovalStage, *, at: datetime) -> Able:
    """Return who could decide in a stage now, without those whose interests forbid it."""
    package = tx.get_one(AccessPackage, request.package_id)
    organization = "" if request.for_self else organization_of(tx, package.tenant_id, domain_of(request.guest_address))
    asked = Asked(package=package, request=request, organization_id=organization)
    interests = stage_interests(tx, package, request, stage, at=at)

    def found(approvers: Iterable[Approver]) -> tuple[Candidate, ...]:
        return free(approvers, lambda approver: finding.candidates(tx, approver, asked), interests)

    spec = stage.rule
    return Able(approvers=found(spec.approvers), alternates=found(spec.alternates), fallback=found(spec.fallback))


def is_short(stage: ApprovalStage, able: Able) -> bool:
    """Say whether too few of those asked are among those who can decide now."""
    alternates = able.alternates if stage.escalated_at is not None else ()
    can = {candidate.person for candidate in (*able.approvers, *alternates, *able.fallback)}
    left = [each for each in stage.asked if each.ref in can and stage.vote_of(each.ref) is None]
    return stage.agreed + len(left) < stage.quorum


def _ask(stage: ApprovalStage, candidates: Iterable[Candidate], *, at: datetime, as_alternates: bool = False) -> None:
    known = {approver.ref: approver for approver in stage.approvers}
    for candidate in candidates:
        row = known.get(candidate.person)
        if row is None:
            stage.approvers.append(_row(candidate, at=at, as_alternate=as_alternates))
        elif row.asked_at is None:
            row.asked_at = at


def _row(candidate: Candidate, *, at: datetime, as_alternate: bool) -> StageApprover:
    return StageApprover(
        tenant_id=candidate.person.tenant_id,
        object_id=candidate.person.object_id,
        name=candidate.name,
        because=candidate.because,
        is_alternate=as_alternate,
        quiet=candidate.quiet,
        asked_at=at,
    )
