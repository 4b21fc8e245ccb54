"""Reviews: what waits for me to be looked at, item by item or several at once, and what became of one."""

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from selfservice.model.refusal import NotFound, Refused
from selfservice.services.overview import review_campaigns, reviews
from selfservice.services.reviews import deciding, landing, several
from selfservice.services.reviews.deciding import Answer
from selfservice.web.access import Who, access
from selfservice.web.bridge import rt
from selfservice.web.errors import status_of
from selfservice.web.forms.reviews import VERDICTS, AnswerForm, MaybeWhyForm, WhyForm, read_picks, write_pick
from selfservice.web.fragments import page, wants_fragment
from selfservice.web.viewer import me

bp = Blueprint("reviews", __name__, url_prefix="/reviews")
LONGEST_PLACE = 80


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a page says besides its list: about whom something was said last, or why it was not taken."""

    item_id: str = ""
    refusal: Refused | None = None


@bp.get("")
@access(Who.SIGNED_IN)
def index() -> ResponseReturnValue:
    """List the reviews that wait for me, and the campaigns that I keep."""
    return render_template(
        "reviews/index.html",
        tasks=reviews.my_tasks(rt(), me()),
        campaigns=review_campaigns.campaigns(rt(), me()),
        may_make=review_campaigns.may_make(rt(), me()),
    )


@bp.get("/<run_id>")
@access(Who.SIGNED_IN)
def show(run_id: str) -> ResponseReturnValue:
    """Show what I am to look at."""
    return _show(run_id, Told(item_id=request.args.get("said", "")[:LONGEST_PLACE]))


@bp.post("/<run_id>/<item_id>/answer")
@access(Who.SIGNED_IN, changes=True)
def answer(run_id: str, item_id: str) -> ResponseReturnValue:
    """Keep the access or remove it, as it was on the page."""
    form = AnswerForm(request.form)
    verdict = VERDICTS.get(str(form.verdict.data))
    if not form.validate() or verdict is None:
        return _show(run_id), 400
    said = Answer(item_id=item_id, basis=str(form.basis.data), verdict=verdict, why=str(form.why.data or ""))
    try:
        deciding.decide(rt(), run_id, said, by=me())
    except NotFound:
        raise
    except Refused as refusal:
        return _show(run_id, Told(refusal=refusal)), status_of(refusal)
    if wants_fragment():
        return _show(run_id, Told(item_id=item_id))
    return redirect(_back(run_id, said=item_id), 303)


@bp.post("/<run_id>/several/check")
@access(Who.SIGNED_IN, changes=True)
def check_several(run_id: str) -> ResponseReturnValue:
    """Show the chosen ones once more before they are answered."""
    verdict = VERDICTS.get(request.form.get("verdict", ""))
    if verdict is None:
        return _show(run_id), 400
    try:
        bulk = several.prepare_many(rt(), run_id, read_picks(request.form.getlist("pick")), verdict, by=me())
    except NotFound:
        raise
    except Refused as refusal:
        return _show(run_id, Told(refusal=refusal)), status_of(refusal)
    if not bulk.count and not bulk.left_out:
        raise NotFound
    form = WhyForm() if verdict == "remove" else MaybeWhyForm()
    return render_template("reviews/several.html", bulk=bulk, form=form, place=_place())


@bp.post("/<run_id>/several/send")
@access(Who.SIGNED_IN, changes=True)
def send_several(run_id: str) -> ResponseReturnValue:
    """Answer those that were shown, once."""
    token, why = request.form.get("token", "")[:LONGEST_PLACE], request.form.get("why", "").strip()
    try:
        several.decide_many(rt(), run_id, token, why=why, by=me())
    except NotFound:
        raise
    except Refused as refusal:
        return _show(run_id, Told(refusal=refusal)), status_of(refusal)
    return redirect(_back(run_id), 303)


@bp.get("/<run_id>/<item_id>")
@access(Who.SIGNED_IN)
def item(run_id: str, item_id: str) -> ResponseReturnValue:
    """Show one item by itself."""
    return _item(run_id, item_id, WhyForm())


@bp.post("/<run_id>/<item_id>/take-back")
@access(Who.SIGNED_IN, changes=True)
def take_back(run_id: str, item_id: str) -> ResponseReturnValue:
    """Take a removal back before it is final."""
    form = WhyForm(request.form)
    if not form.validate():
        return _item(run_id, item_id, form), 400
    landing.take_back(rt(), run_id, item_id, why=str(form.why.data), by=me())
    return redirect(url_for(".item", run_id=run_id, item_id=item_id), 303)


def _item(run_id: str, item_id: str, form: WhyForm) -> str:
    shown = reviews.item_page(rt(), run_id, item_id, me())
    return render_template("reviews/item.html", shown=shown, item=shown.item, task=shown.task, form=form)


def _place() -> dict[str, str]:
    """Return where in the list the reader is."""
    said = {name: request.values.get(name, "")[:LONGEST_PLACE] for name in ("flag", "after")}
    return {name: value for name, value in said.items() if value}


def _back(run_id: str, said: str | None = None) -> str:
    place = _place()
    return url_for(".show", run_id=run_id, said=said, flag=place.get("flag"), after=place.get("after"))


def _show(run_id: str, told: Told | None = None) -> str:
    told, place = told or Told(), _place()
    shown = reviews.review_page(rt(), run_id, me(), flag=place.get("flag", ""), after=place.get("after"))
    return page(
        "reviews/show.html",
        block="found",
        shown=shown,
        task=shown.task,
        place=place,
        said=_said(run_id, told.item_id),
        refusal=told.refusal,
        pick_of=lambda row: write_pick(row.item_id, row.basis),
    )


def _said(run_id: str, item_id: str) -> object:
    """Return what was answered last, so that it can be looked at again."""
    if not item_id:
        return None
    try:
        return reviews.item_page(rt(), run_id, item_id, me()).item
    except NotFound:
        return None
