"""The page of one rule: its form, what it would do, and the versions that it had."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template, request, url_for

from selfservice.model.refusal import Refused
from selfservice.services.overview.parties import names_of_people
from selfservice.services.overview.rule_rows import ChangePreview, RuleEditPage, VersionRow
from selfservice.services.rules.edits import Edit
from selfservice.web import ruling
from selfservice.web.bridge import rt
from selfservice.web.forms.rule_outcomes import StageForm
from selfservice.web.forms.rules import RuleForm
from selfservice.web.fragments import page as page_or_block
from selfservice.web.fragments import part, wants_fragment
from selfservice.web.offering import Option
from selfservice.web.rule_drafts import put_of, sentence_now, sentence_of
from selfservice.web.rule_reviews import sees_requests, tried


@dataclass(frozen=True, kw_only=True)
class StageShown:
    """A stage with its lists of people."""

    form: StageForm
    number: int
    approvers: ruling.Parties
    alternates: ruling.Parties
    fallback: ruling.Parties


@dataclass(frozen=True, kw_only=True)
class VersionShown:
    """A version with what went and what came with it."""

    row: VersionRow
    gone: tuple[str, ...]
    came: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class RuleShown:
    """All that the form of a rule shows."""

    page: RuleEditPage
    whose: str
    own: bool
    clauses: list[ruling.ClauseRow]
    attributes: list[Option]
    stages: list[StageShown]
    versions: list[VersionShown]


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What a rule would do, and the rule as a sentence where it can be read."""

    preview: ChangePreview
    linked: bool
    sentence: tuple[tuple[str, ...], str] | None = None


def show_whose(scopes: Sequence[tuple[str, str]], endpoint: str) -> str:
    """Ask whose it will be."""
    return render_template("rules/whose.html", scopes=scopes, endpoint=endpoint)


def show_read_only(page: RuleEditPage) -> str:
    """Show a rule to somebody who does not keep it."""
    return render_template("rules/rule.html", page=page, said=sentence_now(page), versions=_versions(page.versions))


def show_rule(page: RuleEditPage, form: RuleForm, *, checked: bool = False, refusal: Refused | None = None) -> str:
    """Show the form."""
    problems = ruling.problems(form) if checked else []
    return _show(page, form, block="work", problems=problems, refusal=refusal, tried=None)


def show_tried(page: RuleEditPage, form: RuleForm, edits: Sequence[Edit] = ()) -> str:
    """Show what the rule in the form would do; one that is not complete cannot say."""
    put = put_of(edits)
    if put is None:
        words = " ".join(dict.fromkeys(problem.words for problem in ruling.problems(form)))
        outcome = Tried(preview=ChangePreview(readable=False, problem=words), linked=False)
    else:
        said = sentence_of(page, put.draft)
        outcome = Tried(preview=tried(edits), linked=sees_requests(), sentence=(said.when, said.then))
    if wants_fragment():
        return part("rules/edit.html", block="preview", tried=outcome, action=_action())
    return _show(page, form, block="work", problems=[], refusal=None, tried=outcome)


def stages_shown(page: RuleEditPage, forms: Sequence[StageForm]) -> list[StageShown]:
    """Return the stages of an outcome with their lists of people."""
    names = names_of_people(rt(), (person.value for person in page.people))
    return [
        StageShown(
            form=form,
            number=number,
            approvers=ruling.parties(page, form.approvers.form, names),
            alternates=ruling.parties(page, form.alternates.form, names),
            fallback=ruling.parties(page, form.fallback.form, names),
        )
        for number, form in enumerate(forms, 1)
    ]


def _show(page: RuleEditPage, form: RuleForm, *, block: str, **context: object) -> str:
    return page_or_block(
        "rules/edit.html", block=block, shown=_shown(page, form), form=form, action=_action(), **context
    )


def _action() -> str:
    scope = request.args.get("scope")
    if request.view_args:
        return url_for("rules_editing.change", **request.view_args)
    return url_for("rules_editing.create", scope=scope)


def _shown(page: RuleEditPage, form: RuleForm) -> RuleShown:
    names = dict(page.scopes)
    return RuleShown(
        page=page,
        whose=f"a rule of {names.get(page.scope_id) or page.tenant.name}",
        own=page.band in ("first", "last"),
        clauses=ruling.clause_rows(page, form),
        attributes=ruling.attributes(page),
        stages=stages_shown(page, [entry.form for entry in form.outcome.form.stages]),
        versions=_versions(page.versions),
    )


def _versions(rows: Sequence[VersionRow]) -> list[VersionShown]:
    lines = [_lines(row) for row in rows]
    older = [*lines[1:], ()][: len(lines)]
    return [
        VersionShown(
            row=row,
            gone=tuple(each for each in before if each not in now),
            came=tuple(each for each in now if each not in before),
        )
        for row, now, before in zip(rows, lines, older, strict=True)
    ]


def _lines(row: VersionRow) -> tuple[str, ...]:
    return () if row.removed else (*row.when, f"then {row.then}")
