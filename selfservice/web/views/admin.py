"""An admin's first page: how fresh each tenant's mirror is, and what its policies say."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from selfservice.services.overview.admin import tenants
from selfservice.services.retrying import release_brake
from selfservice.web.access import Who, access
from selfservice.web.bridge import rt
from selfservice.web.viewer import me

bp = Blueprint("admin", __name__, url_prefix="/admin")


@bp.get("")
@access(Who.ADMIN_OR_AUDITOR)
def index() -> ResponseReturnValue:
    """Show the tenants."""
    return render_template("admin/tenants.html", tenants=tenants(rt(), me()))


@bp.post("/tenants/<tenant_id>/release")
@access(Who.ADMIN, changes=True)
def release(tenant_id: str) -> ResponseReturnValue:
    """Let deliveries to a tenant go on."""
    release_brake(rt(), tenant_id, by=me())
    return redirect(url_for(".index"), 303)
