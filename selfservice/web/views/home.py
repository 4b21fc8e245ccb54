"""The first page: what waits for me, and two doors. Strangers see what this is."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from selfservice.services.overview.home import home
from selfservice.web.access import Who, access
from selfservice.web.bridge import rt
from selfservice.web.viewer import current_actor

bp = Blueprint("home", __name__)


@bp.get("/")
@access(Who.ANYONE)
def index() -> ResponseReturnValue:
    """Show the first page."""
    actor = current_actor()
    if actor is None:
        return render_template("landing.html")
    return render_template("home.html", home=home(rt(), actor), viewer=actor)
