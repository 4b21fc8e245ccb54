"""The sign-in page: pick who you are, and a code goes back to the app."""

from dataclasses import dataclass
from html import escape

from werkzeug.wrappers import Response

from selfservice.simulator.directory.registration import Registration
from selfservice.simulator.directory.shapes import Properties
from selfservice.simulator.directory.tenant import Tenant
from selfservice.simulator.graph.logs import note_sign_in
from selfservice.simulator.login.accounts import (
    Entered,
    account_facts,
    account_key,
    address_key,
    choices,
    enter,
    unconsented,
)
from selfservice.simulator.login.discovery import ANY_TENANT, known_tenant
from selfservice.simulator.login.errors import LoginError, with_query
from selfservice.simulator.login.sessions import Grant, Session, Visited
from selfservice.simulator.web import Visit, go, page, remember

CODE_SECONDS = 600


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Be what an app asks of the sign-in page."""

    tenant: Tenant | None
    app: Registration
    redirect_uri: str
    scope: str
    state: str
    nonce: str
    challenge: str
    mode: str
    prompt: str
    hint: str


def authorize(visit: Visit) -> Response:
    """Show who can sign in, or go on with who has."""
    try:
        wish = _read(visit)
    except LoginError as error:
        return _shown_error(visit, error)
    try:
        _check(visit, wish)
        return _answer(visit, wish)
    except LoginError as error:
        return _back(wish, _error_values(visit, error))


def _read(visit: Visit) -> Wish:
    asked = visit.request.args
    name = known_tenant(visit)
    client = asked.get("client_id", "")
    app = visit.world.apps.get(client)
    if app is None:
        raise LoginError("login-client", client=client, tenant=name)
    redirect_uri = asked.get("redirect_uri", "")
    if not app.allows_redirect(redirect_uri):
        raise LoginError("login-redirect", uri=redirect_uri, client=client)
    return Wish(
        tenant=None if name in ANY_TENANT else visit.world.tenants[name],
        app=app,
        redirect_uri=redirect_uri,
        scope=asked.get("scope", ""),
        state=asked.get("state", ""),
        nonce=asked.get("nonce", ""),
        challenge=asked.get("code_challenge", ""),
        mode=asked.get("response_mode", "query"),
        prompt=asked.get("prompt", ""),
        hint=asked.get("login_hint", ""),
    )


def _check(visit: Visit, wish: Wish) -> None:
    asked = visit.request.args
    kind = asked.get("response_type", "")
    if kind != "code":
        raise LoginError("login-response-type", value=kind)
    if wish.mode not in ("query", "form_post"):
        raise LoginError("login-response-mode", value=wish.mode)
    if not wish.scope:
        raise LoginError("login-parameter", name="scope")
    if wish.challenge and asked.get("code_challenge_method") != "S256":
        raise LoginError("login-challenge-method")
    if wish.tenant is not None and wish.app.client_id not in wish.tenant.grants:
        raise unconsented(wish.tenant, wish.app)


def _answer(visit: Visit, wish: Wish) -> Response:
    form = visit.request.form
    if visit.request.method == "POST" and form.get("answer") == "cancel":
        raise LoginError("login-canceled")
    if visit.request.method == "POST" and form.get("account"):
        return _picked(visit, wish, form["account"].strip())
    session = visit.session
    wanted = not wish.hint or (session and _is_hinted(visit, wish, session))
    if session is not None and wanted and wish.prompt not in ("select_account", "login"):
        return _signed_in(visit, wish, session)
    if wish.prompt == "none":
        raise LoginError("login-required")
    return _picker(visit, wish)


def _is_hinted(visit: Visit, wish: Wish, session: Session) -> bool:
    facts = account_facts(visit.world, session.account)
    return wish.hint.lower() in (str(facts["address"]).lower(), session.account)


def _picker(visit: Visit, wish: Wish) -> Response:
    search = visit.request.args.get("find", wish.hint)
    if "/" in search:
        search = str(account_facts(visit.world, search)["address"])
    found, more = choices(visit.world, wish.tenant, wish.app, search)
    kept = [(name, value) for name, value in visit.request.args.items() if name != "find"]
    place = wish.tenant.name if wish.tenant else "any organization that uses this app"
    return page(
        "pick.html",
        app=wish.app.name,
        place=place,
        choices=found,
        more=more,
        search=search,
        kept=kept,
        action=visit.request.url,
        path=visit.request.path,
    )


def _picked(visit: Visit, wish: Wish, picked: str) -> Response:
    key = account_key(visit.world, picked, wish.tenant)
    session = visit.session
    if session is None or session.account != key:
        session = visit.sessions.open(key)
    try:
        response = _signed_in(visit, wish, session)
    except LoginError as error:
        _note_failure(visit, wish, key, error)
        raise
    return remember(response, session, secure=visit.world.site.tls)


def _signed_in(visit: Visit, wish: Wish, session: Session) -> Response:
    entered = enter(visit.world, wish.tenant, wish.app, session.account)
    if entered.user.get("externalUserState") == "PendingAcceptance":
        return _redeem_first(visit, entered)
    note_sign_in(visit.world, entered.tenant, entered.user, app=wish.app.client_id)
    session.clients[wish.app.client_id] = Visited(tenant=entered.tenant.id, redirect_uri=wish.redirect_uri)
    code = visit.sessions.issue(
        Grant(
            client=wish.app.client_id,
            redirect_uri=wish.redirect_uri,
            tenant=entered.tenant.id,
            oid=entered.user["id"],
            scope=wish.scope,
            nonce=wish.nonce,
            challenge=wish.challenge,
            sid=session.sid,
            expires=visit.world.clock.stamp() + CODE_SECONDS,
        )
    )
    return _back(wish, {"code": code, "session_state": session.sid})


def _redeem_first(visit: Visit, entered: Entered) -> Response:
    return page(
        "message.html",
        status=403,
        heading="Accept the invitation first",
        text=f"{entered.user['mail']} has been invited to {entered.tenant.name}, but the "
        "invitation has not been accepted. Open the link in the invitation, then sign in again.",
        link=f"/mailbox/{entered.user['mail']}",
        label="Open the mailbox",
    )


def _note_failure(visit: Visit, wish: Wish, key: str, error: LoginError) -> None:
    facts = account_facts(visit.world, key)
    tenant = wish.tenant or visit.world.tenants.get(facts["tenantId"] or "")
    home = address_key(visit.world, facts["address"]).partition("/")[2]
    user = tenant.users.live.get(home) if tenant else None
    if tenant is not None and user is not None:
        number = int("".join(filter(str.isdigit, error.text.partition(":")[0])) or 1)
        note_sign_in(visit.world, tenant, user, app=wish.app.client_id, error=number)


def _error_values(visit: Visit, error: LoginError) -> dict[str, str]:
    body: Properties = error.described(visit.world)
    return {
        "error": body["error"],
        "error_description": body["error_description"],
        "error_uri": body["error_uri"],
    }


def _back(wish: Wish, values: dict[str, str]) -> Response:
    values = {**values, "state": wish.state} if wish.state else values
    if wish.mode == "query":
        return go(with_query(wish.redirect_uri, values))
    fields = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in values.items()
    )
    return page("form_post.html", action=wish.redirect_uri, fields=fields)


def _shown_error(visit: Visit, error: LoginError) -> Response:
    body = error.described(visit.world)
    return page(
        "message.html",
        status=error.status,
        heading="Sign-in did not work",
        text=body["error_description"],
        link="/",
        label="Start page of the simulator",
    )
