"""Catalogs: access packages that the same people keep."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from selfservice.model.refusal import NotFound, Refused
from selfservice.services import catalogs
from selfservice.services.catalogs import CatalogDraft
from selfservice.services.overview import admin_catalogs
from selfservice.web.access import Who, access
from selfservice.web.bridge import rt
from selfservice.web.errors import status_of
from selfservice.web.forms.catalogs import CatalogForm
from selfservice.web.party_options import parties_chosen, party_options, party_value
from selfservice.web.viewer import me

bp = Blueprint("admin_catalogs", __name__, url_prefix="/admin/catalogs")


@bp.get("")
@access(Who.ADMIN_OR_AUDITOR)
def index() -> ResponseReturnValue:
    """List the catalogs."""
    rows = admin_catalogs.catalogs(rt(), me())
    return render_template("admin/catalogs.html", catalogs=rows, may_edit="Admin" in me().roles)


@bp.get("/new")
@access(Who.ADMIN)
def new() -> ResponseReturnValue:
    """Show an empty form."""
    return _show(CatalogForm())


@bp.post("/new")
@access(Who.ADMIN, changes=True)
def create() -> ResponseReturnValue:
    """Make a catalog; or, with the find button, look somebody up first."""
    return _save(CatalogForm(request.form))


@bp.get("/<catalog_id>")
@access(Who.ADMIN)
def edit(catalog_id: str) -> ResponseReturnValue:
    """Show what a catalog says."""
    shown = admin_catalogs.catalog_page(rt(), me(), catalog_id)
    owners = [party_value(row) for row in shown.owners]
    return _show(CatalogForm(data={"name": shown.name, "description": shown.description, "owners": owners}), catalog_id)


@bp.post("/<catalog_id>")
@access(Who.ADMIN, changes=True)
def change(catalog_id: str) -> ResponseReturnValue:
    """Change a catalog; or, with the find button, look somebody up first."""
    return _save(CatalogForm(request.form), catalog_id)


@bp.post("/<catalog_id>/put-in")
@access(Who.ADMIN, changes=True)
def put_in(catalog_id: str) -> ResponseReturnValue:
    """Put a package into a catalog."""
    admin_catalogs.catalog_page(rt(), me(), catalog_id)
    catalogs.move_package(rt(), request.form.get("package", ""), catalog_id, by=me())
    return redirect(url_for(".edit", catalog_id=catalog_id), 303)


@bp.post("/<catalog_id>/take-out")
@access(Who.ADMIN, changes=True)
def take_out(catalog_id: str) -> ResponseReturnValue:
    """Take a package out of a catalog."""
    admin_catalogs.catalog_page(rt(), me(), catalog_id)
    catalogs.move_package(rt(), request.form.get("package", ""), None, by=me())
    return redirect(url_for(".edit", catalog_id=catalog_id), 303)


@bp.post("/<catalog_id>/remove")
@access(Who.ADMIN, changes=True)
def remove(catalog_id: str) -> ResponseReturnValue:
    """Remove an empty catalog."""
    catalogs.remove_catalog(rt(), catalog_id, by=me())
    return redirect(url_for(".index"), 303)


def _save(form: CatalogForm, catalog_id: str | None = None) -> ResponseReturnValue:
    if "find" in request.form:
        return _show(form, catalog_id)
    if not form.validate():
        return _show(form, catalog_id), 400
    draft = CatalogDraft(
        tenant_id=me().tenant_id,
        name=str(form.name.data),
        description=str(form.description.data or ""),
        owners=parties_chosen(form.owners.data),
    )
    try:
        if catalog_id is None:
            catalog_id = catalogs.create_catalog(rt(), draft, by=me())
        else:
            catalogs.change_catalog(rt(), catalog_id, draft, by=me())
    except NotFound:
        raise
    except Refused as refusal:
        return _show(form, catalog_id, refusal), status_of(refusal)
    return redirect(url_for(".edit", catalog_id=catalog_id, saved="yes"), 303)


def _show(form: CatalogForm, catalog_id: str | None = None, refusal: Refused | None = None) -> str:
    shown = admin_catalogs.catalog_page(rt(), me(), catalog_id, search=str(form.party_search.data or ""))
    return render_template(
        "admin/catalog.html",
        form=form,
        shown=shown,
        owners=party_options(shown.parties, form.owners.data),
        inside=[package for package in shown.packages if catalog_id and package.catalog_id == catalog_id],
        outside=[package for package in shown.packages if package.catalog_id != (catalog_id or "")],
        refusal=refusal,
        saved="saved" in request.args,
        action=request.path,
    )
