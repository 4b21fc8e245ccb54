"""Rules as rows and sentences: one rule in a list, whose it is, an edit of it, and an example of what it must say."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from selfservice.model.rules.rule import Band, Rule
from selfservice.services.overview.rule_rows import ExampleRow
from selfservice.services.overview.rule_words import clause_words, facts_words, listed, outcome_words
from selfservice.services.rules.edits import Edit, Move, Put, PutExample, Remove, RemoveExample, SecondPerson
from selfservice.services.rules.keeping import Keeping
from selfservice.services.rules.naming import ids_of_clauses, ids_of_facts
from selfservice.services.rules.trying import Example, Tried

Names = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Known:
    """The names, rules and examples that an edit may be about."""

    tenant_name: str
    names: Names
    rules: Mapping[str, Rule]
    examples: Mapping[str, Example]


def ids_of_rules(rules: Iterable[Rule]) -> Iterator[str]:
    """Yield the ids that rules name."""
    for rule in rules:
        yield rule.scope_id
        yield from ids_of_clauses(rule.clauses)


def ids_of_examples(examples: Iterable[Example]) -> Iterator[str]:
    """Yield the ids that examples name."""
    for example in examples:
        yield from ids_of_facts(example.facts)


def ids_of_edits(edits: Iterable[Edit]) -> Iterator[str]:
    """Yield the ids that edits name."""
    for edit in edits:
        if isinstance(edit, Put):
            yield edit.draft.scope_id
            yield from ids_of_clauses(edit.draft.clauses)
        elif isinstance(edit, PutExample):
            yield from ids_of_facts(edit.draft.facts)


def whose_words(band: Band, scope_id: str, tenant_name: str, names: Names) -> str:
    """Return whose rule it is: "Contoso, first", "Expenses", "catalog Finance", "Contoso, last"."""
    if band is Band.PACKAGE:
        return names.get(scope_id, scope_id)
    if band is Band.CATALOG:
        return f"catalog {names.get(scope_id, scope_id)}"
    return f"{tenant_name}, {'first' if band is Band.FIRST else 'last'}"


def when_words(rule: Rule, names: Names) -> tuple[str, ...]:
    """Return what a rule asks, clause by clause; what follows from whose rule it is goes without saying."""
    return tuple(clause_words(clause, names) for clause in rule.clauses)


def rule_sentence(rule: Rule, names: Names) -> str:
    """Return a rule as one sentence: "When department is Finance: automatic"."""
    when = listed(when_words(rule, names), "and")
    return f"{f'When {when}' if when else 'Always'}: {outcome_words(rule.outcome)}"


def edit_words(edit: Edit, known: Known) -> str:
    """Return what an edit does, in a sentence."""
    match edit:
        case Put():
            return _put_words(edit, known)
        case Remove():
            return f"Remove the rule {_called(edit.rule_id, known)}."
        case Move():
            return f"Read the rule {_called(edit.rule_id, known)} as number {edit.position} of its kind."
        case PutExample():
            expected = outcome_words(edit.draft.expected)
            return f"{'Change' if edit.example_id else 'Add'} the example “{edit.draft.name}”: {expected}."
        case RemoveExample():
            example = known.examples.get(edit.example_id)
            return f"Remove the example “{example.name if example else edit.example_id}”."
        case SecondPerson():
            return f"Changes of rules need {'a second person' if edit.on else 'no second person any more'}."


def example_row(tried: Tried, names: Names, keeping: Keeping) -> ExampleRow:
    """Return an example, and whether it is true."""
    example = tried.example
    return ExampleRow(
        example_id=example.id,
        name=example.name,
        facts=facts_words(example.facts, names),
        expected=outcome_words(example.expected),
        came_out=outcome_words(tried.came_out),
        holds=tried.holds,
        can_edit=keeping.may_edit_scope(example.scope_id),
    )


def _put_words(edit: Put, known: Known) -> str:
    draft = edit.draft
    rule = Rule(id="", tenant_id="", name=draft.name, clauses=draft.clauses, outcome=draft.outcome)
    whose = whose_words(draft.band, draft.scope_id, known.tenant_name, known.names)
    off = "" if draft.enabled else " It is switched off."
    said = f"“{draft.name}” ({whose}): {rule_sentence(rule, known.names)}.{off}"
    if edit.rule_id is None:
        return f"Add the rule {said}"
    return f"Change the rule {_called(edit.rule_id, known)} to {said}"


def _called(rule_id: str, known: Known) -> str:
    rule = known.rules.get(rule_id)
    return f"“{rule.name}”" if rule else "that is gone"
