"""What I asked for, and how it stands."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from selfservice.model.refusal import NotFound, Refused
from selfservice.services import conversing, reminding
from selfservice.services.overview import requests
from selfservice.services.overview.rows import RequestPage
from selfservice.services.requesting import withdraw
from selfservice.web.access import Who, access
from selfservice.web.bridge import rt
from selfservice.web.errors import status_of
from selfservice.web.forms.conversing import AnswerForm
from selfservice.web.fragments import page, wants_fragment
from selfservice.web.viewer import me

bp = Blueprint("requests", __name__, url_prefix="/requests")


@bp.get("")
@access(Who.SIGNED_IN)
def index() -> ResponseReturnValue:
    """List what I asked for."""
    after = request.args.get("after")
    return render_template("requests/index.html", requests=requests.mine(rt(), me(), after), after=after)


@bp.get("/<request_id>")
@access(Who.SIGNED_IN)
def show(request_id: str) -> ResponseReturnValue:
    """Show one request; htmx asks again while it moves and is told nothing where nothing changed."""
    shown = requests.request_page(rt(), request_id, me())
    if wants_fragment() and request.args.get("seen") == shown.version:
        return "", 204
    return _page(shown)


@bp.get("/<request_id>/withdraw")
@access(Who.SIGNED_IN)
def confirm_withdraw(request_id: str) -> ResponseReturnValue:
    """Ask once more before a request is withdrawn."""
    shown = requests.request_page(rt(), request_id, me())
    if not shown.can_withdraw:
        raise NotFound
    return render_template("requests/withdraw.html", row=shown.row)


@bp.post("/<request_id>/withdraw")
@access(Who.SIGNED_IN, changes=True)
def send_withdraw(request_id: str) -> ResponseReturnValue:
    """Withdraw a request that nobody has decided yet."""
    withdraw(rt(), request_id, by=me())
    return redirect(url_for(".show", request_id=request_id), 303)


@bp.post("/<request_id>/answer")
@access(Who.SIGNED_IN, changes=True)
def answer(request_id: str) -> ResponseReturnValue:
    """Answer a question of those who decide."""
    form = AnswerForm(request.form)
    if not form.validate():
        return _again(request_id, form), 400
    try:
        conversing.answer(rt(), request_id, by=me(), text=str(form.answer.data))
    except NotFound:
        raise
    except Refused as refusal:
        return _again(request_id, form, refusal), status_of(refusal)
    return redirect(url_for(".show", request_id=request_id), 303)


@bp.post("/<request_id>/remind")
@access(Who.SIGNED_IN, changes=True)
def remind(request_id: str) -> ResponseReturnValue:
    """Remind those who are asked, once in each stage."""
    try:
        reminding.remind(rt(), request_id, by=me())
    except NotFound:
        raise
    except Refused as refusal:
        return _again(request_id, AnswerForm(), refusal), status_of(refusal)
    return redirect(url_for(".show", request_id=request_id, reminded="yes"), 303)


def _again(request_id: str, form: AnswerForm, refusal: Refused | None = None) -> str:
    return _page(requests.request_page(rt(), request_id, me()), form, refusal)


def _page(shown: RequestPage, form: AnswerForm | None = None, refusal: Refused | None = None) -> str:
    return page(
        "requests/show.html",
        block="status",
        shown=shown,
        row=shown.row,
        answer_form=form or AnswerForm(),
        refusal=refusal,
        reminded="reminded" in request.args,
    )
