"""The inbox of those who decide, and one request with all that is needed to do so."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import Form

from selfservice.model.refusal import NotFound, Refused
from selfservice.services import approving, conversing
from selfservice.services.overview import deciding
from selfservice.services.overview.decision_rows import DecisionPage
from selfservice.web.access import Who, access
from selfservice.web.bridge import rt
from selfservice.web.errors import status_of
from selfservice.web.forms.conversing import QuestionForm
from selfservice.web.forms.deciding import ApproveForm, DenyForm, WithdrawForm
from selfservice.web.forms.inbox import WHOSE, looked_for
from selfservice.web.fragments import page
from selfservice.web.viewer import me

bp = Blueprint("decide", __name__, url_prefix="/decide")


@dataclass(frozen=True, kw_only=True)
class Typed:
    """What comes back with the page: the form that was sent, what it had seen, and why it was refused."""

    form: Form | None = None
    seen: str | None = None
    refusal: Refused | None = None


NOTHING = Typed()


@bp.get("")
@access(Who.SIGNED_IN)
def index() -> ResponseReturnValue:
    """List what waits for my decision, or what I was asked about before."""
    look = looked_for(request.args)
    found = look.inbox(rt(), me())
    tenants = {row.tenant.alias: row.tenant for row in found.rows}
    return page("decide/index.html", block="found", inbox=found, look=look, choices=WHOSE, tenants=tenants)


@bp.get("/<request_id>")
@access(Who.SIGNED_IN)
def show(request_id: str) -> ResponseReturnValue:
    """Show all that is needed to decide."""
    return _show(request_id)


@bp.post("/<request_id>/approve")
@access(Who.SIGNED_IN, changes=True)
def approve(request_id: str) -> ResponseReturnValue:
    """Agree to the request as it was on the page, or to a shorter time."""
    form = ApproveForm(request.form)

    def decide(seen: str) -> None:
        words, until = str(form.justification.data or ""), form.ends_on.data
        approving.approve(rt(), request_id, by=me(), seen=seen, justification=words, ends_on=until)

    return _decide(request_id, form, decide)


@bp.post("/<request_id>/deny")
@access(Who.SIGNED_IN, changes=True)
def deny(request_id: str) -> ResponseReturnValue:
    """Say no, with the reason."""
    form = DenyForm(request.form)

    def decide(seen: str) -> None:
        approving.deny(rt(), request_id, by=me(), seen=seen, justification=str(form.reason.data))

    return _decide(request_id, form, decide)


@bp.post("/<request_id>/ask")
@access(Who.SIGNED_IN, changes=True)
def ask(request_id: str) -> ResponseReturnValue:
    """Ask for more before deciding."""
    form = QuestionForm(request.form)
    return _decide(request_id, form, lambda _: conversing.ask(rt(), request_id, by=me(), text=str(form.question.data)))


@bp.get("/<request_id>/withdraw")
@access(Who.SIGNED_IN)
def confirm_withdraw(request_id: str) -> ResponseReturnValue:
    """Ask why before an approval is withdrawn."""
    return _confirm_withdraw(request_id, WithdrawForm())


@bp.post("/<request_id>/withdraw")
@access(Who.SIGNED_IN, changes=True)
def send_withdraw(request_id: str) -> ResponseReturnValue:
    """Withdraw my approval."""
    form = WithdrawForm(request.form)
    if not form.validate():
        return _confirm_withdraw(request_id, form), 400
    try:
        approving.withdraw_approval(rt(), request_id, by=me(), why=str(form.why.data))
    except NotFound:
        raise
    except Refused as refusal:
        return _confirm_withdraw(request_id, form, refusal), status_of(refusal)
    return redirect(url_for(".show", request_id=request_id), 303)


def _confirm_withdraw(request_id: str, form: WithdrawForm, refusal: Refused | None = None) -> str:
    shown = deciding.decision_page(rt(), request_id, me())
    if not shown.may_withdraw_approval and refusal is None:
        raise NotFound
    return render_template("decide/withdraw.html", row=shown.request.row, form=form, refusal=refusal)


def _decide(request_id: str, form: Form, decide: Callable[[str], object]) -> ResponseReturnValue:
    seen = str(form["seen"].data or "") if "seen" in form else ""
    if not form.validate():
        return _show(request_id, Typed(form=form, seen=seen)), 400
    try:
        decide(seen)
    except NotFound:
        raise
    except Refused as refusal:
        return _show(request_id, Typed(form=form, seen=seen, refusal=refusal)), status_of(refusal)
    return redirect(url_for(".show", request_id=request_id), 303)


def _show(request_id: str, typed: Typed = NOTHING) -> str:
    shown = deciding.decision_page(rt(), request_id, me(), seen=typed.seen or None)
    approve_form, deny_form = _approve_form(shown, typed.form), _deny_form(typed.form)
    for form in (approve_form, deny_form):
        # The page says what the request is now, and what has changed: the next decision is about that.
        form.seen.data = shown.request.content_hash
    return render_template(
        "decide/show.html",
        shown=shown,
        row=shown.request.row,
        approve_form=approve_form,
        deny_form=deny_form,
        question_form=typed.form if isinstance(typed.form, QuestionForm) else QuestionForm(),
        refusal=typed.refusal,
        earliest=rt().clock().date() + timedelta(days=1),
    )


def _approve_form(shown: DecisionPage, typed: Form | None) -> ApproveForm:
    form = typed if isinstance(typed, ApproveForm) else ApproveForm(data={"ends_on": shown.latest_end})
    if form.ends_on.data is not None and form.ends_on.data > shown.latest_end:
        # What was typed would be shown before what is set here.
        form.ends_on.data, form.ends_on.raw_data = shown.latest_end, None
    if shown.justification_required:
        form.justification.label.text = "Why do you agree?"
        form.justification.description = "The rule asks for a reason."
    return form


def _deny_form(typed: Form | None) -> DenyForm:
    return typed if isinstance(typed, DenyForm) else DenyForm()
