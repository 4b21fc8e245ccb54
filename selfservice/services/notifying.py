"""Notifying: who is told what about a request until it is decided, and about the rules that decide."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.actor import PersonRef
from selfservice.model.approval import ApprovalStage, Outcome, StageApprover, StageState
from selfservice.model.delegation import Delegation
from selfservice.model.guest import Guest
from selfservice.model.mail import MailKind
from selfservice.model.package import AccessPackage
from selfservice.model.request import AccessRequest, RequestState
from selfservice.model.rulebook import RuleChange
from selfservice.model.thread import MessageKind, RequestMessage
from selfservice.services import audience, digesting, posting
from selfservice.services.announcing import granted_to
from selfservice.services.posting import Letter, about_request, post
from selfservice.services.runtime import Runtime

ASKING = (MailKind.DECISION_WANTED, MailKind.DECISION_REMINDER, MailKind.DECISION_ESCALATED)
"""The mails that ask somebody to decide in a stage."""


def request_submitted(tx: Session, rt: Runtime, request: AccessRequest) -> None:
    """Ask the approvers of the open stage to decide, and tell the requestor and another sponsor that it was asked."""
    stage_opened(tx, rt, request)
    stage = request.open_stage
    facts = {"approvers": _names(stage.asked) if stage else "", "quorum": str(stage.quorum) if stage else ""}
    post(tx, rt, about_request(rt, request, MailKind.REQUEST_RECEIVED, facts), to=posting.requestor(request))
    post(tx, rt, about_request(rt, request, MailKind.SPONSOR_NAMED, facts), to=posting.sponsor(tx, request))


def stage_opened(tx: Session, rt: Runtime, request: AccessRequest) -> None:
    """Ask the approvers of the open stage to decide, but for the quiet ones and those who chose one mail a day."""
    stage = request.open_stage
    if stage is None:
        return
    found = audience.readers(tx, request, stage, stage.asked, at=rt.clock())
    for reader in audience.without_digest(tx, found):
        facts = _of_stage(request, stage) | {"because": reader.because}
        post(tx, rt, _to_decide(rt, request, stage, MailKind.DECISION_WANTED, facts), to=reader.to)


def stage_reminded(tx: Session, rt: Runtime, request: AccessRequest, stage: ApprovalStage) -> int:
    """Tell those who have not decided that the requestor asks for an answer; return how many are told."""
    told = 0
    for reader in audience.readers(tx, request, stage, stage.asked, at=rt.clock()):
        facts = _of_stage(request, stage) | {"because": reader.because}
        told += post(tx, rt, _to_decide(rt, request, stage, MailKind.DECISION_REMINDER, facts), to=reader.to)
    return told


def decision_escalated(
    tx: Session, rt: Runtime, request: AccessRequest, stage: ApprovalStage, asked: Iterable[StageApprover]
) -> None:
    """Ask those who are asked as well from now on, and tell the requestor that others do not answer."""
    newly = list(asked)
    new = {approver.ref for approver in newly}
    before = _names(each for each in stage.asked if each.ref not in new and stage.vote_of(each.ref) is None)
    facts = _of_stage(request, stage) | {"silent": before, "asked": _names(newly), "because": ""}
    for reader in audience.without_digest(tx, audience.readers(tx, request, stage, newly, at=rt.clock())):
        to_decide = facts | {"reader": "approver", "because": reader.because}
        post(tx, rt, _to_decide(rt, request, stage, MailKind.DECISION_ESCALATED, to_decide), to=reader.to)
    to_requestor, about = facts | {"reader": "requestor"}, _once(f"told-{stage.id}", rt.clock())
    told = about_request(rt, request, MailKind.DECISION_ESCALATED, to_requestor, about=about)
    post(tx, rt, told, to=posting.requestor(request))


def nobody_decides(tx: Session, rt: Runtime, request: AccessRequest, stage: ApprovalStage) -> None:
    """Tell who keeps the access package that a request is stuck: too few who were asked can decide any more."""
    facts = _of_stage(request, stage) | {"reader": "owner", "silent": _names(stage.asked), "asked": "", "because": ""}
    about, link = f"stuck-{stage.id}", f"{rt.settings.base_url}/rules"
    letter = about_request(rt, request, MailKind.DECISION_ESCALATED, facts, about=about, link=link)
    for keeper in audience.keepers(tx, tx.get_one(AccessPackage, request.package_id)):
        post(tx, rt, letter, to=keeper)


def request_decided(
    tx: Session, rt: Runtime, request: AccessRequest, outcome: Outcome, decider_name: str, justification: str
) -> None:
    """Tell the requestor what was decided, by whom and why."""
    facts = {"outcome": outcome.value, "decider": decider_name, "reason": justification}
    post(tx, rt, about_request(rt, request, MailKind.REQUEST_DECIDED, facts), to=posting.requestor(request))


def request_settled(tx: Session, rt: Runtime, request: AccessRequest) -> None:
    """Take back what asks for a decision in stages that are over, and tell whoever was mailed and did not decide.

    Asked for whenever a stage is over, whatever ended it; each is told once a stage.
    """
    for stage in request.stages:
        if stage.state not in (StageState.OPEN, StageState.WAITING):
            posting.take_back(tx, ASKING, stage.id)
            digesting.strike(tx, stage.id)
            if request.state is not RequestState.EXPIRED:
                _stage_settled(tx, rt, request, stage)


def request_expired(tx: Session, rt: Runtime, request: AccessRequest, stage: ApprovalStage) -> None:
    """Tell requestor and sponsor that nobody decided in time, who had agreed by then, and what they can do."""
    package = tx.get_one(AccessPackage, request.package_id)
    facts = _of_stage(request, stage) | {"asked": _names(stage.asked), "owner": package.owner_name}
    letter = about_request(rt, request, MailKind.REQUEST_EXPIRED, facts)
    post(tx, rt, letter, to=posting.requestor(request))
    post(tx, rt, letter, to=posting.sponsor(tx, request))


def approval_withdrawn(tx: Session, rt: Runtime, request: AccessRequest, by_name: str, why: str) -> None:
    """Tell requestor and sponsor that an approval was taken back, why, and what that means for the request."""
    facts = {"decider": by_name, "reason": why, "state": request.state.value}
    about = _once(request.id, rt.clock())
    letter = about_request(rt, request, MailKind.APPROVAL_WITHDRAWN, facts, about=about)
    post(tx, rt, letter, to=posting.requestor(request))
    post(tx, rt, letter, to=posting.sponsor(tx, request))


def question_asked(tx: Session, rt: Runtime, request: AccessRequest, message: RequestMessage) -> None:
    """Tell requestor and sponsor what an approver wants to know."""
    facts = {"asker": message.name, "question": message.text}
    letter = about_request(rt, request, MailKind.QUESTION_ASKED, facts, about=message.id)
    post(tx, rt, letter, to=posting.requestor(request))
    post(tx, rt, letter, to=posting.sponsor(tx, request))


def question_answered(tx: Session, rt: Runtime, request: AccessRequest, message: RequestMessage) -> None:
    """Tell whoever asked since the last answer what the requestor says."""
    link = f"{rt.settings.base_url}/decide/{request.id}"
    for author, question in _answered_by(tx, message).items():
        facts = {"answerer": message.name, "question": question, "answer": message.text}
        letter = about_request(rt, request, MailKind.QUESTION_ANSWERED, facts, about=message.id, link=link)
        post(tx, rt, letter, to=posting.person(tx, author))


def delegation_given(tx: Session, rt: Runtime, delegation: Delegation) -> None:
    """Tell a delegate for whom they decide, and from when until when."""
    letter = Letter(
        kind=MailKind.DELEGATION_GIVEN,
        about=delegation.id,
        tenant_id=delegation.tenant_id,
        link=f"{rt.settings.base_url}/decide",
        facts=posting.NO_REQUEST
        | {
            "delegator": delegation.name,
            "starts_on": delegation.starts_at.date().isoformat(),
            "last_day": (delegation.ends_at - timedelta(microseconds=1)).date().isoformat(),
            "reason": delegation.reason,
        },
    )
    post(tx, rt, letter, to=posting.person(tx, delegation.delegate))


def rule_change_wanted(tx: Session, rt: Runtime, change: RuleChange, people: Iterable[PersonRef]) -> None:
    """Ask people who may agree to a change of rules to look at it; whoever proposed it is not asked."""
    tenant = rt.settings.tenant_by_id(change.tenant_id)
    letter = Letter(
        kind=MailKind.RULE_CHANGE_WANTED,
        about=change.id,
        tenant_id=change.tenant_id,
        link=f"{rt.settings.base_url}/rules",
        facts=posting.NO_REQUEST
        | {
            "resource_tenant": tenant.name if tenant else "",
            "proposer": change.proposed_by_name,
            "reason": change.why,
        },
    )
    for ref in people:
        if ref != change.proposed_by:
            post(tx, rt, letter, to=posting.person(tx, ref))


def invitation_blocked(tx: Session, rt: Runtime, guest: Guest, cause: str, next_step: str) -> None:
    """Tell requestors, sponsors and whoever helps at the resource tenant that a guest who was invited cannot accept."""
    for request in granted_to(tx, guest):
        facts = {"cause": cause, "next_step": next_step}
        about = _once(guest.id, rt.clock())
        letter = about_request(rt, request, MailKind.INVITATION_BLOCKED, facts, about=about)
        post(tx, rt, letter, to=posting.requestor(request))
        post(tx, rt, letter, to=posting.sponsor(tx, request))
        post(tx, rt, letter, to=posting.help_contact(rt.settings, request.tenant_id))


def _to_decide(
    rt: Runtime, request: AccessRequest, stage: ApprovalStage, kind: MailKind, facts: dict[str, str]
) -> Letter:
    link = f"{rt.settings.base_url}/decide/{request.id}"
    return about_request(rt, request, kind, facts, about=stage.id, link=link)


def _stage_settled(tx: Session, rt: Runtime, request: AccessRequest, stage: ApprovalStage) -> None:
    decided = {posting.key_of(decision.ref) for decision in stage.decisions}
    facts = {"said": _ending_of(request, stage)}
    link = f"{rt.settings.base_url}/decide/{request.id}"
    letter = about_request(rt, request, MailKind.REQUEST_SETTLED, facts, about=stage.id, link=link)
    for key in sorted(posting.keys_told(tx, ASKING, stage.id) - decided):
        post(tx, rt, letter, to=posting.person(tx, posting.ref_of(key)))


def _ending_of(request: AccessRequest, stage: ApprovalStage) -> str:
    voices = _voices([stage])
    if stage.state is StageState.APPROVED:
        return f"{voices} agreed."
    if stage.state is StageState.DENIED:
        return f"{stage.votes[-1].name} denied it." if stage.votes else "It was denied."
    if request.state is RequestState.CANCELED:
        return f"{request.requestor_name} has withdrawn the request."
    return "An earlier approval was withdrawn, and the request ended with it."


def _of_stage(request: AccessRequest, stage: ApprovalStage) -> dict[str, str]:
    """Return what a mail may say about a stage that waits."""
    opened_at, answer_by = stage.opened_at or request.submitted_at, stage.answer_by
    return {
        "quorum": str(stage.quorum),
        "stage_number": str(stage.position + 1),
        "stage_count": str(len(request.stages)),
        "agreed": _voices(request.stages),
        "asked_on": opened_at.date().isoformat(),
        "answer_by": answer_by.date().isoformat() if answer_by else "",
    }


def _voices(stages: Iterable[ApprovalStage]) -> str:
    """Return who has agreed, and for whom where that is somebody else."""
    votes = [vote for stage in stages for vote in stage.votes if vote.outcome is Outcome.APPROVE]
    own = [vote.name if vote.ref == vote.principal else f"{vote.name} (for {vote.principal_name})" for vote in votes]
    return ", ".join(dict.fromkeys(own))


def _answered_by(tx: Session, answer: RequestMessage) -> dict[PersonRef, str]:
    """Return by author the questions that this answers: all since the answer before, or else the last one."""
    thread = select(RequestMessage).where(
        RequestMessage.request_id == answer.request_id, RequestMessage.id != answer.id
    )
    entries = list(tx.scalars(thread.order_by(RequestMessage.written_at, RequestMessage.id)))
    answered = max((n for n, each in enumerate(entries, 1) if each.kind is MessageKind.ANSWER), default=0)
    questions = [each for each in entries if each.kind is MessageKind.QUESTION]
    latest = [each for each in entries[answered:] if each.kind is MessageKind.QUESTION] or questions[-1:]
    return {each.author: each.text for each in latest}


def _names(approvers: Iterable[StageApprover]) -> str:
    return ", ".join(dict.fromkeys(approver.name for approver in approvers))


def _once(about: str, at: datetime) -> str:
    return f"{about}:{at:%Y%m%dT%H%M%S%f}"
