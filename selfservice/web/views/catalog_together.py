"""Asking for several packages at once, in as many tenants: one form, one request each, one page of what came of it."""

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from selfservice.model.refusal import NotFound
from selfservice.services.asking_together import Asked, ask_together, ensure_not_too_many
from selfservice.services.overview.asking import sheet
from selfservice.services.overview.catalog import package
from selfservice.services.overview.home_rows import PackagePage
from selfservice.services.preflight.checking import latest_end
from selfservice.web.access import Who, access
from selfservice.web.bridge import rt
from selfservice.web.forms.asking import AskForm
from selfservice.web.forms.asking_together import TogetherForm
from selfservice.web.present import day
from selfservice.web.sheets import languages
from selfservice.web.viewer import current_session, me

KEPT = "asked_together"

bp = Blueprint("catalog_together", __name__, url_prefix="/catalog/together")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One package of the form."""

    package: PackagePage
    form: AskForm
    latest_end: date


@bp.get("")
@access(Who.SIGNED_IN)
def form() -> ResponseReturnValue:
    """Show the form for the packages that were chosen in the catalog."""
    chosen = _chosen(request.args)
    if not chosen:
        return redirect(url_for("catalog.index", door="self"), 303)
    return _show(_form(chosen))


@bp.post("")
@access(Who.SIGNED_IN, changes=True)
def send() -> ResponseReturnValue:
    """Ask for each of them."""
    chosen = _chosen(request.form)
    if not chosen:
        raise NotFound
    filled = _form(chosen, request.form)
    if not filled.validate():
        return _show(filled), 400
    asked = ask_together(rt(), filled.asks(tenant_id=me().tenant_id), by=me())
    current_session()[KEPT] = {
        "results": [_kept(each) for each in asked],
        "justification": filled.shared.justification.data,
    }
    return redirect(url_for(".result"), 303)


@bp.get("/result")
@access(Who.SIGNED_IN)
def result() -> ResponseReturnValue:
    """Say what came of each package that I asked for last."""
    kept = current_session().get(KEPT)
    results = kept["results"] if isinstance(kept, dict) else []
    refused = [each["package_id"] for each in results if not each["request_id"]]
    again = url_for(".form", package=refused, again="yes") if refused else ""
    return render_template("catalog/together_result.html", results=results, again=again)


def _chosen(sent: MultiDict[str, str]) -> list[str]:
    chosen = list(dict.fromkeys(sent.getlist("package")))
    ensure_not_too_many(len(chosen))
    return chosen


def _form(chosen: list[str], data: MultiDict[str, str] | None = None) -> TogetherForm:
    sheets = {package_id: sheet(rt(), package_id, me()) for package_id in chosen}
    return TogetherForm(sheets, languages(), data)


def _show(filled: TogetherForm) -> str:
    rows = [
        Row(package=package(rt(), key, me()), form=part, latest_end=latest_end(rt(), key, by=me()))
        for key, part in filled.parts.items()
    ]
    latest, kept = min(row.latest_end for row in rows), current_session().get(KEPT)
    if request.method == "GET":
        filled.shared.ends_on.data = latest
    if request.args.get("again") and isinstance(kept, dict):
        filled.shared.justification.data = kept["justification"]
    filled.shared.ends_on.description = f"{day(latest)} is the latest that all of them allow."
    return render_template(
        "catalog/together.html", form=filled, rows=rows, earliest=rt().clock().date(), latest=latest, viewer=me()
    )


def _kept(asked: Asked) -> dict[str, str]:
    found, refusal = package(rt(), asked.package_id, me()), asked.refusal
    return {
        "package_id": asked.package_id,
        "request_id": asked.request_id,
        "package": found.name,
        "tenant": found.tenant.name,
        "cause": refusal.cause if refusal else "",
        "next_step": refusal.next_step if refusal else "",
        "owner": refusal.owner if refusal else "",
    }
