"""While I am away: who decides for me, for whom I decide, and how I am told of what waits."""

from datetime import timedelta

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from selfservice.model.refusal import Refused
from selfservice.services import delegating, preferring
from selfservice.services.overview.delegations import away_page
from selfservice.services.overview.people import find_people
from selfservice.web.access import Who, access
from selfservice.web.bridge import rt
from selfservice.web.errors import status_of
from selfservice.web.forms.away import AwayForm, MailForm
from selfservice.web.fragments import page
from selfservice.web.viewer import me

bp = Blueprint("away", __name__, url_prefix="/away")


@bp.get("")
@access(Who.SIGNED_IN)
def index() -> ResponseReturnValue:
    """Show who decides for whom, and the form to hand over."""
    today = rt().clock().date()
    return _show(AwayForm(data={"starts_on": today, "ends_on": today + timedelta(days=6)}))


@bp.post("")
@access(Who.SIGNED_IN, changes=True)
def send() -> ResponseReturnValue:
    """Hand over to a colleague; or, with the find button, look for one first."""
    form = AwayForm(request.form)
    if "find" in request.form:
        return _show(form)
    if not form.validate():
        return _show(form), 400
    try:
        delegating.delegate(rt(), by=me(), **vars(form.absence(tenant_id=me().tenant_id)))
    except Refused as refusal:
        return _show(form, refusal=refusal), status_of(refusal)
    return redirect(url_for(".index"), 303)


@bp.post("/<delegation_id>/end")
@access(Who.SIGNED_IN, changes=True)
def end(delegation_id: str) -> ResponseReturnValue:
    """End a delegation before its time."""
    delegating.end(rt(), delegation_id, by=me())
    return redirect(url_for(".index"), 303)


@bp.post("/mail")
@access(Who.SIGNED_IN, changes=True)
def mail() -> ResponseReturnValue:
    """Choose between one mail a day and one for each request."""
    preferring.set_digest(rt(), by=me(), on=bool(MailForm(request.form).digest.data))
    return redirect(url_for(".index", saved="yes"), 303)


def _show(form: AwayForm, *, refusal: Refused | None = None) -> str:
    away = away_page(rt(), me())
    _offer_colleagues(form)
    return page(
        "away/index.html",
        block="colleagues",
        away=away,
        form=form,
        mail_form=MailForm(data={"digest": away.digest}),
        refusal=refusal,
        saved="saved" in request.args,
        earliest=rt().clock().date(),
    )


def _offer_colleagues(form: AwayForm) -> None:
    found = find_people(rt(), me(), search=str(form.person_search.data or ""))
    form.person.choices = [
        (person.object_id, f"{person.name}, {person.detail}" if person.detail else person.name) for person in found
    ]
