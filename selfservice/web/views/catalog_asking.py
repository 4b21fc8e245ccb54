"""The two doors of a package: asking for oneself, and inviting a guest."""

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from selfservice.model.refusal import NotFound, Refused
from selfservice.services.overview import catalog
from selfservice.services.overview.people import find_people
from selfservice.services.preflight import preflight
from selfservice.services.requesting import submit
from selfservice.web.access import Who, access
from selfservice.web.bridge import rt
from selfservice.web.errors import status_of
from selfservice.web.forms.asking import MYSELF, AskForm, InviteForm
from selfservice.web.fragments import page, part
from selfservice.web.present import count, day
from selfservice.web.viewer import me

bp = Blueprint("catalog_asking", __name__, url_prefix="/catalog/<package_id>")


@bp.get("/ask")
@access(Who.SIGNED_IN)
def ask(package_id: str) -> ResponseReturnValue:
    """Show the form to get access for oneself."""
    return _show(package_id, AskForm())


@bp.post("/ask")
@access(Who.SIGNED_IN, changes=True)
def send_ask(package_id: str) -> ResponseReturnValue:
    """Ask for oneself."""
    return _send(package_id, AskForm(request.form))


@bp.get("/invite")
@access(Who.SIGNED_IN)
def invite(package_id: str) -> ResponseReturnValue:
    """Show the form to invite a guest."""
    return _show(package_id, InviteForm())


@bp.post("/invite")
@access(Who.SIGNED_IN, changes=True)
def send_invite(package_id: str) -> ResponseReturnValue:
    """Invite a guest; or, with the find button, look for another sponsor first."""
    form = InviteForm(request.form)
    if "find" in request.form:
        return _show(package_id, form)
    return _send(package_id, form)


@bp.get("/before")
@access(Who.SIGNED_IN)
def before(package_id: str) -> ResponseReturnValue:
    """Show what will happen for the address that is being typed."""
    catalog.package(rt(), package_id, me())
    address = request.args.get("guest_address", "")[:254]
    told = preflight(rt(), package_id=package_id, by=me(), for_self=False, guest_address=address)
    return part("catalog/ask.html", block="before", before=told)


def _send(package_id: str, form: AskForm) -> ResponseReturnValue:
    if not form.validate():
        return _show(package_id, form), 400
    try:
        wanted = form.ask(package_id, tenant_id=me().tenant_id)
        request_id = submit(rt(), wanted, by=me())
    except NotFound:
        raise
    except Refused as refusal:
        return _show(package_id, form, refusal=refusal), status_of(refusal)
    return redirect(url_for("requests.show", request_id=request_id), 303)


def _show(package_id: str, form: AskForm, *, refusal: Refused | None = None) -> str:
    for_self = not isinstance(form, InviteForm)
    told = preflight(
        rt(),
        package_id=package_id,
        by=me(),
        for_self=for_self,
        guest_address=str(form.guest_address.data or "") if isinstance(form, InviteForm) else "",
    )
    if form.ends_on.raw_data is None:
        form.ends_on.data = told.latest_end
    if isinstance(form, InviteForm):
        _offer_sponsors(form)
    package = catalog.package(rt(), package_id, me())
    form.ends_on.description = f"{count(package.max_days, 'day')} at most: {day(told.latest_end)} is the latest."
    return page(
        "catalog/ask.html",
        block="sponsors",
        package=package,
        form=form,
        before=told,
        for_self=for_self,
        refusal=refusal,
        viewer=me(),
        earliest=rt().clock().date(),
        action=request.path,
    )


def _offer_sponsors(form: InviteForm) -> None:
    found = find_people(rt(), me(), search=str(form.sponsor_search.data or ""))
    form.sponsor.choices = [
        (MYSELF, f"You ({me().name})"),
        *((person.object_id, person.name) for person in found),
    ]
