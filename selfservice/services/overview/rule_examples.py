"""What must stay true, as its form shows it: the case, and what the rules say to a case now."""

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.package import AccessPackage
from selfservice.model.refusal import NotFound
from selfservice.model.rulebook import RuleChange, RuleExample, RuleReplay
from selfservice.model.rules.codec import outcome_from_data
from selfservice.model.rules.facts import RuleFacts, facts_from_json
from selfservice.model.rules.outcome import Outcome
from selfservice.services.rules.edits import Edit, edits_from_data
from selfservice.services.rules.keeping import Keeping, keeping_of
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading


@dataclass(frozen=True, kw_only=True)
class ExampleShown:
    """An example as it is kept."""

    name: str
    scope_id: str
    facts: RuleFacts
    expected: Outcome


def example_shown(rt: Runtime, example_id: str, by: Actor) -> ExampleShown:
    """Return an example to whoever may change it."""
    with reading(rt.sessions) as tx:
        kept = tx.get(RuleExample, example_id)
        if kept is None or not keeping_of(tx, rt, kept.tenant_id, by=by).may_edit_scope(kept.scope_id):
            raise NotFound
        return ExampleShown(
            name=kept.name,
            scope_id=kept.scope_id,
            facts=facts_from_json(kept.facts),
            expected=outcome_from_data(kept.expected),
        )


def case_about(rt: Runtime, facts: RuleFacts, by: Actor) -> RuleFacts:
    """Return the facts of a made-up case with all that follows from its access package."""
    with reading(rt.sessions) as tx:
        _keeping, package = _package_of(tx, rt, facts, by)
        return replace(
            facts,
            resource_tenant=package.tenant_id,
            catalog=package.catalog_id or "",
            resources=tuple(sorted({role.resource_id for role in package.roles})),
            risk=package.risk,
            tags=tuple(sorted(package.tags)),
        )


def answer_now(rt: Runtime, facts: RuleFacts, by: Actor) -> Outcome:
    """Return what the rules say to a made-up case now."""
    with reading(rt.sessions) as tx:
        keeping, _package = _package_of(tx, rt, facts, by)
        return rt.books.index_of(tx, keeping.tenant_id).route(facts).outcome


def edits_replayed(rt: Runtime, replay_id: str, by: Actor) -> tuple[Edit, ...]:
    """Return the change that a replay is about, to whoever asked for it."""
    with reading(rt.sessions) as tx:
        replay = tx.get(RuleReplay, replay_id)
        if replay is None or not by.is_(replay.asked_by_tenant_id, replay.asked_by_object_id):
            raise NotFound
        return edits_from_data(replay.edits)


def edits_proposed(rt: Runtime, change_id: str, by: Actor) -> tuple[Edit, ...]:
    """Return what a change that waits would do, to whoever keeps rules of its tenant."""
    with reading(rt.sessions) as tx:
        change = tx.get(RuleChange, change_id)
        if change is None or not keeping_of(tx, rt, change.tenant_id, by=by).keeps_anything:
            raise NotFound
        return edits_from_data(change.edits)


def _package_of(tx: Session, rt: Runtime, facts: RuleFacts, by: Actor) -> tuple[Keeping, AccessPackage]:
    keeping = keeping_of(tx, rt, by.tenant_id, by=by)
    package = tx.get(AccessPackage, facts.package)
    if package is None or package.tenant_id != keeping.tenant_id or not keeping.may_edit_scope(package.id):
        raise NotFound
    return keeping, package
