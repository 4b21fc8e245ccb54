"""Who looks at the page: the actor behind the browser's session, checked anew for every request."""

from datetime import datetime
from typing import cast

from flask import request, session

from selfservice.model.actor import Actor
from selfservice.services import signing_in
from selfservice.services.sight import enter, everything, scope_of
from selfservice.web.bridge import rt
from selfservice.web.browser_session import BrowserSession
from selfservice.web.scoping import BEFORE_SIGN_IN


def current_session() -> BrowserSession:
    """Return the browser's session."""
    return cast(BrowserSession, session)


def current_actor() -> Actor | None:
    """Return who is signed in, or None; a person who may not act any more is nobody."""
    here = current_session()
    if not here.asked:
        with everything():
            here.asked, here.actor = True, _find_actor(here)
        if here.actor is not None and request.blueprint not in BEFORE_SIGN_IN:
            enter(scope_of(rt(), here.actor))
    return here.actor


def me() -> Actor:
    """Return who is signed in, on a route that only they can reach."""
    actor = current_actor()
    if actor is None:
        raise LookupError("a route that needs a signed-in person let nobody through")
    return actor


def _find_actor(here: BrowserSession) -> Actor | None:
    if not here.tenant_id or not here.object_id:
        return None
    roles = here.get("token_roles", [])
    return signing_in.actor(
        rt(),
        tenant_id=here.tenant_id,
        object_id=here.object_id,
        token_roles=frozenset(str(role) for role in roles) if isinstance(roles, list) else frozenset(),
        since=datetime.fromisoformat(str(here["signed_in_at"])),
        remote_address=request.remote_addr or "",
    )
