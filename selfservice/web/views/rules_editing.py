"""Writing a rule: the form, what it would do, and the last look before it is kept."""

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from selfservice.model.refusal import NotFound, Refused
from selfservice.services.overview.rule_examples import edits_replayed
from selfservice.services.overview.rule_keepers import scopes_kept
from selfservice.services.overview.rule_rows import RuleEditPage
from selfservice.services.overview.rules import edit_page
from selfservice.services.rules import editing
from selfservice.services.rules.edits import Move, Put, Remove
from selfservice.services.rules.replaying import ask_replay
from selfservice.web.access import Who, access
from selfservice.web.bridge import rt
from selfservice.web.errors import status_of
from selfservice.web.forms.rules import RuleForm, SaveForm, SeenForm
from selfservice.web.rule_drafts import draft_of, form_of, fresh_form, press, put_of, searched, unpack
from selfservice.web.rule_pages import show_read_only, show_rule, show_tried, show_whose
from selfservice.web.rule_reviews import show_review
from selfservice.web.viewer import me
from selfservice.web.views.rules import show_book

bp = Blueprint("rules_editing", __name__, url_prefix="/rules")


@bp.get("/new")
@access(Who.SIGNED_IN)
def new() -> ResponseReturnValue:
    """Show an empty form, once it is clear whose rule it will be."""
    scopes = scopes_kept(rt(), me())
    if not scopes:
        raise NotFound
    if len(scopes) > 1 and "scope" not in request.args:
        return show_whose(scopes, "rules_editing.new")
    return _first_look(edit_page(rt(), me(), None, scope_id=_scope(scopes[0][0])))


@bp.post("/new")
@access(Who.SIGNED_IN, changes=True)
def create() -> ResponseReturnValue:
    """Do what was pressed in the form of a new rule."""
    return _work(edit_page(rt(), me(), None, scope_id=_scope(), search=searched(request.form)))


@bp.get("/<rule_id>")
@access(Who.SIGNED_IN)
def edit(rule_id: str) -> ResponseReturnValue:
    """Show a rule in its form, with its versions."""
    page = edit_page(rt(), me(), rule_id)
    return _first_look(page) if page.can_edit else show_read_only(page)


@bp.post("/<rule_id>")
@access(Who.SIGNED_IN, changes=True)
def change(rule_id: str) -> ResponseReturnValue:
    """Do what was pressed in the form of a rule."""
    return _work(edit_page(rt(), me(), rule_id, search=searched(request.form)))


@bp.post("/book/save")
@access(Who.SIGNED_IN, changes=True)
def save() -> ResponseReturnValue:
    """Keep a change that was looked at."""
    form = SaveForm(request.form)
    edits = unpack(str(form.edits.data or ""))
    if not form.validate():
        return show_review(edits, form=form), 400
    try:
        waits = editing.save(rt(), me().tenant_id, edits, by=me(), why=str(form.why.data), seen_serial=form.serial)
    except NotFound:
        raise
    except Refused as refusal:
        return show_review(edits, form=form, refusal=refusal), status_of(refusal)
    return redirect(url_for("rules.index", done="waiting" if waits else "saved"), 303)


@bp.post("/<rule_id>/move")
@access(Who.SIGNED_IN, changes=True)
def move(rule_id: str) -> ResponseReturnValue:
    """Read a rule earlier or later."""
    text = request.form.get("position", "")
    edits = [Move(rule_id=rule_id, position=int(text) if text.isdecimal() else 1)]
    seen = SeenForm(request.form).serial
    try:
        waits = editing.save(rt(), me().tenant_id, edits, by=me(), why="read at another place", seen_serial=seen)
    except NotFound:
        raise
    except Refused as refusal:
        return show_book(refusal), status_of(refusal)
    return redirect(url_for("rules.index", done="waiting" if waits else None, _anchor=f"rule-{rule_id}"), 303)


@bp.get("/<rule_id>/remove")
@access(Who.SIGNED_IN)
def confirm_remove(rule_id: str) -> ResponseReturnValue:
    """Show what it would do to remove a rule, and ask why."""
    return show_review([Remove(rule_id=rule_id)])


def _scope(otherwise: str = "") -> str:
    scope = request.args.get("scope", otherwise)
    return "" if scope == "tenant" else scope


def _first_look(page: RuleEditPage) -> str:
    replay_id = request.args.get("replay")
    put = put_of(edits_replayed(rt(), replay_id, me())) if replay_id else None
    return show_rule(page, form_of(put.draft, seen=page.serial) if put else fresh_form(page))


def _work(page: RuleEditPage) -> ResponseReturnValue:
    if not page.can_edit:
        raise NotFound
    button = request.form.get("do", "review")
    if button == "edit":
        put = put_of(unpack(request.form.get("edits", "")))
        return show_rule(page, form_of(put.draft, seen=SeenForm(request.form).serial) if put else fresh_form(page))
    form = RuleForm(request.form)
    if press(form, button):
        return show_rule(page, form)
    if not form.validate():
        return show_tried(page, form) if button == "try" else (show_rule(page, form, checked=True), 400)
    return _with_edits(page, form, button)


def _with_edits(page: RuleEditPage, form: RuleForm, button: str) -> ResponseReturnValue:
    try:
        edits = [Put(rule_id=page.rule_id, draft=draft_of(page, form))]
        if button == "try":
            return show_tried(page, form, edits)
        if button == "replay":
            replay_id = ask_replay(rt(), me().tenant_id, edits, by=me(), months=form.back())
            return redirect(url_for("rules_replays.show", replay_id=replay_id), 303)
        return show_review(edits, seen=form.serial)
    except NotFound:
        raise
    except Refused as refusal:
        return show_rule(page, form, refusal=refusal), status_of(refusal)
