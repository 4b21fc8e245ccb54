"""The two doors of a package: asking for oneself, and inviting a guest."""

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from selfservice.model.refusal import NotFound, Refused
from selfservice.services.drafting import Ask
from selfservice.services.overview import catalog
from selfservice.services.overview.asking import sheet
from selfservice.services.overview.people import find_people
from selfservice.services.preflight.checking import latest_end, preflight
from selfservice.services.requesting import submit
from selfservice.web.access import Who, access
from selfservice.web.bridge import rt
from selfservice.web.errors import status_of
from selfservice.web.forms.asking import MYSELF, AskForm, InviteForm
from selfservice.web.forms.questions import form_with
from selfservice.web.fragments import page, part, wants_fragment
from selfservice.web.present import count, day
from selfservice.web.sheets import languages
from selfservice.web.viewer import me

bp = Blueprint("catalog_asking", __name__, url_prefix="/catalog/<package_id>")


@bp.get("/ask")
@access(Who.SIGNED_IN)
def ask(package_id: str) -> ResponseReturnValue:
    """Show the form to get access for oneself."""
    return _show(package_id, _form(AskForm, package_id))


@bp.post("/ask")
@access(Who.SIGNED_IN, changes=True)
def send_ask(package_id: str) -> ResponseReturnValue:
    """Ask for oneself."""
    return _send(package_id, _form(AskForm, package_id, request.form))


@bp.get("/invite")
@access(Who.SIGNED_IN)
def invite(package_id: str) -> ResponseReturnValue:
    """Show the form to invite a guest."""
    return _show(package_id, _form(InviteForm, package_id))


@bp.post("/invite")
@access(Who.SIGNED_IN, changes=True)
def send_invite(package_id: str) -> ResponseReturnValue:
    """Invite a guest; or, with the find button, look for another sponsor first."""
    form = _form(InviteForm, package_id, request.form)
    if "find" in request.form:
        return _show(package_id, form)
    return _send(package_id, form)


@bp.post("/before")
@access(Who.SIGNED_IN, changes=True)
def before(package_id: str) -> ResponseReturnValue:
    """Show what will happen by the form as it is filled in: posted, since a guest's address belongs in no log."""
    kind = AskForm if request.args.get("door") == "ask" else InviteForm
    form = _form(kind, package_id, request.form)
    if not wants_fragment():
        return _show(package_id, form)
    told = preflight(rt(), _so_far(package_id, form), by=me())
    polls = request.form.get("polls", 0, type=int) + 1
    return part("catalog/ask.html", block="before", before=told, before_url=request.full_path, polls=polls)


def _form(kind: type[AskForm], package_id: str, data: MultiDict[str, str] | None = None) -> AskForm:
    """Return the form with what the package asks besides, in the reader's languages."""
    return form_with(kind, sheet(rt(), package_id, me()), languages())(data)


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
    told = preflight(rt(), _so_far(package_id, form), by=me())
    if isinstance(form, InviteForm):
        _offer_sponsors(form)
    package, today = catalog.package(rt(), package_id, me()), rt().clock().date()
    form.ends_on.description = (
        f"{count((told.latest_end - today).days, 'day')} at most: {day(told.latest_end)} is the latest."
    )
    return page(
        "catalog/ask.html",
        block="sponsors",
        package=package,
        form=form,
        before=told,
        before_url=url_for("catalog_asking.before", package_id=package_id, door="ask" if for_self else "invite"),
        polls=0,
        for_self=for_self,
        refusal=refusal,
        viewer=me(),
        earliest=today,
        action=url_for(f"catalog_asking.{'ask' if for_self else 'invite'}", package_id=package_id),
    )


def _so_far(package_id: str, form: AskForm) -> Ask:
    """Return what is asked for as far as the form is filled in; without an end date, until the latest."""
    if form.ends_on.data is None:
        form.ends_on.data = latest_end(rt(), package_id, by=me())
    return form.ask(package_id, tenant_id=me().tenant_id)


def _offer_sponsors(form: InviteForm) -> None:
    found = find_people(rt(), me(), search=str(form.sponsor_search.data or ""))
    form.sponsor.choices = [
        (MYSELF, f"You ({me().name})"),
        *((person.object_id, person.name) for person in found),
    ]
