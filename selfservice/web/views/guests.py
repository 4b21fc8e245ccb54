"""The guests whom I answer for, and what they hold."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from selfservice.model.refusal import NotFound
from selfservice.services.ending import end_access
from selfservice.services.overview import guests
from selfservice.web.access import Who, access
from selfservice.web.bridge import rt
from selfservice.web.forms.ending import EndForm
from selfservice.web.fragments import page, wants_fragment
from selfservice.web.viewer import me

bp = Blueprint("guests", __name__, url_prefix="/guests")


@bp.get("")
@access(Who.SIGNED_IN)
def index() -> ResponseReturnValue:
    """List my guests."""
    after = request.args.get("after")
    return render_template("guests/index.html", guests=guests.my_guests(rt(), me(), after), after=after)


@bp.get("/<assignment_id>")
@access(Who.SIGNED_IN)
def show(assignment_id: str) -> ResponseReturnValue:
    """Show what a guest holds; htmx asks again while it ends and is told nothing where nothing changed."""
    shown = guests.guest_page(rt(), assignment_id, me())
    if wants_fragment() and request.args.get("seen") == shown.version:
        return "", 204
    return page("guests/show.html", block="status", shown=shown, row=shown.row)


@bp.get("/<assignment_id>/end")
@access(Who.SIGNED_IN)
def confirm_end(assignment_id: str) -> ResponseReturnValue:
    """Ask why before an access is ended."""
    shown = guests.guest_page(rt(), assignment_id, me())
    if not shown.row.can_end:
        raise NotFound
    return render_template("guests/end.html", shown=shown, form=EndForm())


@bp.post("/<assignment_id>/end")
@access(Who.SIGNED_IN, changes=True)
def send_end(assignment_id: str) -> ResponseReturnValue:
    """End an access now."""
    form = EndForm(request.form)
    if not form.validate():
        shown = guests.guest_page(rt(), assignment_id, me())
        return render_template("guests/end.html", shown=shown, form=form), 400
    end_access(rt(), assignment_id, by=me(), why=str(form.why.data))
    return redirect(url_for(".show", assignment_id=assignment_id), 303)
