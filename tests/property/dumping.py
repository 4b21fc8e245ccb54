"""What a company's database holds, said without any id, so that two databases can be compared."""

from collections import Counter, defaultdict
from collections.abc import Mapping

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from selfservice.model.approval import ApprovalStage, Decision, StageApprover
from selfservice.model.audit import AuditEvent
from selfservice.model.delegation import Delegation
from selfservice.model.delivery import Delivery, DeliveryStep
from selfservice.model.mail import OutboxMail
from selfservice.model.request import AccessRequest
from selfservice.model.rulebook import ApproverRule, RuleVersion
from selfservice.model.thread import RequestMessage, RequestRevision
from selfservice.store.transaction import reading
from tests.property.company import Company

Said = tuple[object, ...]
Dump = dict[str, object]


def dump(company: Company) -> Dump:
    """Return the state of a database by number of request and of rule, with names for people."""
    with reading(company.rt.sessions) as tx:
        told: dict[str, Mapping[str, object]] = {
            "request": _one(tx, _requests()),
            "stages": _many(tx, _stages()),
            "approvers": _many(tx, _approvers()),
            "decisions": _many(tx, _decisions()),
            "thread": _many(tx, _thread()),
            "revisions": _many(tx, _revisions()),
            "mails": _many(tx, _mails()),
            "deliveries": _many(tx, _deliveries()),
            "events": events_of(tx),
        }
        by_number: dict[int, dict[str, object]] = {
            number: {name: rows.get(request_id, ()) for name, rows in told.items()}
            for number, request_id in enumerate(company.requests)
        }
        return {
            "requests": by_number,
            "delegations": sorted(map(tuple, tx.execute(_delegations())), key=repr),
            "rules": sorted(map(tuple, tx.execute(_rules())), key=repr),
            "rule versions": Counter(tx.scalars(select(RuleVersion.changed_by_name))),
            "refusals": Counter(tx.scalars(select(AuditEvent.action))),
        }


def events_of(tx: Session) -> dict[str, list[Said]]:
    """Return what the audit trail says about each request, in its order: what was done, by whom, when and why."""
    query = (
        select(AuditEvent.object_id, AuditEvent.action, AuditEvent.actor_name, AuditEvent.at, AuditEvent.why)
        .where(AuditEvent.object_kind == "request")
        .order_by(AuditEvent.number)
    )
    found: dict[str, list[Said]] = defaultdict(list)
    for row in tx.execute(query):
        found[row.object_id].append(tuple(row)[1:])
    return found


def _one(tx: Session, query: Select[*tuple[object, ...]]) -> dict[str, Said]:
    return {str(row[0]): tuple(row[1:]) for row in tx.execute(query)}


def _many(tx: Session, query: Select[*tuple[object, ...]]) -> dict[str, list[Said]]:
    found: dict[str, list[Said]] = defaultdict(list)
    for row in tx.execute(query):
        found[str(row[0])].append(tuple(row[1:]))
    return {request_id: sorted(rows, key=repr) for request_id, rows in found.items()}


def _requests() -> Select[*tuple[object, ...]]:
    return select(
        AccessRequest.id,
        AccessRequest.state,
        AccessRequest.ends_on,
        AccessRequest.changed_at,
        AccessRequest.rule_version,
        AccessRequest.requestor_name,
        AccessRequest.sponsor_name,
        AccessRequest.guest_key,
        AccessRequest.version,
    )


def _stages() -> Select[*tuple[object, ...]]:
    return select(
        ApprovalStage.request_id,
        ApprovalStage.position,
        ApprovalStage.state,
        ApprovalStage.quorum,
        ApprovalStage.opened_at,
        ApprovalStage.answer_by,
        ApprovalStage.escalate_at,
        ApprovalStage.escalated_at,
    )


def _approvers() -> Select[*tuple[object, ...]]:
    return select(
        ApprovalStage.request_id,
        ApprovalStage.position,
        StageApprover.name,
        StageApprover.because,
        StageApprover.is_alternate,
        StageApprover.asked_at,
    ).join(ApprovalStage, ApprovalStage.id == StageApprover.stage_id)


def _decisions() -> Select[*tuple[object, ...]]:
    return select(
        ApprovalStage.request_id,
        ApprovalStage.position,
        Decision.name,
        Decision.principal_name,
        Decision.outcome,
        Decision.decided_at,
        Decision.ends_on,
        Decision.withdrawn_at,
    ).join(ApprovalStage, ApprovalStage.id == Decision.stage_id)


def _thread() -> Select[*tuple[object, ...]]:
    message = RequestMessage
    return select(message.request_id, message.written_at, message.kind, message.name, message.text)


def _revisions() -> Select[*tuple[object, ...]]:
    revision = RequestRevision
    return select(revision.request_id, revision.written_at, revision.written_by_name, revision.why)


def _mails() -> Select[*tuple[object, ...]]:
    return select(OutboxMail.request_id, OutboxMail.kind, OutboxMail.to_name, OutboxMail.state, OutboxMail.created_at)


def _deliveries() -> Select[*tuple[object, ...]]:
    return select(Delivery.request_id, Delivery.state, DeliveryStep.position, DeliveryStep.kind).join(
        DeliveryStep, DeliveryStep.delivery_id == Delivery.id
    )


def _delegations() -> Select[*tuple[object, ...]]:
    return select(
        Delegation.name, Delegation.delegate_name, Delegation.starts_at, Delegation.ends_at, Delegation.ended_at
    )


def _rules() -> Select[*tuple[object, ...]]:
    rule = ApproverRule
    return select(rule.name, rule.version, rule.serial, rule.band, rule.position, rule.enabled, rule.removed_at)
