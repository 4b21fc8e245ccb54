"""The stages of a request as pages show them: who decides, who did and for whom, and how long it usually takes."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from selfservice.model.actor import PersonRef
from selfservice.model.approval import ApprovalStage, Decision, Outcome, StageApprover, StageState
from selfservice.model.delegation import Delegation
from selfservice.model.request import AccessRequest, RequestState
from selfservice.services.overview.stage_rows import AskedRow, StageRow, StageStanding, VoteRow
from selfservice.services.overview.waits import usual_hours
from selfservice.services.standing_in import delegates_of

STANDINGS = {
    StageState.WAITING: StageStanding.LATER,
    StageState.OPEN: StageStanding.WAITING,
    StageState.APPROVED: StageStanding.APPROVED,
    StageState.DENIED: StageStanding.DENIED,
    StageState.ENDED: StageStanding.ENDED,
}
LIVE = frozenset({StageState.WAITING, StageState.OPEN})


def stages_of(tx: Session, request: AccessRequest, *, at: datetime) -> tuple[StageRow, ...]:
    """Return the stages of a request in their order."""
    live = [stage for stage in request.stages if _is_live(request, stage)]
    people = {approver.ref for stage in live for approver in stage.approvers}
    away = delegates_of(tx, people, at=at)
    return tuple(_row(tx, request, stage, away) for stage in request.stages)


def silent_names(stage: ApprovalStage) -> tuple[str, ...]:
    """Return the names of those who were asked at a stage and have not decided."""
    return tuple(each.name for each in stage.asked if stage.vote_of(each.ref) is None)


def last_word(request: AccessRequest) -> tuple[str, str]:
    """Return who had the last word about a request, and their reason: a decision, or the taking back of one."""
    decisions = [decision for stage in request.stages for decision in stage.decisions]
    said = [(each.decided_at, each.name, each.justification) for each in decisions if each.withdrawn_at is None]
    taken_back = [(each.withdrawn_at, each.name, each.withdrawn_because) for each in decisions if each.withdrawn_at]
    _when, name, reason = max((*said, *taken_back), default=(None, "", ""))
    return name, reason


def _is_live(request: AccessRequest, stage: ApprovalStage) -> bool:
    return request.state is RequestState.PENDING_APPROVAL and stage.state in LIVE


def _row(tx: Session, request: AccessRequest, stage: ApprovalStage, away: Mapping[PersonRef, Delegation]) -> StageRow:
    live = _is_live(request, stage)
    people = [approver.ref for approver in stage.approvers if not approver.is_alternate]
    return StageRow(
        number=stage.position + 1,
        standing=STANDINGS[stage.state],
        asked=tuple(_asked(stage, approver, away) for approver in stage.approvers),
        votes=tuple(_vote(decision) for decision in stage.decisions),
        quorum=stage.quorum,
        opened_at=stage.opened_at,
        answer_by=stage.answer_by,
        escalates_at=stage.escalate_at,
        escalated_at=stage.escalated_at,
        usual_hours=usual_hours(tx, people, request.tenant_id) if live else None,
        justification_required=stage.rule.justification_required,
    )


def _asked(stage: ApprovalStage, approver: StageApprover, away: Mapping[PersonRef, Delegation]) -> AskedRow:
    delegation = away.get(approver.ref) if stage.state in LIVE else None
    return AskedRow(
        name=approver.name,
        because=approver.because,
        is_alternate=approver.is_alternate,
        is_asked=approver.asked_at is not None,
        has_decided=stage.vote_of(approver.ref) is not None,
        delegate=delegation.delegate_name if delegation else "",
        delegate_until=delegation.last_day if delegation else None,
    )


def _vote(decision: Decision) -> VoteRow:
    return VoteRow(
        name=decision.name,
        approved=decision.outcome is Outcome.APPROVE,
        decided_at=decision.decided_at,
        justification=decision.justification,
        on_behalf_of=decision.on_behalf_of,
        ends_on=decision.ends_on,
        withdrawn_because=decision.withdrawn_because,
        is_withdrawn=decision.withdrawn_at is not None,
    )
