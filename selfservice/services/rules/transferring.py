"""Transferring: a tenant's rules and examples as a file, and a file as the edits that make the book say the same."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.refusal import Refused
from selfservice.model.rulebook import ApproverRule, RuleBook, RuleExample
from selfservice.model.rules.codec import outcome_from_data
from selfservice.model.rules.facts import facts_from_json
from selfservice.model.rules.outcome import unnamed
from selfservice.model.rules.rule import Band, Rule
from selfservice.services.rules.edits import (
    Edit,
    ExampleDraft,
    Move,
    Put,
    PutExample,
    Remove,
    RemoveExample,
    RuleDraft,
)
from selfservice.services.rules.text_naming import DirectoryNaming
from selfservice.services.rules.text_reading import read_book
from selfservice.services.rules.text_values import WrittenBook, WrittenExample, WrittenRule
from selfservice.services.rules.text_writing import write_book
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading

T = TypeVar("T")


class WrongTenant(Refused):
    """A file holds the rules of another tenant."""


@dataclass(frozen=True, kw_only=True)
class ImportPlan:
    """What an import would do: the edits, each in words, for the book as it is at `serial`."""

    serial: int
    edits: tuple[Edit, ...]
    steps: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What a tenant's book says now."""

    serial: int
    rules: tuple[Rule, ...]
    examples: tuple[RuleExample, ...]


def export_book(rt: Runtime, tenant_id: str) -> str:
    """Return a tenant's rules and examples as the text of a file."""
    tenant = rt.settings.tenant_by_id(tenant_id)
    with reading(rt.sessions) as tx:
        kept = _kept(tx, tenant_id)
        book = WrittenBook(
            tenant=tenant.alias if tenant else tenant_id,
            rules=tuple(_written_rule(rule) for rule in kept.rules),
            examples=tuple(_written_example(example) for example in kept.examples),
        )
        return write_book(book, DirectoryNaming(tx, rt.settings, tenant_id))


def plan_import(rt: Runtime, tenant_id: str, text: str) -> ImportPlan:
    """Return the edits that make the book say what the file says, and nothing else."""
    tenant = rt.settings.tenant_by_id(tenant_id)
    with reading(rt.sessions) as tx:
        kept = _kept(tx, tenant_id)
        book = read_book(text, DirectoryNaming(tx, rt.settings, tenant_id))
    if tenant is not None and book.tenant not in ("", tenant.alias):
        raise WrongTenant(
            f"This file holds the rules of {book.tenant}, not of {tenant.alias}.",
            next_step="Choose the other tenant, or change the first line of the file if that is what you mean.",
            owner="You",
        )
    planned = [*_rule_steps(kept.rules, book.rules), *_example_steps(kept.examples, book.examples)]
    return ImportPlan(
        serial=kept.serial,
        edits=tuple(edit for edit, _words in planned),
        steps=tuple(words for _edit, words in planned),
    )


Planned = tuple[Edit, str]


def _rule_steps(kept: Sequence[Rule], written: Sequence[WrittenRule]) -> Iterator[Planned]:
    """Rules are known again by whose they are and their name; of two with one name, in their order."""
    known = _numbered(kept, lambda rule: (rule.band, rule.scope_id, rule.name))
    wanted = _numbered(written, lambda rule: (rule.band, rule.scope_id, rule.name))
    for key, rule in known.items():
        if key not in wanted:
            yield Remove(rule_id=rule.id), f"remove {rule.name}"
    kept_places = _by_place(rule for key, rule in known.items() if key in wanted)
    for place, rules in groupby(wanted.items(), key=lambda item: (item[1].band, item[1].scope_id)):
        order = kept_places.get(place, [])
        for position, (key, new) in enumerate(rules, 1):
            yield from _place(order, known.get(key), new, position)


def _place(order: list[str], known: Rule | None, rule: WrittenRule, position: int) -> Iterator[Planned]:
    """Yield what brings one rule to its text and place; `order` follows what the edits do."""
    draft = _draft(rule, position)
    if known is None:
        order.insert(position - 1, "")
        yield Put(rule_id=None, draft=draft), f"add {rule.name}"
        return
    is_elsewhere = order[position - 1] != known.id
    order.remove(known.id)
    order.insert(position - 1, known.id)
    if _meaning(rule) != _meaning(_written_rule(known)):
        yield Put(rule_id=known.id, draft=draft), f"change {rule.name}"
    elif is_elsewhere:
        yield Move(rule_id=known.id, position=position), f"move {rule.name} to place {position}"


def _example_steps(kept: Sequence[RuleExample], written: Sequence[WrittenExample]) -> Iterator[Planned]:
    known = _numbered(kept, lambda example: example.name)
    wanted = _numbered(written, lambda example: example.name)
    for key, example in known.items():
        if key not in wanted:
            yield RemoveExample(example_id=example.id), f"remove the example {example.name}"
    for key, new in wanted.items():
        old = known.get(key)
        scope_id = old.scope_id if old else ""
        draft = ExampleDraft(name=new.name, facts=new.facts, expected=new.expected, scope_id=scope_id)
        if old is None:
            yield PutExample(example_id=None, draft=draft), f"add the example {new.name}"
        elif replace(_written_example(old), line=0) != replace(new, line=0):
            yield PutExample(example_id=old.id, draft=draft), f"change the example {new.name}"


def _meaning(rule: WrittenRule) -> WrittenRule:
    """Return a rule without its line, and without what its approvers are called: their ids say who they are."""
    return replace(rule, outcome=unnamed(rule.outcome), line=0)


def _numbered(things: Iterable[T], key: Callable[[T], Hashable]) -> dict[tuple[Hashable, int], T]:
    """Return things by key, and by how many of that key came before."""
    seen: dict[Hashable, int] = {}
    numbered: dict[tuple[Hashable, int], T] = {}
    for thing in things:
        count = seen[key(thing)] = seen.get(key(thing), -1) + 1
        numbered[(key(thing), count)] = thing
    return numbered


def _by_place(rules: Iterable[Rule]) -> dict[tuple[Band, str], list[str]]:
    places: dict[tuple[Band, str], list[str]] = {}
    for rule in rules:
        places.setdefault((rule.band, rule.scope_id), []).append(rule.id)
    return places


def _kept(tx: Session, tenant_id: str) -> Kept:
    rules = tx.scalars(
        select(ApproverRule).where(ApproverRule.tenant_id == tenant_id, ApproverRule.removed_at.is_(None))
    )
    examples = tx.scalars(
        select(RuleExample).where(RuleExample.tenant_id == tenant_id).order_by(RuleExample.name, RuleExample.id)
    )
    return Kept(
        serial=tx.scalar(select(RuleBook.serial).where(RuleBook.tenant_id == tenant_id)) or 0,
        rules=tuple(sorted((rule.value for rule in rules), key=_reading_order)),
        examples=tuple(examples),
    )


def _reading_order(rule: Rule) -> tuple[int, str, int, str]:
    return (rule.band, rule.scope_id, rule.position, rule.id)


def _written_rule(rule: Rule) -> WrittenRule:
    return WrittenRule(
        name=rule.name,
        clauses=rule.clauses,
        outcome=rule.outcome,
        band=rule.band,
        scope_id=rule.scope_id,
        note=rule.note,
        enabled=rule.enabled,
    )


def _written_example(example: RuleExample) -> WrittenExample:
    return WrittenExample(
        name=example.name,
        facts=facts_from_json(example.facts),
        expected=outcome_from_data(example.expected),
    )


def _draft(rule: WrittenRule, position: int | None) -> RuleDraft:
    return RuleDraft(
        name=rule.name,
        clauses=rule.clauses,
        outcome=rule.outcome,
        band=rule.band,
        scope_id=rule.scope_id,
        note=rule.note,
        enabled=rule.enabled,
        position=position,
    )
