"""Signing in and out."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from selfservice.model.refusal import Refused
from selfservice.services import sessions, signing_in
from selfservice.web.access import Who, access
from selfservice.web.bridge import rt
from selfservice.web.errors import show_refusal
from selfservice.web.origins import OwnWords
from selfservice.web.return_to import safe_path
from selfservice.web.viewer import current_session, me

bp = Blueprint("signing_in", __name__)


class SignInExpired(OwnWords, BadRequest):
    """What came back from the sign-in service belongs to no sign-in that this browser began."""

    description = "This sign-in was not begun in this browser, or it was used already. Start again from the first page."


@bp.get("/sign-in")
@access(Who.ANYONE)
def start() -> ResponseReturnValue:
    """Send the browser to the sign-in service."""
    begun = signing_in.start(rt(), login_hint=request.args.get("login_hint"))
    here = current_session()
    here["flow"] = dict(begun.flow)
    here["next"] = safe_path(request.args.get("next"))
    return redirect(begun.url, 303)


@bp.get("/sign-in/callback")
@access(Who.ANYONE)
def callback() -> ResponseReturnValue:
    """Take the sign-in service's answer, once, for the sign-in that this browser began."""
    here = current_session()
    flow, target = here.pop("flow", None), str(here.pop("next", "/"))
    if not isinstance(flow, dict):
        raise SignInExpired
    who = signing_in.finish(rt(), flow, request.args.to_dict(), remote_address=request.remote_addr or "")
    here.sign_in(rt(), who)
    return redirect(safe_path(target), 303)


@bp.errorhandler(Refused)
def refused(refusal: Refused) -> ResponseReturnValue:
    """Say why somebody cannot sign in."""
    return show_refusal(refusal, status=403, heading="You cannot sign in here")


@bp.post("/sign-out")
@access(Who.SIGNED_IN, changes=True)
def sign_out() -> ResponseReturnValue:
    """End the session here, then at the sign-in service."""
    here, tenant_id = current_session(), me().tenant_id
    hint = here.get("login_hint")
    here.end(rt())
    target = signing_in.sign_out_url(
        rt(),
        tenant_id=tenant_id,
        return_to=rt().settings.base_url + url_for(".signed_out"),
        login_hint=str(hint) if hint else None,
    )
    return redirect(target, 303)


@bp.get("/signed-out")
@access(Who.ANYONE)
def signed_out() -> ResponseReturnValue:
    """Say that the session is over."""
    return render_template("signed_out.html")


@bp.get("/sign-out/front-channel")
@access(Who.ANYONE)
def front_channel() -> ResponseReturnValue:
    """End the sessions that the sign-in service says are over; a guess ends nothing and learns nothing."""
    hint, tenant_id = request.args.get("sid", ""), _tenant_of(request.args.get("iss"))
    if hint and tenant_id:
        sessions.end_sign_in_session(rt(), tenant_id=tenant_id, session_hint=hint)
    return "", 204


def _tenant_of(issuer: str | None) -> str | None:
    login = rt().settings.signin.cloud.login_url.rstrip("/")
    return next(
        (tenant.tenant_id for tenant in rt().settings.tenants.values() if issuer == f"{login}/{tenant.tenant_id}/v2.0"),
        None,
    )
