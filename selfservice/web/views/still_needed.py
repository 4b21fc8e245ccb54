"""The page of a guest whose access is being removed, by the link of their mail: "I still need this"."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from selfservice.services.overview import reviews
from selfservice.services.reviews import landing
from selfservice.web.access import Who, access
from selfservice.web.bridge import rt
from selfservice.web.forms.reviews import WhyForm

bp = Blueprint("still_needed", __name__, url_prefix="/still-needed")


@bp.get("/<token>")
@access(Who.ANYONE)
def show(token: str) -> ResponseReturnValue:
    """Show what is being removed, and why."""
    return _show(token, WhyForm())


@bp.post("/<token>")
@access(Who.ANYONE, changes=True)
def send(token: str) -> ResponseReturnValue:
    """Tell those who can take it back that it is still needed."""
    form = WhyForm(request.form)
    if not form.validate():
        return _show(token, form), 400
    landing.i_still_need_this(rt(), token, why=str(form.why.data))
    return redirect(url_for(".show", token=token), 303)


def _show(token: str, form: WhyForm) -> str:
    form.why.label.text, form.why.description = "What do you need it for?", "Your sponsor reads it."
    return render_template("still_needed.html", shown=reviews.still_needed_page(rt(), token), form=form, token=token)
