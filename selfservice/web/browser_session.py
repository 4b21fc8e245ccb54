"""The browser's session: a cookie that holds nothing but an opaque token, and a row on our side for the rest."""

from collections.abc import Mapping

from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin
from werkzeug.datastructures import CallbackDict

from selfservice.model.actor import Actor
from selfservice.model.identity import VerifiedIdentity
from selfservice.services import sessions
from selfservice.services.runtime import WebRuntime
from selfservice.web.fragments import is_poll

WITHOUT_SESSION = ("/static/", "/healthz", "/readyz")


class BrowserSession(CallbackDict[str, object], SessionMixin):
    """What we remember of one browser.

    `tenant_id` and `object_id` say who signed in, if anybody has. Once somebody `asked` who that is, `actor` holds the
    answer for the rest of the request.
    """

    def __init__(
        self,
        data: Mapping[str, object] | None = None,
        *,
        token: str | None = None,
        tenant_id: str | None = None,
        object_id: str | None = None,
    ) -> None:
        super().__init__(data or {}, BrowserSession._touch)
        self.token = token
        self.tenant_id = tenant_id
        self.object_id = object_id
        self.modified = False
        self.fresh = False
        self.over = False
        self.asked = False
        self.actor: Actor | None = None

    def _touch(self) -> None:
        self.modified = True

    def sign_in(self, runtime: WebRuntime, who: VerifiedIdentity) -> None:
        """Begin a signed-in session under a new token; the old token is dead."""
        self.clear()
        self["token_roles"] = sorted(who.roles)
        self["signed_in_at"] = runtime.clock().isoformat()
        self["login_hint"] = who.login_hint
        self.token = sessions.rotate(runtime, self.token or "", dict(self), who=who)
        self.tenant_id, self.object_id = who.tenant_id, who.object_id
        self.modified, self.fresh = False, True

    def end(self, runtime: WebRuntime) -> None:
        """Forget everything, here and in the browser."""
        if self.token:
            sessions.end(runtime, self.token)
        self.clear()
        self.token = self.tenant_id = self.object_id = self.actor = None
        self.modified, self.over = False, True


class ServerSideSessions(SessionInterface):
    """Loads and saves browser sessions; an unknown, idle or old token is an empty session."""

    def __init__(self, runtime: WebRuntime) -> None:
        self.runtime = runtime
        self.secure = runtime.settings.base_url.startswith("https://")
        self.cookie = "__Host-selfservice" if self.secure else "selfservice"

    def open_session(self, app: Flask, request: Request) -> BrowserSession:
        """Return the session that the request's cookie names, or an empty one."""
        token = request.cookies.get(self.cookie)
        if not token or request.path.startswith(WITHOUT_SESSION):
            return BrowserSession()
        loaded = sessions.load(self.runtime, token, active=not is_poll(request))
        if loaded is None:
            return BrowserSession()
        return BrowserSession(
            loaded.data,
            token=token,
            tenant_id=loaded.tenant_id,
            object_id=loaded.object_id,
        )

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Store what changed; tell the browser its token only when it is new."""
        if not isinstance(session, BrowserSession):
            return
        if session.over and not session.modified:
            response.delete_cookie(
                self.cookie,
                path="/",
                secure=self.secure,
                httponly=True,
                samesite="Lax",
            )
            return
        if session.modified and session.token:
            sessions.save(self.runtime, session.token, dict(session))
        elif session.modified:
            session.token = sessions.create(self.runtime, dict(session))
            session.fresh = True
        if session.fresh and session.token:
            self._set_cookie(response, session.token)

    def _set_cookie(self, response: Response, token: str) -> None:
        response.set_cookie(
            self.cookie,
            token,
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="Lax",
        )
