"""Probes for whoever runs this: is the process alive, and can it serve pages."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from selfservice.services.readiness import is_ready
from selfservice.web.access import Who, access
from selfservice.web.bridge import rt

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@access(Who.ANYONE)
def alive() -> ResponseReturnValue:
    """Say that the process answers."""
    return {"status": "alive"}


@bp.get("/readyz")
@access(Who.ANYONE)
def ready() -> ResponseReturnValue:
    """Say whether the database answers too."""
    if is_ready(rt()):
        return {"status": "ready"}
    return {"status": "the database does not answer"}, 503
