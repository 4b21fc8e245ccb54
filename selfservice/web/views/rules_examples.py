"""Examples that must stay true: they guard every change of the rules."""

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from selfservice.model.refusal import NotFound, Refused
from selfservice.model.rules.codec import outcome_from_data, outcome_to_data
from selfservice.services.overview.rule_examples import answer_now, case_about, example_shown
from selfservice.services.overview.rule_keepers import scopes_kept
from selfservice.services.overview.rule_rows import RuleEditPage
from selfservice.services.overview.rules import edit_page
from selfservice.services.rules.edits import ExampleDraft
from selfservice.services.rules.examples import remove_example, save_example
from selfservice.web import ruling
from selfservice.web.access import Who, access
from selfservice.web.bridge import rt
from selfservice.web.errors import status_of
from selfservice.web.forms.rule_examples import ExampleForm, case_of
from selfservice.web.forms.rule_outcomes import FIRST_STAGE, outcome_of
from selfservice.web.fragments import page as page_or_block
from selfservice.web.rule_drafts import press_outcome, searched
from selfservice.web.rule_pages import show_whose, stages_shown
from selfservice.web.viewer import me

bp = Blueprint("rules_examples", __name__, url_prefix="/rules/examples")


@bp.get("/new")
@access(Who.SIGNED_IN)
def new() -> ResponseReturnValue:
    """Show an empty form, once it is clear whose example it will be."""
    scopes = scopes_kept(rt(), me())
    if not scopes:
        raise NotFound
    if len(scopes) > 1 and "scope" not in request.args:
        return show_whose(scopes, "rules_examples.new")
    page = _page(_scope(scopes[0][0]))
    return _show(page, ExampleForm(data={"expected": {"stages": [FIRST_STAGE]}}))


@bp.post("/new")
@access(Who.SIGNED_IN, changes=True)
def create() -> ResponseReturnValue:
    """Do what was pressed in the form of a new example."""
    return _work(_page(_scope()))


@bp.get("/<example_id>")
@access(Who.SIGNED_IN)
def edit(example_id: str) -> ResponseReturnValue:
    """Show an example."""
    kept = example_shown(rt(), example_id, me())
    data = {"name": kept.name, **case_of(kept.facts), "expected": outcome_of(outcome_to_data(kept.expected))}
    return _show(_page(kept.scope_id), ExampleForm(data=data), example_id)


@bp.post("/<example_id>")
@access(Who.SIGNED_IN, changes=True)
def change(example_id: str) -> ResponseReturnValue:
    """Do what was pressed in the form of an example."""
    return _work(_page(example_shown(rt(), example_id, me()).scope_id), example_id)


@bp.post("/<example_id>/remove")
@access(Who.SIGNED_IN, changes=True)
def remove(example_id: str) -> ResponseReturnValue:
    """Let an example guard the rules no more."""
    waits = remove_example(rt(), example_id, by=me())
    return redirect(url_for("rules.index", done="waiting" if waits else None), 303)


def _scope(otherwise: str = "") -> str:
    scope = request.args.get("scope", otherwise)
    return "" if scope == "tenant" else scope


def _page(scope_id: str) -> RuleEditPage:
    return edit_page(rt(), me(), None, scope_id=scope_id, search=searched(request.form))


def _work(page: RuleEditPage, example_id: str | None = None) -> ResponseReturnValue:
    form, button = ExampleForm(request.form), request.form.get("do", "save")
    if press_outcome(form.expected.form, button):
        return _show(page, form, example_id)
    if button == "answer":
        return _show(page, _answered(form), example_id)
    if not form.validate():
        return _show(page, form, example_id, checked=True), 400
    try:
        waits = _save(page, form, example_id)
    except NotFound:
        raise
    except Refused as refusal:
        return _show(page, form, example_id, refusal=refusal), status_of(refusal)
    return redirect(url_for("rules.index", done="waiting" if waits else None, _anchor="examples"), 303)


def _save(page: RuleEditPage, form: ExampleForm, example_id: str | None) -> str | None:
    return save_example(
        rt(),
        page.tenant.tenant_id,
        ExampleDraft(
            name=str(form.name.data),
            scope_id=page.scope_id,
            facts=case_about(rt(), form.facts(tenant_id=page.tenant.tenant_id), me()),
            expected=outcome_from_data(form.expected.form.plain()),
        ),
        by=me(),
        example_id=example_id,
    )


def _answered(form: ExampleForm) -> ExampleForm:
    """Return the form with what the rules say to its case now, where it names a package."""
    if not form.package.data:
        form.package.errors = ["Choose a package first."]
        return form
    facts = case_about(rt(), form.facts(tenant_id=me().tenant_id), me())
    said = outcome_to_data(answer_now(rt(), facts, me()))
    return ExampleForm(data={"name": form.name.data, **case_of(facts), "expected": outcome_of(said)})


def _show(
    page: RuleEditPage,
    form: ExampleForm,
    example_id: str | None = None,
    *,
    checked: bool = False,
    refusal: Refused | None = None,
) -> str:
    form.offer(page)
    return page_or_block(
        "rules/example.html",
        block="work",
        page=page,
        form=form,
        example_id=example_id,
        stages=stages_shown(page, [entry.form for entry in form.expected.form.stages]),
        problems=ruling.problems(form) if checked else [],
        refusal=refusal,
        action=request.full_path.rstrip("?"),
    )
