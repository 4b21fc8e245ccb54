"""Who may ask for anything in a tenant, for whom, and how often."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from selfservice.model.actor import Role
from selfservice.model.refusal import NotFound, Refused
from selfservice.services import policing
from selfservice.services.overview.admin_policy import policy_offer
from selfservice.web import offering
from selfservice.web.access import Who, access
from selfservice.web.bridge import rt
from selfservice.web.errors import status_of
from selfservice.web.forms.policies import PolicyForm
from selfservice.web.viewer import me

bp = Blueprint("admin_policy", __name__, url_prefix="/admin/asking")


@bp.get("")
@access(Who.ADMIN_OR_AUDITOR)
def index() -> ResponseReturnValue:
    """Show the policy of the whole tenant."""
    form = PolicyForm()
    form.fill(policy_offer(rt(), me()).policy)
    return _show(form)


@bp.post("")
@access(Who.ADMIN, changes=True)
def change() -> ResponseReturnValue:
    """Change the policy; or, with the find button, look for a group first."""
    form = PolicyForm(request.form)
    if "find" in request.form:
        return _show(form)
    if not form.validate():
        return _show(form), 400
    try:
        policing.set_policy(rt(), me().tenant_id, form.policy(), by=me())
    except NotFound:
        raise
    except Refused as refusal:
        return _show(form, refusal=refusal), status_of(refusal)
    return redirect(url_for(".index", saved="yes"), 303)


def _show(form: PolicyForm, *, refusal: Refused | None = None) -> str:
    offer = policy_offer(rt(), me(), search=str(form.group_search.data or ""), chosen=form.groups.data or ())
    return render_template(
        "admin/policy.html",
        form=form,
        offer=offer,
        homes=offering.home_options(offer, form),
        groups=offering.group_options(offer, form),
        refusal=refusal,
        saved="saved" in request.args,
        may_edit=Role.ADMIN in me().roles,
    )
