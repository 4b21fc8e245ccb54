"""Why a guest does not come in, a fresh link for them, and another address for them."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from selfservice.model.refusal import NotFound, Refused
from selfservice.services import doctoring, redeeming, resetting
from selfservice.services.overview.redemption import RedemptionPage, redemption_page
from selfservice.web.access import Who, access
from selfservice.web.bridge import rt
from selfservice.web.errors import status_of
from selfservice.web.forms.redeeming import ResetForm
from selfservice.web.fragments import page, wants_fragment
from selfservice.web.viewer import me

bp = Blueprint("guests_redeem", __name__, url_prefix="/guests/person/<guest_id>")


@bp.get("/redemption")
@access(Who.SIGNED_IN)
def doctor(guest_id: str) -> ResponseReturnValue:
    """Show what is in the way; htmx asks again while the directory is asked."""
    shown = redemption_page(rt(), guest_id, me())
    if wants_fragment() and request.args.get("seen") == shown.version:
        return "", 204
    return _show(shown)


@bp.post("/link")
@access(Who.SIGNED_IN, changes=True)
def fresh_link(guest_id: str) -> ResponseReturnValue:
    """Send the guest a fresh link."""
    try:
        redeeming.fresh_link(rt(), guest_id, by=me())
    except NotFound:
        raise
    except Refused as refusal:
        return _show(redemption_page(rt(), guest_id, me()), refusal=refusal), status_of(refusal)
    return redirect(url_for(".doctor", guest_id=guest_id, sent="link"), 303)


@bp.post("/examine")
@access(Who.SIGNED_IN, changes=True)
def examine(guest_id: str) -> ResponseReturnValue:
    """Have the directory asked about the guest."""
    doctoring.ask(rt(), guest_id, by=me())
    return redirect(url_for(".doctor", guest_id=guest_id), 303)


@bp.get("/reset")
@access(Who.SIGNED_IN)
def reset(guest_id: str) -> ResponseReturnValue:
    """Ask for the new address."""
    return _ask_reset(guest_id, ResetForm())


@bp.post("/reset")
@access(Who.SIGNED_IN, changes=True)
def send_reset(guest_id: str) -> ResponseReturnValue:
    """Ask a second person to agree to the new address."""
    form = ResetForm(request.form)
    if not form.validate():
        return _ask_reset(guest_id, form), 400
    try:
        resetting.ask(rt(), guest_id, form.wanted, by=me())
    except NotFound:
        raise
    except Refused as refusal:
        return _ask_reset(guest_id, form, refusal=refusal), status_of(refusal)
    return redirect(url_for(".doctor", guest_id=guest_id, sent="reset"), 303)


def _show(shown: RedemptionPage, *, refusal: Refused | None = None) -> str:
    sent = request.args.get("sent", "")
    return page("guests/redemption.html", block="status", shown=shown, refusal=refusal, sent=sent)


def _ask_reset(guest_id: str, form: ResetForm, *, refusal: Refused | None = None) -> str:
    shown = redemption_page(rt(), guest_id, me())
    if not shown.may_change:
        raise NotFound
    return render_template("guests/reset.html", shown=shown, form=form, refusal=refusal)
