"""Undoing what was done to a guest: one click, and back to the guest's page."""

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from selfservice.services import caring
from selfservice.web.access import Who, access
from selfservice.web.bridge import rt
from selfservice.web.viewer import me

bp = Blueprint("guests_acts", __name__, url_prefix="/guests/acts")


@bp.post("/<act_id>/undo")
@access(Who.SIGNED_IN, changes=True)
def undo(act_id: str) -> ResponseReturnValue:
    """Undo a block or a deletion."""
    caring.undo(rt(), act_id, by=me())
    guest_id = request.form.get("guest", "")[:64]
    return redirect(url_for("guests.person", guest_id=guest_id) if guest_id else url_for("guests.index"), 303)
