"""The audit trail."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from selfservice.services.overview.admin import audit
from selfservice.web.access import Who, access
from selfservice.web.bridge import rt
from selfservice.web.viewer import me

bp = Blueprint("admin_audit", __name__, url_prefix="/admin/audit")
FILTERS = ("action", "object_id", "person")


@bp.get("")
@access(Who.ADMIN_OR_AUDITOR)
def index() -> ResponseReturnValue:
    """List who did what, why and when."""
    after = request.args.get("after")
    filters = {name: request.args.get(name, "").strip()[:100] for name in FILTERS}
    return render_template(
        "admin/audit.html",
        events=audit(rt(), me(), after, **filters),
        filters=filters,
        after=after,
    )
