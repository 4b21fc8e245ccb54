"""Connected organizations: partners by their domains, and who of ours answers for them."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from selfservice.model.refusal import NotFound, Refused
from selfservice.services import organizing
from selfservice.services.organizing import OrganizationDraft
from selfservice.services.overview import admin_organizations
from selfservice.web.access import Who, access
from selfservice.web.bridge import rt
from selfservice.web.errors import status_of
from selfservice.web.forms.catalogs import OrganizationForm
from selfservice.web.party_options import parties_chosen, party_options, party_value
from selfservice.web.viewer import me

bp = Blueprint("admin_organizations", __name__, url_prefix="/admin/organizations")


@bp.get("")
@access(Who.ADMIN_OR_AUDITOR)
def index() -> ResponseReturnValue:
    """List the connected organizations."""
    rows = admin_organizations.organizations(rt(), me())
    return render_template("admin/organizations.html", organizations=rows, may_edit="Admin" in me().roles)


@bp.get("/new")
@access(Who.ADMIN)
def new() -> ResponseReturnValue:
    """Show an empty form."""
    return _show(OrganizationForm())


@bp.post("/new")
@access(Who.ADMIN, changes=True)
def create() -> ResponseReturnValue:
    """Connect an organization; or, with the find button, look somebody up first."""
    return _save(OrganizationForm(request.form))


@bp.get("/<organization_id>")
@access(Who.ADMIN)
def edit(organization_id: str) -> ResponseReturnValue:
    """Show what is known of an organization."""
    shown = admin_organizations.organization_page(rt(), me(), organization_id)
    data = {
        "name": shown.name,
        "description": shown.description,
        "domains": "\n".join(shown.domains),
        "partner_tenant_id": shown.partner_tenant_id,
        "sponsors": [party_value(row) for row in shown.sponsors],
    }
    return _show(OrganizationForm(data=data), organization_id)


@bp.post("/<organization_id>")
@access(Who.ADMIN, changes=True)
def change(organization_id: str) -> ResponseReturnValue:
    """Change an organization; or, with the find button, look somebody up first."""
    return _save(OrganizationForm(request.form), organization_id)


@bp.post("/<organization_id>/remove")
@access(Who.ADMIN, changes=True)
def remove(organization_id: str) -> ResponseReturnValue:
    """Disconnect an organization."""
    organizing.remove_organization(rt(), organization_id, by=me())
    return redirect(url_for(".index"), 303)


def _save(form: OrganizationForm, organization_id: str | None = None) -> ResponseReturnValue:
    if "find" in request.form:
        return _show(form, organization_id)
    if not form.validate():
        return _show(form, organization_id), 400
    draft = OrganizationDraft(
        tenant_id=me().tenant_id,
        name=str(form.name.data),
        domains=form.domain_lines(),
        description=str(form.description.data or ""),
        partner_tenant_id=str(form.partner_tenant_id.data or ""),
        sponsors=parties_chosen(form.sponsors.data),
    )
    try:
        kept = organizing.save_organization(rt(), draft, by=me(), organization_id=organization_id)
    except NotFound:
        raise
    except Refused as refusal:
        return _show(form, organization_id, refusal), status_of(refusal)
    return redirect(url_for(".edit", organization_id=kept, saved="yes"), 303)


def _show(form: OrganizationForm, organization_id: str | None = None, refusal: Refused | None = None) -> str:
    search = str(form.party_search.data or "")
    shown = admin_organizations.organization_page(rt(), me(), organization_id, search=search)
    return render_template(
        "admin/organization.html",
        form=form,
        shown=shown,
        sponsors=party_options(shown.parties, form.sponsors.data),
        refusal=refusal,
        saved="saved" in request.args,
        action=request.path,
    )
