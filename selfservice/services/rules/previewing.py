"""Previewing: what a change of rules would do, before it is saved. The rules that decide are left as they are."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import select

from selfservice.model.actor import Actor, PersonRef
from selfservice.model.package import AccessPackage
from selfservice.model.refusal import NotFound, Refused
from selfservice.model.request import AccessRequest, RequestState
from selfservice.model.rules.clause import Operator
from selfservice.model.rules.facts import Attribute, facts_from_json
from selfservice.model.rules.outcome import Stages
from selfservice.model.rules.rule import Rule
from selfservice.services.overview.rule_rows import ChangePreview, MovedRow
from selfservice.services.overview.rule_words import outcome_words
from selfservice.services.overview.rules_spoken import example_row, ids_of_examples
from selfservice.services.rules.changing import Desk, Proof, desk_of, prove
from selfservice.services.rules.checking import Reach
from selfservice.services.rules.differing import difference
from selfservice.services.rules.doubting import doubts
from selfservice.services.rules.edits import Edit
from selfservice.services.rules.living import NAMED_BY_PACKAGE, Living
from selfservice.services.rules.naming import names_of
from selfservice.services.rules.stuck import stuck_packages, title_of
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading

MOST_ROWS = 200


def preview(rt: Runtime, tenant_id: str, edits: Sequence[Edit], *, by: Actor) -> ChangePreview:
    """Return what these edits would do; where they cannot be read, the problem. What is not kept looks absent."""
    with reading(rt.sessions) as tx:
        desk = desk_of(tx, rt, tenant_id, by=by)
        try:
            proof = prove(desk, edits)
        except NotFound:
            raise
        except Refused as refusal:
            return ChangePreview(readable=False, problem=refusal.cause)
        living = Living(tx)
        moved, total = _pending(desk, proof, living)
        names = names_of(tx, rt, ids_of_examples(each.example for each in proof.tried))
        answers = tuple(example_row(each, names, desk.keeping) for each in proof.tried)
        return ChangePreview(
            readable=True,
            findings=_findings(proof, living),
            broken_examples=tuple(row for row in answers if not row.holds),
            examples_held=sum(row.holds for row in answers),
            mails_people=len(_mailed(desk, proof, living)),
            stuck_packages=_newly_stuck(desk, proof, living),
            pending_moved=moved,
            pending_total=total,
            answers=answers,
        )


def _findings(proof: Proof, living: Living) -> tuple[str, ...]:
    """Return what is odd about the rules that are written, and what became odd about others by it."""
    rewritten = proof.rewritten
    now = doubts(proof.index.rules, rewritten.rules.keys(), living)
    known = doubts(tuple(rewritten.before.values()), rewritten.before.keys(), living)
    return tuple(
        f"“{rewritten.rules[rule_id].name}”: {sentence}"
        for rule_id, sentences in now.items()
        for sentence in sentences
        if rule_id in rewritten.written or sentence not in known.get(rule_id, ())
    )


def _newly_stuck(desk: Desk, proof: Proof, living: Living) -> tuple[str, ...]:
    return tuple(package.name for package in stuck_packages(desk.tx, desk.rt, desk.tenant_id, proof.index, living))


def _mailed(desk: Desk, proof: Proof, living: Living) -> frozenset[PersonRef]:
    """Return everybody whom the written rules would send a mail; who is another for each request is not counted."""
    written = [proof.rewritten.rules[rule_id] for rule_id in proof.rewritten.written]
    return frozenset(person for rule in written if rule.enabled for person in _asked_by(desk, rule, living))


def _asked_by(desk: Desk, rule: Rule, living: Living) -> Iterator[PersonRef]:
    stages = rule.outcome.stages if isinstance(rule.outcome, Stages) else ()
    loud = [approver for stage in stages for approver in stage.approvers if not approver.quiet]
    yield from living.people(loud, None)
    by_package = [approver for approver in loud if approver.kind in NAMED_BY_PACKAGE]
    for package in _packages_of(desk, rule) if by_package else ():
        yield from living.people(by_package, package)


def _packages_of(desk: Desk, rule: Rule) -> Iterator[AccessPackage]:
    reach = Reach(tx=desk.tx, rt=desk.rt, tenant_id=desk.tenant_id, band=rule.band, scope_id=rule.scope_id)
    named = [
        set(clause.values)
        for clause in rule.clauses
        if clause.attribute == Attribute.PACKAGE and clause.operator is Operator.ANY_OF
    ]
    yield from (package for package in reach.packages if all(package.id in values for values in named))


def _pending(desk: Desk, proof: Proof, living: Living) -> tuple[tuple[MovedRow, ...], int]:
    """Return the pending requests that would go another way if they were asked for under the changed rules."""
    pending = _kept(desk)
    packages: dict[str, AccessPackage | None] = {}
    moved: list[MovedRow] = []
    for request in pending:
        facts = facts_from_json(request.facts)
        before, after = desk.index.route(facts), proof.index.route(facts)
        if before.rule == after.rule:
            continue
        if facts.package not in packages:
            packages[facts.package] = desk.tx.get(AccessPackage, facts.package)
        is_stuck = living.is_stuck(after.outcome, packages[facts.package])
        kind = difference(before.outcome, after.outcome, is_stuck=is_stuck)
        if kind is not None and len(moved) < MOST_ROWS:
            moved.append(
                MovedRow(
                    request_id=request.id,
                    title=request.title,
                    kind=kind,
                    before=outcome_words(before.outcome),
                    after=outcome_words(after.outcome),
                )
            )
    return tuple(moved), len(pending)


@dataclass(frozen=True, kw_only=True)
class _Pending:
    """A request that waits, and the facts that were kept with it."""

    id: str
    title: str
    facts: Mapping[str, object]


def _kept(desk: Desk) -> list[_Pending]:
    query = (
        select(
            AccessRequest.id,
            AccessRequest.package_name,
            AccessRequest.guest_name,
            AccessRequest.guest_address,
            AccessRequest.why["facts"],
        )
        .where(AccessRequest.tenant_id == desk.tenant_id, AccessRequest.state == RequestState.PENDING_APPROVAL)
        .order_by(AccessRequest.submitted_at.desc(), AccessRequest.id)
    )
    sees = desk.keeping
    rows = desk.tx.execute(query if sees.administers else query.where(AccessRequest.package_id.in_(sees.packages)))
    return [
        _Pending(id=row[0], title=title_of(row[1], row[2], row[3]), facts=cast("Mapping[str, object]", row[4]))
        for row in rows
        if row[4]
    ]
