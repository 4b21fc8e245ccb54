"""The part of a request's story in which people decide: who agreed or said no, for whom, and who is waited for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from selfservice.model.approval import ApprovalStage, Decision, Outcome, StageState
from selfservice.model.request import AccessRequest, RequestState
from selfservice.services.overview.rows import Moment, TenantMark, Tense, Tone
from selfservice.services.overview.stages import silent_names


@dataclass(frozen=True, kw_only=True)
class _Teller:
    """Tells of one request between its tenants."""

    request: AccessRequest
    tenant: TenantMark
    home: TenantMark

    def stage(self, stage: ApprovalStage) -> Iterator[Moment]:
        for decision in stage.decisions:
            yield self.decided(stage, decision)
            if decision.withdrawn_at is not None:
                yield self.taken_back(decision)
        if stage.state is StageState.OPEN:
            if stage.escalated_at is not None:
                yield _escalated(stage)
            yield _waiting(stage)
        elif stage.state is StageState.WAITING and self.request.state is RequestState.PENDING_APPROVAL:
            names = [approver.name for approver in stage.approvers if not approver.is_alternate]
            verb = f"decide, {stage.quorum} of them" if stage.quorum > 1 else "decides"
            who = _all_of(names) if stage.quorum > 1 else _any_of(names)
            yield Moment(tense=Tense.FUTURE, title=f"Then {who} {verb}", tone=Tone.WAITING)

    def decided(self, stage: ApprovalStage, decision: Decision) -> Moment:
        agreed = decision.outcome is Outcome.APPROVE
        because = next((who.because for who in stage.approvers if decision.is_of(who.ref)), "")
        whose = f" for {decision.on_behalf_of}" if decision.on_behalf_of else ""
        said = [f"\u201c{decision.justification}\u201d"] if decision.justification else []
        if because:
            said.append(f"Why {decision.on_behalf_of or decision.name}: {because}.")
        if decision.ends_on is not None:
            said.append("Agreed to a shorter time, until")
        return Moment(
            tense=Tense.PAST,
            title=("Agreed" if agreed else "Denied") + whose,
            tone=Tone.GOOD if agreed else Tone.BAD,
            when=decision.decided_at,
            who=self.signed(decision),
            detail=" ".join(said),
            day=decision.ends_on,
        )

    def taken_back(self, decision: Decision) -> Moment:
        return Moment(
            tense=Tense.PAST,
            title="Approval taken back",
            tone=Tone.BAD,
            when=decision.withdrawn_at,
            who=self.signed(decision),
            detail=f"\u201c{decision.withdrawn_because}\u201d",
        )

    def signed(self, decision: Decision) -> str:
        marks = (self.tenant, self.home)
        where = next((mark.name for mark in marks if mark.tenant_id == decision.tenant_id), "")
        return f"{decision.name}, {where}" if where else decision.name

    def end(self) -> Iterator[Moment]:
        request = self.request
        if request.state is RequestState.CANCELED:
            yield Moment(
                tense=Tense.PAST,
                title="Withdrawn",
                tone=Tone.ENDED,
                when=request.changed_at,
                who=request.requestor_name,
            )
        if request.state is RequestState.EXPIRED:
            yield Moment(
                tense=Tense.PAST,
                title="Expired: nobody answered in time",
                tone=Tone.ENDED,
                when=request.changed_at,
                detail="Nothing was given. It can be asked for again.",
            )


def deciding(request: AccessRequest, *, tenant: TenantMark, home: TenantMark) -> Iterator[Moment]:
    """Tell how it was decided, who is waited for, and who comes after them."""
    if not request.stages:
        yield Moment(
            tense=Tense.PAST,
            title="Agreed by a rule: nobody had to decide",
            tone=Tone.GOOD,
            when=request.submitted_at,
        )
    teller = _Teller(request=request, tenant=tenant, home=home)
    for stage in request.stages:
        yield from teller.stage(stage)
    yield from teller.end()


def _escalated(stage: ApprovalStage) -> Moment:
    return Moment(
        tense=Tense.PAST,
        title=f"Others were asked as well: {_all_of([each.name for each in stage.asked if each.is_alternate])}",
        tone=Tone.WAITING,
        when=stage.escalated_at,
    )


def _waiting(stage: ApprovalStage) -> Moment:
    names = silent_names(stage)
    return Moment(
        tense=Tense.NOW,
        title=f"Waiting for {_any_of(names)}",
        tone=Tone.WAITING,
        detail=f"{_enough(stage, names)}Without an answer the request expires on",
        day=stage.answer_by.date() if stage.answer_by else None,
    )


def _enough(stage: ApprovalStage, names: Sequence[str]) -> str:
    missing = stage.quorum - stage.agreed
    if missing <= 0:
        return "The sponsor agreed, and somebody else must as well. "
    if stage.quorum > 1:
        agreed = f"{stage.agreed} of {stage.quorum} agreed. " if stage.agreed else ""
        return f"{agreed}{missing} more must agree. " if agreed else f"{stage.quorum} of them must agree. "
    return "One of them is enough. " if len(names) > 1 else ""


def _any_of(names: Sequence[str]) -> str:
    return _listed(names, "or", "one of")


def _all_of(names: Sequence[str]) -> str:
    return _listed(names, "and", "")


def _listed(names: Sequence[str], conjunction: str, rest: str) -> str:
    if not names:
        return "nobody any more"
    shown = list(names[:3])
    if len(names) > len(shown):
        shown.append(f"{rest} {len(names) - len(shown)} others".strip())
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} {conjunction} {shown[-1]}"
