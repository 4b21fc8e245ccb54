"""The guests whom I answer for: the list, one person over all tenants, and one of their accesses."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from selfservice.model.refusal import NotFound
from selfservice.services.ending import end_access
from selfservice.services.overview import guest_list, guests
from selfservice.services.overview.passport import passport
from selfservice.web.access import Who, access
from selfservice.web.bridge import rt
from selfservice.web.forms.ending import EndForm
from selfservice.web.forms.guest_look import SHOWN, guest_query, guests_looked_for
from selfservice.web.fragments import page, wants_fragment
from selfservice.web.viewer import me

bp = Blueprint("guests", __name__, url_prefix="/guests")


@bp.get("")
@access(Who.SIGNED_IN)
def index() -> ResponseReturnValue:
    """List my guests, one row a person."""
    look = guests_looked_for(request.args)
    return page(
        "guests/index.html",
        block="found",
        guests=guest_list.my_guests(rt(), me(), look),
        look=look,
        query=lambda **changes: guest_query(look, **changes),
        choices=SHOWN,
        oversees=guest_list.overseen_words(rt(), me()),
    )


@bp.get("/person/<guest_id>")
@access(Who.SIGNED_IN)
def person(guest_id: str) -> ResponseReturnValue:
    """Show all about one person as a guest; htmx asks again while something moves."""
    shown = passport(rt(), guest_id, me())
    if wants_fragment() and request.args.get("seen") == shown.version:
        return "", 204
    return page("guests/person.html", block="status", shown=shown)


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
