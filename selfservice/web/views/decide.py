"""The inbox of those who decide."""

from typing import Protocol

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import Form

from selfservice.model.actor import Actor
from selfservice.model.refusal import NotFound, Refused
from selfservice.services import approving
from selfservice.services.overview import deciding
from selfservice.services.runtime import Runtime
from selfservice.web.access import Who, access
from selfservice.web.bridge import rt
from selfservice.web.errors import status_of
from selfservice.web.forms.deciding import ApproveForm, DenyForm
from selfservice.web.viewer import me


class Decide(Protocol):
    """A use case that decides."""

    def __call__(self, rt: Runtime, request_id: str, /, *, by: Actor, seen: str, justification: str) -> None:
        """Decide about the request as it was seen."""


bp = Blueprint("decide", __name__, url_prefix="/decide")


@bp.get("")
@access(Who.SIGNED_IN)
def index() -> ResponseReturnValue:
    """List what waits for my decision, or what I was asked about before."""
    after = request.args.get("after")
    show = "decided" if request.args.get("show") == "decided" else "waiting"
    return render_template(
        "decide/index.html",
        inbox=deciding.inbox(rt(), me(), after, show=show),
        show=show,
        after=after,
    )


@bp.get("/<request_id>")
@access(Who.SIGNED_IN)
def show(request_id: str) -> ResponseReturnValue:
    """Show all that is needed to decide."""
    return _show(request_id)


@bp.post("/<request_id>/approve")
@access(Who.SIGNED_IN, changes=True)
def approve(request_id: str) -> ResponseReturnValue:
    """Agree to the request as it was on the page."""
    form = ApproveForm(request.form)
    return _decide(request_id, form, approving.approve, str(form.justification.data or ""))


@bp.post("/<request_id>/deny")
@access(Who.SIGNED_IN, changes=True)
def deny(request_id: str) -> ResponseReturnValue:
    """Say no, with the reason."""
    form = DenyForm(request.form)
    return _decide(request_id, form, approving.deny, str(form.reason.data or ""))


def _decide(request_id: str, form: ApproveForm | DenyForm, decide: Decide, words: str) -> ResponseReturnValue:
    if not form.validate():
        return _show(request_id, form=form), 400
    try:
        decide(rt(), request_id, by=me(), seen=str(form.seen.data), justification=words)
    except NotFound:
        raise
    except Refused as refusal:
        return _show(request_id, refusal=refusal), status_of(refusal)
    return redirect(url_for(".show", request_id=request_id), 303)


def _show(request_id: str, *, form: Form | None = None, refusal: Refused | None = None) -> str:
    shown = deciding.decision_page(rt(), request_id, me())
    seen = {"seen": shown.request.content_hash}
    return render_template(
        "decide/show.html",
        shown=shown,
        row=shown.request.row,
        approve_form=form if isinstance(form, ApproveForm) else ApproveForm(data=seen),
        deny_form=form if isinstance(form, DenyForm) else DenyForm(data=seen),
        refusal=refusal,
    )
