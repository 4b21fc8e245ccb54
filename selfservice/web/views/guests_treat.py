"""How a guest is treated: as a guest, or as a member whom people may find in the address list."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from selfservice.model.refusal import NotFound, Refused
from selfservice.services import treating
from selfservice.services.overview.treatment import treatment_page
from selfservice.web.access import Who, access
from selfservice.web.bridge import rt
from selfservice.web.errors import status_of
from selfservice.web.forms.redeeming import TreatForm
from selfservice.web.viewer import me

bp = Blueprint("guests_treat", __name__, url_prefix="/guests")


@bp.get("/person/<guest_id>/treatment")
@access(Who.SIGNED_IN)
def show(guest_id: str) -> ResponseReturnValue:
    """Show both facts, and ask for a change."""
    return _show(guest_id, TreatForm())


@bp.post("/person/<guest_id>/treatment")
@access(Who.SIGNED_IN, changes=True)
def send(guest_id: str) -> ResponseReturnValue:
    """Ask an admin to agree to the change."""
    form = TreatForm(request.form)
    if not form.validate():
        return _show(guest_id, form), 400
    try:
        treating.ask(rt(), guest_id, form.wish, by=me())
    except NotFound:
        raise
    except Refused as refusal:
        return _show(guest_id, form, refusal=refusal), status_of(refusal)
    return redirect(url_for(".show", guest_id=guest_id), 303)


@bp.post("/treatment/<treatment_id>/listed")
@access(Who.SIGNED_IN, changes=True)
def listed(treatment_id: str) -> ResponseReturnValue:
    """Say that the address list is done."""
    guest_id = treating.list_is_done(rt(), treatment_id, by=me())
    return redirect(url_for(".show", guest_id=guest_id), 303)


@bp.post("/treatment/<treatment_id>/call-off")
@access(Who.SIGNED_IN, changes=True)
def call_off(treatment_id: str) -> ResponseReturnValue:
    """Give the change up."""
    guest_id = treating.call_off(rt(), treatment_id, by=me())
    return redirect(url_for(".show", guest_id=guest_id), 303)


def _show(guest_id: str, form: TreatForm, *, refusal: Refused | None = None) -> str:
    shown = treatment_page(rt(), guest_id, me())
    if form.user_type.data is None:
        form.user_type.data = shown.wanted.value
    return render_template("guests/treatment.html", shown=shown, form=form, refusal=refusal)
