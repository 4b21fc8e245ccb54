"""Pages and redirects: what the browser-facing half of the simulator is made of."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from jinja2 import Environment, PackageLoader, StrictUndefined
from werkzeug.wrappers import Request, Response

from selfservice.simulator.login.sessions import Session, Sessions
from selfservice.simulator.world import World

_COOKIE = "simulator_account"
_PAGES = Environment(loader=PackageLoader("selfservice.simulator"), autoescape=True, undefined=StrictUndefined)


@dataclass(frozen=True, kw_only=True)
class Visit:
    """Be one request of a browser or a program, outside Graph."""

    world: World
    sessions: Sessions
    request: Request
    args: Mapping[str, str]

    @property
    def session(self) -> Session | None:
        """Return who has signed in in this browser."""
        return self.sessions.get(self.request.cookies.get(_COOKIE, ""))

    @property
    def back(self) -> str:
        """Return the scheme and host that programs calling this host should use."""
        return self.world.site.back(self.request.host)

    def tenant_name(self) -> str:
        """Return the tenant that the path names."""
        return self.args["tenant"].lower()


View: TypeAlias = Callable[[Visit], Response]


def page(template: str, *, status: int = 200, **values: Any) -> Response:
    """Show a page."""
    html = _PAGES.get_template(template).render(**values)
    return Response(html, status, content_type="text/html; charset=utf-8")


def as_json(body: object, status: int = 200) -> Response:
    """Answer with JSON."""
    return Response(json.dumps(body), status, content_type="application/json; charset=utf-8")


def go(url: str) -> Response:
    """Send the browser elsewhere."""
    return Response(status=302, headers={"Location": url, "Cache-Control": "no-store"})


def remember(response: Response, session: Session, *, secure: bool) -> Response:
    """Let the browser keep who signed in."""
    response.set_cookie(_COOKIE, session.id, httponly=True, samesite="Lax", secure=secure)
    return response


def forget(response: Response) -> Response:
    """Let the browser forget who signed in."""
    response.delete_cookie(_COOKIE)
    return response
