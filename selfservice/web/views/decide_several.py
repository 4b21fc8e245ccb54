"""Several requests at once: chosen in the inbox, read once more, then decided one by one."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from selfservice.model.approval import Outcome
from selfservice.services import approving
from selfservice.services.approving import BulkResult
from selfservice.web.access import Who, access
from selfservice.web.bridge import rt
from selfservice.web.forms.deciding import ApproveSeveralForm, DenySeveralForm, read_picks, write_pick
from selfservice.web.forms.inbox import looked_for
from selfservice.web.viewer import current_session, me

KEPT = "decided_several"

bp = Blueprint("decide_several", __name__, url_prefix="/decide/several")


@bp.get("")
@access(Who.SIGNED_IN)
def confirm() -> ResponseReturnValue:
    """Show the chosen requests once more before they are decided."""
    outcome = _outcome(request.args.get("outcome"))
    return _confirm(_form_class(outcome)(), outcome, set(request.args.getlist("pick")))


@bp.post("")
@access(Who.SIGNED_IN, changes=True)
def send() -> ResponseReturnValue:
    """Decide each of them as it was on the page."""
    outcome, picks = _outcome(request.form.get("outcome")), read_picks(request.form.getlist("pick"))
    form = _form_class(outcome)(request.form)
    if not form.validate() or not picks:
        return _confirm(form, outcome, {pick.request_id for pick in picks}), 400
    words = str(form.justification.data or "")
    results = approving.decide_many(rt(), picks, by=me(), outcome=outcome, justification=words)
    current_session()[KEPT] = {"outcome": outcome.value, "results": [vars(each) for each in results]}
    return redirect(url_for(".result"), 303)


@bp.get("/result")
@access(Who.SIGNED_IN)
def result() -> ResponseReturnValue:
    """Say what became of each request that I decided about last."""
    kept = current_session().get(KEPT)
    results = [BulkResult(**each) for each in kept["results"]] if isinstance(kept, dict) else []
    outcome = _outcome(kept["outcome"]) if isinstance(kept, dict) else Outcome.APPROVE
    return render_template("decide/several_result.html", results=results, outcome=outcome)


def _outcome(said: str | None) -> Outcome:
    return Outcome.DENY if said == Outcome.DENY else Outcome.APPROVE


def _form_class(outcome: Outcome) -> type[ApproveSeveralForm] | type[DenySeveralForm]:
    return DenySeveralForm if outcome is Outcome.DENY else ApproveSeveralForm


def _confirm(form: ApproveSeveralForm | DenySeveralForm, outcome: Outcome, chosen: set[str]) -> str:
    look = looked_for(request.values)
    rows = [row for row in look.inbox(rt(), me()).rows if row.id in chosen]
    return render_template(
        "decide/several.html",
        form=form,
        rows=rows,
        picks=[write_pick(row.id, row.content_hash) for row in rows],
        gone=len(chosen) - len(rows),
        outcome=outcome,
        look=look,
    )
