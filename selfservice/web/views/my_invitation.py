"""A guest's own way to a fresh link, without signing in: whatever is typed, the answer is the same."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from selfservice.services import redeeming
from selfservice.web.access import Who, access
from selfservice.web.bridge import rt
from selfservice.web.forms.redeeming import LinkForm

bp = Blueprint("my_invitation", __name__, url_prefix="/my-invitation")


@bp.get("")
@access(Who.ANYONE)
def index() -> ResponseReturnValue:
    """Ask for the address."""
    return render_template("my_invitation/index.html", form=LinkForm())


@bp.post("")
@access(Who.ANYONE, changes=True)
def send() -> ResponseReturnValue:
    """Take the address; what comes of it comes by mail alone."""
    form = LinkForm(request.form)
    if not form.validate():
        return render_template("my_invitation/index.html", form=form), 400
    redeeming.ask_link(rt(), str(form.address.data), request.remote_addr or "")
    return redirect(url_for(".sent"), 303)


@bp.get("/sent")
@access(Who.ANYONE)
def sent() -> ResponseReturnValue:
    """Say what happens now, if anything does."""
    return render_template("my_invitation/sent.html")
