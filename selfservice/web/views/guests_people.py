"""Handing guests over to a colleague."""

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from selfservice.model.actor import PersonRef
from selfservice.model.refusal import NotFound, Refused
from selfservice.services import handing
from selfservice.services.overview.handing import guests_to_hand_over
from selfservice.services.overview.people import find_people
from selfservice.web.access import Who, access
from selfservice.web.bridge import rt
from selfservice.web.errors import status_of
from selfservice.web.forms.fields import option
from selfservice.web.forms.people import HandOverForm
from selfservice.web.fragments import page
from selfservice.web.viewer import me

bp = Blueprint("guests_people", __name__, url_prefix="/hand-over")


@bp.get("")
@access(Who.SIGNED_IN)
def hand_over() -> ResponseReturnValue:
    """Show the form; `guest` in the address marks guests in it."""
    return _show(HandOverForm(data={"guests": request.args.getlist("guest")}))


@bp.post("")
@access(Who.SIGNED_IN, changes=True)
def send_hand_over() -> ResponseReturnValue:
    """Ask a colleague to take guests over; or, with the find button, look for one first."""
    form = HandOverForm(request.form)
    if "find" in request.form:
        return _show(form)
    if not form.validate():
        return _show(form), 400
    to = PersonRef(tenant_id=me().tenant_id, object_id=str(form.person.data))
    try:
        handing.hand_over(rt(), form.guests.data or [], to=to, why=str(form.why.data), by=me())
    except NotFound:
        raise
    except Refused as refusal:
        return _show(form, refusal=refusal), status_of(refusal)
    return redirect(url_for("proposals.index"), 303)


def _show(form: HandOverForm, *, refusal: Refused | None = None) -> str:
    marked = form.guests.data or []
    found = guests_to_hand_over(rt(), me(), marked)
    form.guests.choices = [option(guest.guest_id, f"{guest.name}, at {guest.tenant}") for guest in found]
    people = find_people(rt(), me(), search=str(form.person_search.data or ""))
    form.person.choices = [option(each.object_id, ", ".join(filter(None, (each.name, each.detail)))) for each in people]
    return page("proposals/hand_over.html", block="colleagues", form=form, refusal=refusal)
