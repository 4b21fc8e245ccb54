"""How the tenant looks after its guests: the settings, what would happen, and the brake."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from selfservice.model.refusal import NotFound, Refused
from selfservice.services import braking, regulating
from selfservice.services.overview.lifecycle import lifecycle_page, report
from selfservice.web.access import Who, access
from selfservice.web.bridge import rt
from selfservice.web.errors import status_of
from selfservice.web.forms.lifecycle import LifecycleForm
from selfservice.web.viewer import me

bp = Blueprint("admin_lifecycle", __name__, url_prefix="/admin/lifecycle")


@bp.get("")
@access(Who.ADMIN_OR_AUDITOR)
def index() -> ResponseReturnValue:
    """Show the settings, and how much would happen."""
    form, shown = LifecycleForm(), lifecycle_page(rt(), me())
    form.fill(shown.settings, shown.version, shown.overdue)
    return _show(form)


@bp.post("")
@access(Who.ADMIN, changes=True)
def change() -> ResponseReturnValue:
    """Change the settings."""
    form = LifecycleForm(request.form)
    if not form.validate():
        return _show(form), 400
    try:
        regulating.regulate(
            rt(), me().tenant_id, form.settings(), by=me(), seen=form.version(), confirmed=form.confirmed()
        )
    except NotFound:
        raise
    except Refused as refusal:
        return _show(form, refusal=refusal), status_of(refusal)
    return redirect(url_for(".index", saved="yes"), 303)


@bp.get("/report")
@access(Who.ADMIN_OR_AUDITOR)
def show_report() -> ResponseReturnValue:
    """List what would happen to which guest."""
    after = request.args.get("after")
    return render_template("admin/lifecycle_report.html", rows=report(rt(), me(), after), after=after)


@bp.post("/release")
@access(Who.ADMIN, changes=True)
def release() -> ResponseReturnValue:
    """Let what is due today happen, however much it is."""
    braking.release(rt(), me().tenant_id, by=me())
    return redirect(url_for(".index"), 303)


def _show(form: LifecycleForm, *, refusal: Refused | None = None) -> str:
    return render_template(
        "admin/lifecycle.html",
        form=form,
        shown=lifecycle_page(rt(), me()),
        refusal=refusal,
        saved="saved" in request.args,
    )
