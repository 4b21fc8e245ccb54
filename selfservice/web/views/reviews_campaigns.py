"""Review campaigns: making one, how far it is, and the evidence."""

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from selfservice.model.refusal import NotFound, Refused
from selfservice.model.review_plan import LIMITS, ReviewPlan, ScopeKind
from selfservice.services.overview import review_campaigns
from selfservice.services.overview.people import find_people
from selfservice.services.overview.review_rows import Preview
from selfservice.services.reviews import campaigning, closing, exporting
from selfservice.web.access import Who, access
from selfservice.web.bridge import rt
from selfservice.web.errors import status_of
from selfservice.web.forms.review_campaigns import OF_PACKAGES, CampaignForm, read_people, write_person
from selfservice.web.forms.reviews import WhyForm
from selfservice.web.offering import Option
from selfservice.web.viewer import me

bp = Blueprint("reviews_campaigns", __name__, url_prefix="/admin/reviews")
USUAL = ReviewPlan(name="", scope=ScopeKind.TENANT)


@bp.get("/new")
@access(Who.SIGNED_IN)
def new() -> ResponseReturnValue:
    """Show a form with the usual settings."""
    usual = {name: getattr(USUAL, name) for name in LIMITS}
    remind = ", ".join(map(str, USUAL.remind_days))
    return _form(CampaignForm(data={**usual, "remind_days": remind, "starts_on": rt().clock().date()}))


@bp.post("/new")
@access(Who.SIGNED_IN, changes=True)
def create() -> ResponseReturnValue:
    """Make a campaign; or, with another button, look somebody up or see first whom it would ask."""
    form = CampaignForm(request.form)
    if "find" in request.form:
        return _form(form)
    if not form.validate():
        return _form(form), 400
    try:
        return _preview(form) if "preview" in request.form else _create(form)
    except NotFound:
        raise
    except Refused as refusal:
        return _form(form, refusal=refusal), status_of(refusal)


@bp.get("/<campaign_id>")
@access(Who.SIGNED_IN)
def show(campaign_id: str) -> ResponseReturnValue:
    """Show how far a campaign is."""
    return _show(campaign_id, WhyForm())


@bp.post("/<campaign_id>/start")
@access(Who.SIGNED_IN, changes=True)
def start(campaign_id: str) -> ResponseReturnValue:
    """Begin a run now."""
    campaigning.start_now(rt(), campaign_id, by=me())
    return redirect(url_for(".show", campaign_id=campaign_id), 303)


@bp.post("/<campaign_id>/stop")
@access(Who.SIGNED_IN, changes=True)
def stop(campaign_id: str) -> ResponseReturnValue:
    """Let no further run begin."""
    form = WhyForm(request.form)
    if not form.validate():
        return _show(campaign_id, form), 400
    campaigning.stop(rt(), campaign_id, why=str(form.why.data), by=me())
    return redirect(url_for(".show", campaign_id=campaign_id), 303)


@bp.post("/runs/<run_id>/close")
@access(Who.SIGNED_IN, changes=True)
def close(run_id: str) -> ResponseReturnValue:
    """Close a run before its day."""
    closing.close_early(rt(), run_id, why=request.form.get("why", ""), by=me())
    campaign_id = request.form.get("campaign", "")[:64]
    return redirect(url_for(".show", campaign_id=campaign_id) if campaign_id else url_for("reviews.index"), 303)


@bp.get("/runs/<run_id>/evidence.csv")
@access(Who.SIGNED_IN)
def evidence(run_id: str) -> ResponseReturnValue:
    """Hand out who answered what, when and why."""
    lines = exporting.export(rt(), run_id, by=me())
    named = {"Content-Disposition": f'attachment; filename="review-{run_id[:8]}.csv"'}
    return Response(lines, mimetype="text/csv", headers=named)


def _preview(form: CampaignForm) -> ResponseReturnValue:
    return _form(form, preview=review_campaigns.preview(rt(), form.plan(), by=me()))


def _create(form: CampaignForm) -> ResponseReturnValue:
    starts_on = form.starts_on.data or rt().clock().date()
    campaign_id = campaigning.create(rt(), form.plan(), starts_on=starts_on, by=me())
    return redirect(url_for(".show", campaign_id=campaign_id), 303)


def _show(campaign_id: str, form: WhyForm) -> str:
    shown = review_campaigns.campaign_page(rt(), campaign_id, me())
    return render_template("reviews/campaign.html", shown=shown, row=shown.row, form=form)


def _form(form: CampaignForm, *, preview: Preview | None = None, refusal: Refused | None = None) -> str:
    choices = review_campaigns.choices(rt(), me())
    if not review_campaigns.may_make(rt(), me()):
        raise NotFound
    if not choices.whole_tenant:
        form.scope.choices = OF_PACKAGES
        form.scope.data = ScopeKind.PACKAGES.value
    return render_template(
        "reviews/new.html",
        form=form,
        tenant=choices.tenant,
        packages=_options([(each.id, each.name) for each in choices.packages], form.packages.data),
        partners=_options([(each.id, each.name) for each in choices.partners], form.partners.data),
        people=_people(form),
        preview=preview,
        refusal=refusal,
    )


def _options(found: list[tuple[str, str]], chosen: list[str] | None) -> list[Option]:
    return [Option(value=value, label=label, chosen=value in (chosen or ())) for value, label in found]


def _people(form: CampaignForm) -> list[Option]:
    """Return who is named already, then whoever fits the search."""
    named = [
        Option(value=write_person(each.ref, each.name), label=each.name, chosen=True)
        for each in read_people(form.named.data)
    ]
    found = find_people(rt(), me(), search=str(form.party_search.data or ""))
    chosen = {each.value.rpartition(".")[0] for each in named}
    rest = [
        Option(value=f"{row.tenant_id}.{row.object_id}.{row.name}", label=row.name, detail=row.detail)
        for row in found
        if f"{row.tenant_id}.{row.object_id}" not in chosen
    ]
    return named + rest
