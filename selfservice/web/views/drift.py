"""Drift: where a directory differs from what was approved, and what is done about it."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import Form

from selfservice.model.refusal import NotFound, Refused
from selfservice.services import drift_adopting, drift_mending, drifting
from selfservice.services.overview.drift import drift_export, drift_list
from selfservice.services.overview.drift_page import drift_page
from selfservice.services.reviews.exporting import harmless
from selfservice.web.access import Who, access
from selfservice.web.bridge import rt
from selfservice.web.errors import status_of
from selfservice.web.forms.drift import AcceptForm, AdoptForm, DriftForm
from selfservice.web.forms.fields import option
from selfservice.web.viewer import me

bp = Blueprint("drift", __name__, url_prefix="/admin/drift")


@bp.get("")
@access(Who.ADMIN_OR_AUDITOR)
def index() -> ResponseReturnValue:
    """List what differs, the worst first."""
    after, kind = request.args.get("after"), request.args.get("kind", "")
    state = request.args.get("state", "open")
    shown = drift_list(rt(), me(), after, kind=kind, state=state)
    return render_template("drift/index.html", shown=shown, kind=kind, state=state, after=after)


@bp.get("/export.csv")
@access(Who.ADMIN_OR_AUDITOR)
def export() -> ResponseReturnValue:
    """Give everything that differs to a spreadsheet."""
    headers = {"Content-Disposition": "attachment; filename=drift.csv"}
    return Response(_as_csv(drift_export(rt(), me())), mimetype="text/csv", headers=headers)


@bp.post("")
@access(Who.ADMIN, changes=True)
def compare() -> ResponseReturnValue:
    """Compare the tenant now."""
    drifting.compare_now(rt(), me().tenant_id, by=me())
    return redirect(url_for(".index"), 303)


@bp.get("/<finding_id>")
@access(Who.ADMIN_OR_AUDITOR)
def show(finding_id: str) -> ResponseReturnValue:
    """Show one difference with its three sides."""
    return _page(finding_id)


@bp.post("/<finding_id>/repair")
@access(Who.ADMIN, changes=True)
def repair(finding_id: str) -> ResponseReturnValue:
    """Have the directory made as it should be."""
    form = DriftForm(request.form, prefix="repair-")
    return _do(finding_id, form, lambda: drift_mending.repair(rt(), finding_id, by=me(), why=str(form.why.data)))


@bp.post("/<finding_id>/revoke")
@access(Who.ADMIN, changes=True)
def revoke(finding_id: str) -> ResponseReturnValue:
    """Have it taken away."""
    form = DriftForm(request.form, prefix="revoke-")
    return _do(finding_id, form, lambda: drift_mending.revoke(rt(), finding_id, by=me(), why=str(form.why.data)))


@bp.post("/<finding_id>/accept")
@access(Who.ADMIN, changes=True)
def accept(finding_id: str) -> ResponseReturnValue:
    """Live with it until a day."""
    form = AcceptForm(request.form, prefix="accept-")
    return _do(
        finding_id,
        form,
        lambda: drift_mending.accept(rt(), finding_id, form.last_day(), by=me(), why=str(form.why.data)),
    )


@bp.post("/<finding_id>/adopt")
@access(Who.ADMIN, changes=True)
def adopt(finding_id: str) -> ResponseReturnValue:
    """Ask the owner to approve it afterwards."""
    form = AdoptForm(request.form, prefix="adopt-")
    return _do(finding_id, form, lambda: drift_adopting.adopt(rt(), finding_id, form.adoption(), by=me()))


def _do(finding_id: str, form: Form, change: Callable[[], object]) -> ResponseReturnValue:
    if not form.validate():
        return _page(finding_id, form), 400
    try:
        change()
    except NotFound:
        raise
    except Refused as refusal:
        return _page(finding_id, form, refusal), status_of(refusal)
    return redirect(url_for(".show", finding_id=finding_id), 303)


def _page(finding_id: str, form: Form | None = None, refusal: Refused | None = None) -> str:
    shown = drift_page(rt(), finding_id, me())
    adopting = form if isinstance(form, AdoptForm) else AdoptForm(prefix="adopt-")
    adopting.package.choices = [option(*each) for each in shown.packages]
    fresh: dict[str, Form] = {
        # What was found is reason enough, so that one click does it; whoever has a better one writes it.
        "repair": DriftForm(prefix="repair-", why=shown.meaning),
        "revoke": DriftForm(prefix="revoke-", why=shown.meaning),
        "accept": AcceptForm(prefix="accept-"),
        "adopt": adopting,
    }
    sent = {request.endpoint.partition(".")[2]: form} if request.endpoint and form is not None else {}
    return render_template(
        "drift/show.html",
        shown=shown,
        forms={**fresh, **sent},
        form=form,
        refusal=refusal,
        earliest=rt().clock().date(),
    )


def _as_csv(lines: Iterable[tuple[str, ...]]) -> Iterator[str]:
    for line in lines:
        text = io.StringIO()
        csv.writer(text, quoting=csv.QUOTE_ALL).writerow([harmless(cell) for cell in line])
        yield text.getvalue()
