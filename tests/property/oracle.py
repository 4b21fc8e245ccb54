"""What must hold of every decision, looked up after the fact in what the databases keep, by other code than decides."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.actor import PersonRef
from selfservice.model.approval import ApprovalStage, Decision, Outcome, StageState
from selfservice.model.delegation import Delegation
from selfservice.model.request import STEPS, AccessRequest, RequestState
from selfservice.model.rulebook import RuleVersion
from selfservice.store.transaction import reading
from tests.property.company import Company
from tests.property.dumping import events_of

NINETY_DAYS = timedelta(days=90)
LATEST = datetime.max.replace(tzinfo=UTC)


def illegal_steps(company: Company) -> list[str]:
    """Return every request whose steps, by the audit trail, are not those of the table, or do not end where it is."""
    wrong = []
    with reading(company.rt.sessions) as tx:
        states = {row[0]: row[1] for row in tx.execute(select(AccessRequest.id, AccessRequest.state))}
        events = events_of(tx)
        for number, request_id in enumerate(company.requests):
            state = RequestState.PENDING_APPROVAL
            for action, *_more in events[request_id]:
                before, after = STEPS.get(str(action).removeprefix("request."), (frozenset({state}), state))
                if state not in before:
                    wrong.append(f"request {number}: {action} from {state}")
                state = after
            if state is not states[request_id]:
                wrong.append(f"request {number}: is {states[request_id]}, and its trail ends at {state}")
    return wrong


def wrong_decisions(company: Company) -> list[str]:
    """Return every decision that somebody took for themself, twice, or by a right that they did not have."""
    with reading(company.rt.sessions) as tx:
        delegations = list(tx.scalars(select(Delegation)))
        editors = _editors(tx)
        wrong: list[str] = []
        for request in tx.scalars(select(AccessRequest).execution_options(yield_per=500)):
            for stage in request.stages:
                voices = [f"stage {stage.position} {each}" for each in _voices_at_once(stage)]
                given = [f"{each.name}: {why}" for each in stage.decisions for why in _wrong(request, stage, each)]
                alone = [f"{each.name} had no right" for each in stage.decisions if _is_stranger(stage, each)]
                lent = [f"{each.name} was not lent it" for each in stage.decisions if not _lent(each, delegations)]
                edited = [f"{each.name} wrote the rule" for each in stage.decisions if _edited(request, each, editors)]
                wrong += [f"{request.id}: {each}" for each in (*voices, *given, *alone, *lent, *edited)]
            wrong += [f"{request.id}: {each}" for each in _closed_wrongly(request)]
        return wrong


def _wrong(request: AccessRequest, stage: ApprovalStage, decision: Decision) -> Iterator[str]:
    asks_sponsor = "sponsor" in str(stage.spec["approvers"])
    for who in (decision.ref, decision.principal):
        if who == request.requestor:
            yield "asked for it"
        if who == request.sponsor and not (asks_sponsor and who == decision.principal):
            yield "answers for the guest"


def _voices_at_once(stage: ApprovalStage) -> Iterator[str]:
    """Yield whoever counts twice at a moment: two decisions that both held, with a person in common."""
    for number, one in enumerate(stage.decisions):
        for other in stage.decisions[number + 1 :]:
            # Where one was taken back and given again at the same moment, the one that was taken back came first.
            first, second = sorted((one, other), key=lambda each: (each.decided_at, each.withdrawn_at or LATEST))
            together = first.withdrawn_at is None or first.withdrawn_at > second.decided_at
            if together and {one.ref, one.principal} & {other.ref, other.principal}:
                yield f"counts {one.name} and {other.name}"


def _is_stranger(stage: ApprovalStage, decision: Decision) -> bool:
    asked = {each.ref: each.asked_at for each in stage.approvers}
    asked_at = asked.get(decision.principal)
    return asked_at is None or asked_at > decision.decided_at


def _lent(decision: Decision, delegations: list[Delegation]) -> bool:
    return decision.ref == decision.principal or any(
        each.delegator == decision.principal
        and each.delegate == decision.ref
        and each.starts_at <= decision.decided_at < each.ends_at
        and (each.ended_at is None or decision.decided_at <= each.ended_at)
        for each in delegations
    )


def _editors(tx: Session) -> dict[str, list[tuple[PersonRef, RuleVersion]]]:
    found: dict[str, list[tuple[PersonRef, RuleVersion]]] = {}
    for version in tx.scalars(select(RuleVersion)):
        found.setdefault(version.rule_id, []).append((version.changed_by, version))
    return found


def _edited(
    request: AccessRequest, decision: Decision, editors: dict[str, list[tuple[PersonRef, RuleVersion]]]
) -> bool:
    return any(
        who in (decision.ref, decision.principal)
        and version.changed_at <= decision.decided_at <= version.changed_at + NINETY_DAYS
        and version.agreed_by_object_id is None
        and version.changed_at < decision.decided_at
        for who, version in editors.get(request.rule_id or "", [])
    )


def _closed_wrongly(request: AccessRequest) -> Iterator[str]:
    """Yield stages that are agreed to by too few, and requests that are given something before all have agreed."""
    for stage in request.stages:
        agreed = sum(each.outcome is Outcome.APPROVE for each in stage.decisions)
        if stage.state is StageState.APPROVED and agreed < stage.quorum:
            yield f"stage {stage.position} was closed by {agreed} of {stage.quorum}"
    done = request.state not in (RequestState.PENDING_APPROVAL, RequestState.DENIED)
    given = done and request.state not in (RequestState.CANCELED, RequestState.EXPIRED)
    if given and any(stage.state is not StageState.APPROVED for stage in request.stages):
        yield "is delivered before every stage agreed"
