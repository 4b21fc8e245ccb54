"""Deliveries: what the worker does in the directory, and what failed."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from selfservice.services.overview import admin
from selfservice.services.retrying import retry_delivery
from selfservice.web.access import Who, access
from selfservice.web.bridge import rt
from selfservice.web.viewer import me

bp = Blueprint("admin_deliveries", __name__, url_prefix="/admin/deliveries")


@bp.get("")
@access(Who.ADMIN_OR_AUDITOR)
def index() -> ResponseReturnValue:
    """List deliveries, those that failed first where asked."""
    after, state = request.args.get("after"), request.args.get("state", "")
    return render_template(
        "admin/deliveries.html",
        deliveries=admin.deliveries(rt(), me(), after, state=state),
        state=state,
        after=after,
    )


@bp.get("/<delivery_id>")
@access(Who.ADMIN_OR_AUDITOR)
def show(delivery_id: str) -> ResponseReturnValue:
    """Show every step of a delivery."""
    shown = admin.delivery_page(rt(), delivery_id, me())
    return render_template("admin/delivery.html", shown=shown)


@bp.post("/<delivery_id>/retry")
@access(Who.ADMIN, changes=True)
def retry(delivery_id: str) -> ResponseReturnValue:
    """Try the failed steps again."""
    retry_delivery(rt(), delivery_id, by=me())
    return redirect(url_for(".show", delivery_id=delivery_id), 303)
