"""The catalog: what can be asked for in every resource tenant that my home tenant may ask in."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from selfservice.services.overview import catalog
from selfservice.web.access import Who, access
from selfservice.web.bridge import rt
from selfservice.web.fragments import page
from selfservice.web.sheets import asked_by
from selfservice.web.viewer import me

DOORS = frozenset({"self", "invite"})
bp = Blueprint("catalog", __name__, url_prefix="/catalog")


@bp.get("")
@access(Who.SIGNED_IN)
def index() -> ResponseReturnValue:
    """Show the packages that fit the search."""
    search = request.args.get("search", "").strip()[:100]
    tenant = request.args.get("tenant", "")
    door = request.args.get("door", "")
    return page(
        "catalog/index.html",
        block="found",
        catalog=catalog.catalog(rt(), me(), search=search, tenant_alias=tenant),
        search=search,
        tenant_alias=tenant,
        door=door if door in DOORS else "",
    )


@bp.get("/<package_id>")
@access(Who.SIGNED_IN)
def package(package_id: str) -> ResponseReturnValue:
    """Show what a package gives, who decides, and the doors to it."""
    return render_template(
        "catalog/package.html", package=catalog.package(rt(), package_id, me()), asked=asked_by(package_id)
    )
