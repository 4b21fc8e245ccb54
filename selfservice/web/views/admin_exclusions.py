"""Access packages that nobody may hold together, and the exceptions to that."""

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import Form

from selfservice.model.refusal import NotFound, Refused
from selfservice.services import excluding
from selfservice.services.overview.admin_exclusions import exclusion_page, exclusions
from selfservice.web.access import Who, access
from selfservice.web.bridge import rt
from selfservice.web.errors import status_of
from selfservice.web.forms.exclusions import ExceptionForm, ExclusionForm, LiftForm
from selfservice.web.forms.fields import option
from selfservice.web.viewer import me

bp = Blueprint("admin_exclusions", __name__, url_prefix="/admin/exclusions")


@bp.get("")
@access(Who.ADMIN_OR_AUDITOR)
def index() -> ResponseReturnValue:
    """List the pairs."""
    return _list(ExclusionForm())


@bp.post("")
@access(Who.ADMIN, changes=True)
def create() -> ResponseReturnValue:
    """Let two packages exclude each other."""
    form = ExclusionForm(request.form)
    return _do(form, _list, lambda: excluding.exclude(rt(), form.pair(), by=me(), reason=str(form.reason.data)))


@bp.get("/<exclusion_id>")
@access(Who.ADMIN)
def show(exclusion_id: str) -> ResponseReturnValue:
    """Show one pair, with the forms to except a guest and to lift it."""
    return _one(exclusion_id)(None)


@bp.post("/<exclusion_id>/allow")
@access(Who.ADMIN, changes=True)
def allow(exclusion_id: str) -> ResponseReturnValue:
    """Let one guest hold both until a date."""
    form = ExceptionForm(request.form)
    return _do(form, _one(exclusion_id), lambda: _allow(exclusion_id, form))


@bp.post("/<exclusion_id>/lift")
@access(Who.ADMIN, changes=True)
def lift(exclusion_id: str) -> ResponseReturnValue:
    """Let the two be held together again."""
    form = LiftForm(request.form)
    return _do(form, _one(exclusion_id), lambda: excluding.lift(rt(), exclusion_id, by=me(), why=str(form.why.data)))


@bp.post("/exceptions/<exception_id>/end")
@access(Who.ADMIN, changes=True)
def end(exception_id: str) -> ResponseReturnValue:
    """Take an exception back."""
    excluding.end_exception(rt(), exception_id, by=me())
    return redirect(url_for(".index"), 303)


def _allow(exclusion_id: str, form: ExceptionForm) -> str:
    return excluding.allow_until(
        rt(),
        exclusion_id,
        by=me(),
        guest_address=str(form.guest_address.data),
        until=form.last_day(),
        reason=str(form.reason.data),
    )


def _do(form: Form, show: Callable[..., str], change: Callable[[], object]) -> ResponseReturnValue:
    if not form.validate():
        return show(form), 400
    try:
        change()
    except NotFound:
        raise
    except Refused as refusal:
        return show(form, refusal), status_of(refusal)
    return redirect(url_for(".index"), 303)


def _list(form: Form, refusal: Refused | None = None) -> str:
    shown = exclusions(rt(), me())
    if isinstance(form, ExclusionForm):
        for field in (form.first, form.second):
            field.choices = [option("", "Choose"), *(option(*each) for each in shown.packages)]
    return render_template("admin/exclusions.html", shown=shown, form=form, refusal=refusal)


def _one(exclusion_id: str) -> Callable[..., str]:
    def show(form: Form | None, refusal: Refused | None = None) -> str:
        return render_template(
            "admin/exclusion.html",
            row=exclusion_page(rt(), me(), exclusion_id),
            allow_form=form if isinstance(form, ExceptionForm) else ExceptionForm(),
            lift_form=form if isinstance(form, LiftForm) else LiftForm(),
            form=form,
            refusal=refusal,
            earliest=rt().clock().date(),
        )

    return show
