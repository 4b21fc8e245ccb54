"""Mails that could not be sent, and are sent again by hand."""

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from selfservice.services.retrying import resend_mail
from selfservice.web.access import Who, access
from selfservice.web.bridge import rt
from selfservice.web.viewer import me

bp = Blueprint("admin_mails", __name__, url_prefix="/admin/mails")


@bp.post("/<mail_id>/resend")
@access(Who.ADMIN, changes=True)
def resend(mail_id: str) -> ResponseReturnValue:
    """Send it again."""
    request_id = resend_mail(rt(), mail_id, by=me())
    if request_id is None:
        return redirect(url_for("admin_deliveries.index"), 303)
    return redirect(url_for("requests.show", request_id=request_id), 303)
