"""Sign-out: the browser forgets, and every app it signed in to is told through a frame."""

from urllib.parse import urlencode, urlsplit, urlunsplit

from werkzeug.wrappers import Response

from selfservice.simulator.login.discovery import known_tenant
from selfservice.simulator.login.errors import LoginError, with_query
from selfservice.simulator.login.sessions import Session
from selfservice.simulator.web import Visit, forget, page


def logout(visit: Visit) -> Response:
    """Sign out, tell the apps, and lead back to where the app wants."""
    known_tenant(visit)
    after = visit.request.args.get("post_logout_redirect_uri", "")
    state = visit.request.args.get("state", "")
    if after and not any(app.allows_redirect(after) for app in visit.world.apps.values()):
        error = LoginError("logout-redirect", uri=after)
        return page(
            "message.html",
            status=400,
            heading="Sign-out did not work",
            text=error.text,
            link="/",
            label="Start page of the simulator",
        )
    session = visit.session
    frames = [] if session is None else _frames(visit, session)
    if session is not None:
        visit.sessions.close(session)
    target = with_query(after, {"state": state}) if after and state else after
    response = page("signed_out.html", frames=frames, target=target, wait=2 if frames else 0)
    return forget(response)


def _reachable(url: str, redirect_uri: str) -> str:
    # As with redirect addresses, any port of localhost will do: the one the app signed in from.
    parts, came_from = urlsplit(url), urlsplit(redirect_uri)
    if parts.hostname == "localhost" and parts.port is None:
        parts = parts._replace(netloc=came_from.netloc)
    return urlunsplit(parts)


def _frames(visit: Visit, session: Session) -> list[str]:
    found = []
    for client, visited in session.clients.items():
        url = visit.world.apps[client].logout_url
        if url:
            values = {"sid": session.sid, "iss": visit.world.site.issuer(visited.tenant)}
            found.append(f"{_reachable(url, visited.redirect_uri)}?{urlencode(values)}")
    return found
