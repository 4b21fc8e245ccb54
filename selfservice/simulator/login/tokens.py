"""The token endpoint: codes, refresh tokens and app credentials in, tokens out."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import replace

import jwt
from werkzeug.wrappers import Response

from selfservice.simulator.directory.registration import Registration
from selfservice.simulator.directory.shapes import Properties
from selfservice.simulator.graph.access import graph_audiences
from selfservice.simulator.login.accounts import Entered
from selfservice.simulator.login.claims import app_token, client_info, id_token, user_token
from selfservice.simulator.login.discovery import ANY_TENANT, known_tenant
from selfservice.simulator.login.errors import LoginError
from selfservice.simulator.login.proof import check_proof
from selfservice.simulator.login.sessions import Grant
from selfservice.simulator.web import Visit, as_json

_REFRESH_SECONDS = 90 * 86400


def token(visit: Visit) -> Response:
    """Answer a token request, refusals included."""
    form = visit.request.form
    correlation = visit.request.headers.get("client-request-id", "")
    try:
        name = known_tenant(visit)
        app = _app(visit, form, name)
        body = _granted(visit, form, app, name)
    except LoginError as error:
        return error.answer(visit.world, correlation)
    response = as_json(body)
    response.headers["Cache-Control"] = "no-store, no-cache"
    return response


def _app(visit: Visit, form: Mapping[str, str], tenant: str) -> Registration:
    if visit.request.method != "POST":
        raise LoginError("token-method")
    for field in ("grant_type", "client_id"):
        if not form.get(field):
            raise LoginError("login-parameter", name=field)
    app = visit.world.apps.get(form["client_id"])
    if app is None:
        raise LoginError("login-client", client=form["client_id"], tenant=tenant)
    check_proof(visit.world, app, form, _audiences(visit, tenant))
    return app


def _audiences(visit: Visit, tenant: str) -> set[str]:
    site, named = visit.world.site, visit.tenant_name()
    return {
        f"{origin}/{name}{end}"
        for origin in (visit.back, site.login, site.front, site.url)
        for name in (tenant, named)
        for end in ("/oauth2/v2.0/token", "/v2.0")
    }


def _granted(visit: Visit, form: Mapping[str, str], app: Registration, tenant: str) -> Properties:
    match form["grant_type"]:
        case "client_credentials":
            return _for_app(visit, form, app, tenant)
        case "authorization_code":
            return _for_code(visit, form, app, tenant)
        case "refresh_token":
            return _for_refresh(visit, form, app)
        case other:
            raise LoginError("grant-type", value=other)


def _for_app(visit: Visit, form: Mapping[str, str], app: Registration, tenant_name: str) -> Properties:
    if tenant_name in ANY_TENANT:
        raise LoginError("grant-tenant")
    tenant = visit.world.tenants[tenant_name]
    scope = form.get("scope", "")
    resource = scope.removesuffix("/.default").rstrip("/")
    if not scope.endswith("/.default") or " " in scope:
        raise LoginError("grant-scope", scope=scope)
    if resource not in graph_audiences(visit.world, visit.back):
        raise LoginError("grant-resource", scope=resource, tenant=tenant.name)
    if app.client_id not in tenant.grants:
        raise LoginError("login-client", client=app.client_id, tenant=tenant.name)
    text, seconds = app_token(visit.world, tenant, app, resource)
    return {
        "token_type": "Bearer",
        "expires_in": seconds,
        "ext_expires_in": seconds,
        "access_token": text,
    }


def _for_code(visit: Visit, form: Mapping[str, str], app: Registration, tenant: str) -> Properties:
    if not form.get("code"):
        raise LoginError("login-parameter", name="code")
    grant = visit.sessions.grant(form["code"])
    if grant is None:
        raise LoginError("grant-code")
    if grant.client != app.client_id or tenant not in (*ANY_TENANT, grant.tenant):
        raise LoginError("grant-client")
    if grant.used:
        raise LoginError("grant-code-used")
    if grant.expires <= visit.world.clock.stamp():
        raise LoginError("grant-code-expired")
    if grant.redirect_uri != form.get("redirect_uri"):
        raise LoginError("grant-redirect", uri=form.get("redirect_uri", ""))
    _check_verifier(grant, form.get("code_verifier", ""))
    grant.used = True
    return _for_person(visit, form, app, grant)


def _check_verifier(grant: Grant, verifier: str) -> None:
    if not grant.challenge:
        return
    if not verifier:
        raise LoginError("grant-verifier-missing")
    digest = hashlib.sha256(verifier.encode()).digest()
    made = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    if not hmac.compare_digest(made, grant.challenge):
        raise LoginError("grant-verifier")


def _for_refresh(visit: Visit, form: Mapping[str, str], app: Registration) -> Properties:
    try:
        claims = visit.world.keys.read(form.get("refresh_token", ""))
        grant = Grant(**claims["refresh"])
    except (jwt.InvalidTokenError, KeyError):
        raise LoginError("grant-refresh") from None
    if grant.client != app.client_id or grant.expires <= visit.world.clock.stamp():
        raise LoginError("grant-refresh")
    return _for_person(visit, form, app, replace(grant, nonce=""))


def _for_person(visit: Visit, form: Mapping[str, str], app: Registration, grant: Grant) -> Properties:
    world = visit.world
    tenant = world.tenants[grant.tenant]
    user = tenant.users.live.get(grant.oid)
    if user is None or not user["accountEnabled"]:
        raise LoginError("grant-user")
    entered = Entered(tenant=tenant, user=user)
    scopes = grant.scope.split()
    granted = " ".join(scope for scope in scopes if scope != "offline_access")
    text, seconds = user_token(world, entered, app, granted)
    body: Properties = {
        "token_type": "Bearer",
        "scope": granted,
        "expires_in": seconds,
        "ext_expires_in": seconds,
        "access_token": text,
    }
    if "openid" in scopes:
        body["id_token"] = id_token(world, app, entered, grant)
    if "offline_access" in scopes:
        kept = replace(grant, expires=world.clock.stamp() + _REFRESH_SECONDS)
        body["refresh_token"] = world.keys.sign({"refresh": kept.__dict__})
    if form.get("client_info") == "1":
        body["client_info"] = client_info(world, entered)
    return body
