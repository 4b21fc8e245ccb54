"""Between the form of a rule and what the use cases take: its buttons, the rule that it holds, and the way back."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from selfservice.model.refusal import Refused
from selfservice.model.rules.clause import Operator
from selfservice.model.rules.codec import clauses_from_data, clauses_to_data, outcome_from_data, outcome_to_data
from selfservice.model.rules.facts import NUMBERS
from selfservice.model.rules.outcome import MOST_STAGES
from selfservice.model.rules.rule import BAND_NAMES
from selfservice.services.overview.rule_rows import RuleEditPage
from selfservice.services.overview.rule_words import clause_words, outcome_words
from selfservice.services.rules.edits import BANDS, Edit, Put, RuleDraft, edits_from_data, edits_to_data
from selfservice.web.forms.rule_clauses import is_attribute
from selfservice.web.forms.rule_outcomes import OutcomeForm
from selfservice.web.forms.rules import MOST_CLAUSES, RuleForm, content_of


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """A rule as one sentence."""

    when: tuple[str, ...]
    then: str


def fresh_form(page: RuleEditPage) -> RuleForm:
    """Return the form with what the rule says now; a new rule asks the approvers of the access package."""
    return RuleForm(
        data={
            "seen": str(page.serial),
            "name": page.name,
            "note": page.note,
            "enabled": page.enabled,
            "band": page.band,
            "position": page.position if page.rule_id else None,
            **content_of(page.when, page.then),
        }
    )


def form_of(draft: RuleDraft, *, seen: int) -> RuleForm:
    """Return the form with a rule that was written before."""
    return RuleForm(
        data={
            "seen": str(seen),
            "name": draft.name,
            "note": draft.note,
            "enabled": draft.enabled,
            "band": BAND_NAMES[draft.band],
            "position": draft.position,
            **content_of(clauses_to_data(draft.clauses), outcome_to_data(draft.outcome)),
        }
    )


def press(form: RuleForm, button: str) -> bool:
    """Do what a button of the form itself asks for, and say whether it was one of those."""
    name, _, number = button.partition(":")
    about = str(form.about.data or "")
    if name == "clause" and len(form.clauses) < MOST_CLAUSES and is_attribute(about):
        compares = Operator.AT_MOST if about in NUMBERS else Operator.ANY_OF
        form.clauses.append_entry({"attribute": about, "operator": compares.value})
    if name == "drop-clause" and number.isdecimal():
        del form.clauses.entries[int(number) : int(number) + 1]
    return press_outcome(form.outcome.form, button) or name in {"clause", "drop-clause"}


def press_outcome(form: OutcomeForm, button: str) -> bool:
    """Do what a button among the stages asks for, and say whether it was one of those."""
    name, _, number = button.partition(":")
    if name == "stage" and len(form.stages) < MOST_STAGES:
        form.stages.append_entry({})
    if name == "drop-stage" and number.isdecimal() and len(form.stages) > 1:
        del form.stages.entries[int(number) : int(number) + 1]
    return name in {"stage", "drop-stage", "find"}


def searched(fields: Mapping[str, str]) -> str:
    """Return whom the page looks for: one of its lists is searched at a time."""
    return next((value for name, value in fields.items() if name.endswith("-search") and value.strip()), "")


def draft_of(page: RuleEditPage, form: RuleForm) -> RuleDraft:
    """Return the rule that a valid form holds, or refuse with the place of a mistake."""
    chosen = str(form.band.data)
    own = page.band in ("first", "last") and chosen in ("first", "last")
    return RuleDraft(
        band=BANDS[chosen if own else page.band],
        scope_id=page.scope_id,
        name=str(form.name.data),
        note=str(form.note.data or ""),
        enabled=bool(form.enabled.data),
        position=form.position.data,
        clauses=clauses_from_data(form.when()),
        outcome=outcome_from_data(form.then()),
    )


def sentence_of(page: RuleEditPage, draft: RuleDraft) -> Sentence:
    """Return the rule as a sentence, in the names that the page offers."""
    names = {option.value: option.label for options in page.options.values() for option in options}
    return Sentence(
        when=tuple(clause_words(clause, names) for clause in draft.clauses), then=outcome_words(draft.outcome)
    )


def sentence_now(page: RuleEditPage) -> Sentence:
    """Return the rule as it is in the book."""
    draft = RuleDraft(name=page.name, clauses=clauses_from_data(page.when), outcome=outcome_from_data(page.then))
    return sentence_of(page, draft)


def pack(edits: Sequence[Edit]) -> str:
    """Return edits as the text that a page carries from one step to the next."""
    return json.dumps(edits_to_data(edits), separators=(",", ":"))


def unpack(text: str) -> tuple[Edit, ...]:
    """Read what `pack` wrote; what is none of it refuses. The use case checks everything anew."""
    try:
        data = json.loads(text)
    except ValueError:
        data = None
    if not isinstance(data, list) or not data:
        raise Refused("This page has lost the change.", next_step="Make it once more.", owner="You")
    return edits_from_data(cast("list[object]", data))


def put_of(edits: Sequence[Edit]) -> Put | None:
    """Return the rule that a change writes, where it writes one."""
    return next((edit for edit in edits if isinstance(edit, Put)), None)
