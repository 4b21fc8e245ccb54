"""What I asked for, and how it stands."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from selfservice.model.refusal import NotFound
from selfservice.services.overview import requests
from selfservice.services.requesting import withdraw
from selfservice.web.access import Who, access
from selfservice.web.bridge import rt
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
    return page("requests/show.html", block="status", shown=shown, row=shown.row)


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
