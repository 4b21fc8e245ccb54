"""Access packages: what can be asked for in the tenant that an admin administers."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from selfservice.model.refusal import NotFound, Refused
from selfservice.services import cataloguing
from selfservice.services.overview.admin import package_form, packages
from selfservice.services.overview.admin_policy import policy_offer
from selfservice.web import offering
from selfservice.web.access import Who, access
from selfservice.web.bridge import rt
from selfservice.web.errors import status_of
from selfservice.web.forms.fields import option
from selfservice.web.forms.packages import NO_CATALOG, PackageForm
from selfservice.web.viewer import me

bp = Blueprint("admin_packages", __name__, url_prefix="/admin/packages")


@bp.get("")
@access(Who.ADMIN_OR_AUDITOR)
def index() -> ResponseReturnValue:
    """List the packages."""
    return render_template("admin/packages.html", packages=packages(rt(), me()), viewer=me())


@bp.get("/new")
@access(Who.ADMIN)
def new() -> ResponseReturnValue:
    """Show an empty form."""
    return _show(PackageForm())


@bp.post("/new")
@access(Who.ADMIN, changes=True)
def create() -> ResponseReturnValue:
    """Create a package; or, with the find button, look something up first."""
    return _save(PackageForm(request.form))


@bp.get("/<package_id>")
@access(Who.ADMIN)
def edit(package_id: str) -> ResponseReturnValue:
    """Show what a package says."""
    form = PackageForm()
    offering.fill(form, package_form(rt(), me(), package_id))
    return _show(form, package_id=package_id)


@bp.post("/<package_id>")
@access(Who.ADMIN, changes=True)
def change(package_id: str) -> ResponseReturnValue:
    """Change a package; or, with the find button, look something up first."""
    return _save(PackageForm(request.form), package_id=package_id)


@bp.post("/<package_id>/publish")
@access(Who.ADMIN, changes=True)
def publish(package_id: str) -> ResponseReturnValue:
    """Open a package for requests."""
    cataloguing.publish(rt(), package_id, by=me())
    return redirect(url_for(".edit", package_id=package_id), 303)


@bp.post("/<package_id>/retire")
@access(Who.ADMIN, changes=True)
def retire(package_id: str) -> ResponseReturnValue:
    """Close a package for new requests."""
    cataloguing.retire(rt(), package_id, by=me())
    return redirect(url_for(".edit", package_id=package_id), 303)


def _save(form: PackageForm, *, package_id: str | None = None) -> ResponseReturnValue:
    if "find" in request.form:
        if request.form["find"] == "question":
            form.questions.append_entry()
        return _show(form, package_id=package_id)
    if not form.validate():
        return _show(form, package_id=package_id), 400
    draft = form.draft(package_form(rt(), me(), package_id).tenant.tenant_id)
    try:
        if package_id is None:
            package_id = cataloguing.create_package(rt(), draft, by=me())
        else:
            cataloguing.change_package(rt(), package_id, draft, by=me())
    except NotFound:
        raise
    except Refused as refusal:
        return _show(form, package_id=package_id, refusal=refusal), status_of(refusal)
    return redirect(url_for(".edit", package_id=package_id, saved="yes"), 303)


def _show(form: PackageForm, *, package_id: str | None = None, refusal: Refused | None = None) -> str:
    offer = package_form(rt(), me(), package_id, search=str(form.role_search.data or ""))
    parties = package_form(rt(), me(), package_id, search=str(form.party_search.data or ""))
    form.catalog_id.choices = [NO_CATALOG, *(option(*each) for each in offer.catalogs)]
    policy = form.policy.form
    asking = policy_offer(rt(), me(), search=str(policy.group_search.data or ""), chosen=policy.groups.data or ())
    return render_template(
        "admin/package.html",
        form=form,
        offer=offer,
        roles=offering.role_options(offer, form),
        approvers=offering.approver_options(parties, form),
        owners=offering.owner_options(parties, form),
        tags=offering.tag_options(offer, form),
        homes=offering.home_options(asking, policy),
        groups=offering.group_options(asking, policy),
        refusal=refusal,
        saved="saved" in request.args,
        action=request.path,
    )
