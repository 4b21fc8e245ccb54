"""What was proposed about guests: the list, one proposal or a whole bundle, and the answer."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from selfservice.services import agreeing, proposing
from selfservice.services.overview.proposals import bundle_page, inbox, proposal_page
from selfservice.web.access import Who, access
from selfservice.web.bridge import rt
from selfservice.web.forms.people import DeclineForm
from selfservice.web.viewer import me

bp = Blueprint("proposals", __name__, url_prefix="/proposals")


@bp.get("")
@access(Who.SIGNED_IN)
def index() -> ResponseReturnValue:
    """List what waits for my answer, and what I asked of others."""
    return render_template("proposals/index.html", inbox=inbox(rt(), me()))


@bp.get("/<proposal_id>")
@access(Who.SIGNED_IN)
def show(proposal_id: str) -> ResponseReturnValue:
    """Show one proposal."""
    return _one(proposal_id, DeclineForm())


@bp.post("/<proposal_id>/accept")
@access(Who.SIGNED_IN, changes=True)
def accept(proposal_id: str) -> ResponseReturnValue:
    """Agree."""
    agreeing.accept(rt(), proposal_id, by=me())
    return redirect(url_for(".show", proposal_id=proposal_id), 303)


@bp.post("/<proposal_id>/decline")
@access(Who.SIGNED_IN, changes=True)
def decline(proposal_id: str) -> ResponseReturnValue:
    """Say no, with a reason."""
    form = DeclineForm(request.form)
    if not form.validate():
        return _one(proposal_id, form), 400
    agreeing.decline(rt(), proposal_id, by=me(), why=str(form.why.data))
    return redirect(url_for(".show", proposal_id=proposal_id), 303)


@bp.post("/<proposal_id>/withdraw")
@access(Who.SIGNED_IN, changes=True)
def withdraw(proposal_id: str) -> ResponseReturnValue:
    """Take back what I proposed."""
    proposing.withdraw(rt(), proposal_id, by=me())
    return redirect(url_for(".show", proposal_id=proposal_id), 303)


@bp.get("/bundle/<bundle>")
@access(Who.SIGNED_IN)
def several(bundle: str) -> ResponseReturnValue:
    """Show all that was proposed together."""
    return _several(bundle, DeclineForm())


@bp.post("/bundle/<bundle>/accept")
@access(Who.SIGNED_IN, changes=True)
def accept_all(bundle: str) -> ResponseReturnValue:
    """Agree to all that waits for me."""
    agreeing.accept_all(rt(), bundle, by=me())
    return redirect(url_for(".several", bundle=bundle), 303)


@bp.post("/bundle/<bundle>/decline")
@access(Who.SIGNED_IN, changes=True)
def decline_all(bundle: str) -> ResponseReturnValue:
    """Say no to all that waits for me, with a reason."""
    form = DeclineForm(request.form)
    if not form.validate():
        return _several(bundle, form), 400
    agreeing.decline_all(rt(), bundle, by=me(), why=str(form.why.data))
    return redirect(url_for(".several", bundle=bundle), 303)


def _one(proposal_id: str, form: DeclineForm) -> str:
    rows = (proposal_page(rt(), proposal_id, me()),)
    return render_template("proposals/show.html", rows=rows, form=form, bundle="")


def _several(bundle: str, form: DeclineForm) -> str:
    return render_template("proposals/show.html", rows=bundle_page(rt(), bundle, me()), form=form, bundle=bundle)
