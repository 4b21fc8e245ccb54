"""Guests whom others made: an admin has them taken in, or leaves them alone."""

from datetime import timedelta

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from selfservice.model.actor import PersonRef
from selfservice.model.lifecycle import DEFAULT
from selfservice.model.refusal import NotFound, Refused
from selfservice.services import adopting
from selfservice.services.overview.adopting import strangers_of
from selfservice.services.overview.people import find_people
from selfservice.web.access import Who, access
from selfservice.web.bridge import rt
from selfservice.web.errors import status_of
from selfservice.web.forms.adopting import AdoptForm, StrangersForm
from selfservice.web.forms.fields import option
from selfservice.web.fragments import page
from selfservice.web.viewer import me

bp = Blueprint("admin_adoption", __name__, url_prefix="/admin/adoption")


@bp.get("")
@access(Who.ADMIN)
def index() -> ResponseReturnValue:
    """List guests whom nobody here knows."""
    return _show(AdoptForm(data={"until": rt().clock().date() + timedelta(days=DEFAULT.adopt_days)}))


@bp.post("")
@access(Who.ADMIN, changes=True)
def send() -> ResponseReturnValue:
    """Ask a colleague to answer for them; or, with the find button, look for one first."""
    form = AdoptForm(request.form)
    if "find" in request.form:
        return _show(form)
    if not form.validate() or form.until.data is None:
        return _show(form), 400
    to = PersonRef(tenant_id=me().tenant_id, object_id=str(form.person.data))
    try:
        adopting.propose(rt(), form.guests.data or [], sponsor=to, ends_on=form.until.data, by=me())
    except NotFound:
        raise
    except Refused as refusal:
        return _show(form, refusal=refusal), status_of(refusal)
    return redirect(url_for("proposals.index"), 303)


@bp.post("/leave-alone")
@access(Who.ADMIN, changes=True)
def leave_alone() -> ResponseReturnValue:
    """Remember that somebody else looks after them."""
    form = StrangersForm(request.form)
    if not form.validate():
        return _show(AdoptForm(request.form)), 400
    adopting.leave_alone(rt(), form.guests.data or [], by=me())
    return redirect(url_for(".index"), 303)


def _show(form: AdoptForm, *, refusal: Refused | None = None) -> str:
    after = request.args.get("after", "")
    found = strangers_of(rt(), me(), after)
    form.guests.choices = [option(each.object_id, each.words) for each in found.rows]
    people = find_people(rt(), me(), search=str(form.person_search.data or ""))
    form.person.choices = [option(each.object_id, ", ".join(filter(None, (each.name, each.detail)))) for each in people]
    return page("proposals/adoption.html", block="colleagues", form=form, found=found, after=after, refusal=refusal)
