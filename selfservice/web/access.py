"""Who may use which route. A route that does not say so is closed to everybody."""

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import TypeVar
from weakref import WeakKeyDictionary

from flask import Flask, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Forbidden, MethodNotAllowed, Unauthorized

from selfservice.model.actor import Actor, Role
from selfservice.web.fragments import wants_fragment
from selfservice.web.viewer import current_actor

SAFE_METHODS = frozenset({"GET", "HEAD"})


class Who(StrEnum):
    """Who may use a route. What they may do to one object there is the use case's business."""

    ANYONE = "anyone"
    SIGNED_IN = "signed in"
    ADMIN = "admin"
    ADMIN_OR_AUDITOR = "admin or auditor"


class Rule:
    """What a route declares: who may use it, and whether it may change something."""

    def __init__(self, who: Who, *, changes: bool) -> None:
        self.who = who
        self.changes = changes

    def allows(self, actor: Actor | None) -> bool:
        """Say whether this actor may use the route."""
        if self.who is Who.ANYONE:
            return True
        if actor is None:
            return False
        if self.who is Who.ADMIN:
            return Role.ADMIN in actor.roles
        if self.who is Who.ADMIN_OR_AUDITOR:
            return bool(actor.roles & {Role.ADMIN, Role.AUDITOR})
        return True


View = TypeVar("View", bound=Callable[..., object])
RULES: WeakKeyDictionary[Callable[..., object], Rule] = WeakKeyDictionary()


def access(who: Who, *, changes: bool = False) -> Callable[[View], View]:
    """Declare who may use a route; `changes` opens it to POST."""

    def declare(view: View) -> View:
        RULES[view] = Rule(who, changes=changes)
        return view

    return declare


def rule_of(app: Flask, endpoint: str | None) -> Rule | None:
    """Return what the route declares, or None where it declares nothing."""
    view = app.view_functions.get(endpoint or "")
    return RULES.get(view) if view else None


def undeclared(app: Flask) -> Iterable[str]:
    """Name the routes that do not say who may use them."""
    return sorted(name for name in app.view_functions if rule_of(app, name) is None)


def guard(app: Flask) -> None:
    """Check every request against the rule of its route, before anything else of it runs."""
    access(Who.ANYONE)(app.view_functions["static"])

    @app.before_request
    def check() -> ResponseReturnValue | None:
        if request.url_rule is None:
            return None
        rule = rule_of(app, request.endpoint)
        if rule is None:
            raise Forbidden
        if request.method not in SAFE_METHODS and not (rule.changes and request.method == "POST"):
            raise MethodNotAllowed(valid_methods=["POST"] if rule.changes else ["GET"])
        if rule.who is Who.ANYONE or rule.allows(actor := current_actor()):
            return None
        return _refuse(actor)


def _refuse(actor: Actor | None) -> ResponseReturnValue:
    if actor is not None:
        raise Forbidden
    if request.method in SAFE_METHODS and not wants_fragment():
        return redirect(url_for("signing_in.start", next=request.full_path), 303)
    raise Unauthorized
