"""What tests of the rule book write into it."""

from selfservice.model.actor import Actor
from selfservice.model.rulebook import RuleBook
from selfservice.model.rules.clause import Clause
from selfservice.model.rules.outcome import Approver, ApproverKind, Automatic, Outcome, Stages, StageSpec
from selfservice.model.rules.rule import Band, Rule
from selfservice.services.rules import editing
from selfservice.services.rules.edits import Edit, Put, RuleDraft
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading
from tests.services.making import CONTOSO, DEE

FINANCE = Clause(attribute="department", values=("Finance",))


def asks(*people: Actor, quorum: int = 1) -> Stages:
    """Return an outcome that asks these people."""
    approvers = tuple(
        Approver(kind=ApproverKind.PERSON, tenant_id=each.tenant_id, object_id=each.object_id, name=each.name)
        for each in people
    )
    return Stages(stages=(StageSpec(approvers=approvers, quorum=quorum),))


def draft(
    name: str,
    outcome: Outcome | None = None,
    *,
    clauses: tuple[Clause, ...] = (),
    band: Band = Band.LAST,
    scope: str = "",
) -> RuleDraft:
    """Return a rule as somebody would write it."""
    return RuleDraft(name=name, clauses=clauses, outcome=outcome or Automatic(), band=band, scope_id=scope)


def new(
    name: str,
    outcome: Outcome | None = None,
    *,
    clauses: tuple[Clause, ...] = (),
    band: Band = Band.LAST,
    scope: str = "",
) -> Put:
    """Return the edit that writes a new rule."""
    return Put(rule_id=None, draft=draft(name, outcome, clauses=clauses, band=band, scope=scope))


def serial_of(rt: Runtime, tenant_id: str = CONTOSO) -> int:
    """Return the serial of a tenant's book."""
    with reading(rt.sessions) as tx:
        book = tx.get(RuleBook, tenant_id)
        return book.serial if book else 0


def save(rt: Runtime, *edits: Edit, by: Actor = DEE, why: str = "The auditors asked for it.") -> str | None:
    """Change Contoso's rules as they are now."""
    return editing.save(rt, CONTOSO, edits, by=by, why=why, seen_serial=serial_of(rt))


def rules_of(rt: Runtime, tenant_id: str = CONTOSO) -> tuple[Rule, ...]:
    """Return a tenant's rules in reading order, as this process knows them."""
    with reading(rt.sessions) as tx:
        return rt.books.index_of(tx, tenant_id).rules


def id_of(rt: Runtime, name: str) -> str:
    """Return the id of the rule with this name."""
    return next(rule.id for rule in rules_of(rt) if rule.name == name)
