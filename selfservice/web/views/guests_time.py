"""Accesses that end: extend them, let them expire, or think again."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from selfservice.model.refusal import NotFound, Refused
from selfservice.services import extending, lapsing
from selfservice.services.overview.endings import ending_page, endings
from selfservice.web.access import Who, access
from selfservice.web.bridge import rt
from selfservice.web.errors import status_of
from selfservice.web.forms.extending import ExtendForm
from selfservice.web.present import day
from selfservice.web.viewer import me

bp = Blueprint("guests_time", __name__, url_prefix="/extend")


@bp.get("")
@access(Who.SIGNED_IN)
def index() -> ResponseReturnValue:
    """List what ends soon and waits for a decision of mine."""
    after = request.args.get("after")
    return render_template("endings/index.html", guests=endings(rt(), me(), after), after=after)


@bp.get("/<assignment_id>")
@access(Who.SIGNED_IN)
def extend(assignment_id: str) -> ResponseReturnValue:
    """Show how long an access lasts, and the form to extend it."""
    return _show(assignment_id, ExtendForm())


@bp.post("/<assignment_id>")
@access(Who.SIGNED_IN, changes=True)
def send_extend(assignment_id: str) -> ResponseReturnValue:
    """Ask that an access goes on."""
    form = ExtendForm(request.form)
    if not form.validate():
        return _show(assignment_id, form), 400
    try:
        request_id = extending.extend(rt(), assignment_id, form.extension(), by=me())
    except NotFound:
        raise
    except Refused as refusal:
        return _show(assignment_id, form, refusal=refusal), status_of(refusal)
    return redirect(url_for("requests.show", request_id=request_id), 303)


@bp.post("/<assignment_id>/let-expire")
@access(Who.SIGNED_IN, changes=True)
def let_expire(assignment_id: str) -> ResponseReturnValue:
    """Let an access end on its day."""
    lapsing.let_expire(rt(), assignment_id, by=me())
    return redirect(url_for(".extend", assignment_id=assignment_id), 303)


@bp.post("/<assignment_id>/think-again")
@access(Who.SIGNED_IN, changes=True)
def think_again(assignment_id: str) -> ResponseReturnValue:
    """Leave it open again whether an access ends on its day."""
    lapsing.think_again(rt(), assignment_id, by=me())
    return redirect(url_for(".extend", assignment_id=assignment_id), 303)


def _show(assignment_id: str, form: ExtendForm, *, refusal: Refused | None = None) -> str:
    shown = ending_page(rt(), assignment_id, me())
    if form.new_end.data is None and shown.can_extend and request.method == "GET":
        form.new_end.data = shown.last
    form.new_end.description = f"{day(shown.last)} is the latest."
    return render_template("endings/extend.html", shown=shown, row=shown.row, form=form, refusal=refusal)
