"""Admin consent: an app enters a tenant, and the app is told which."""

from urllib.parse import urlsplit

from werkzeug.wrappers import Response

from selfservice.simulator.directory.shapes import Properties
from selfservice.simulator.directory.tenant import Tenant
from selfservice.simulator.identifiers import derived_id
from selfservice.simulator.login.discovery import ANY_TENANT, known_tenant
from selfservice.simulator.login.errors import with_query
from selfservice.simulator.web import Visit, go, page


def admin_consent(visit: Visit) -> Response:
    """Ask an administrator whether an app may enter the tenant."""
    asked = visit.request.args
    app = visit.world.apps.get(asked.get("client_id", ""))
    redirect = asked.get("redirect_uri", "")
    name = known_tenant(visit)
    if app is None or not app.allows_redirect(redirect):
        return page(
            "message.html",
            status=400,
            heading="Consent did not work",
            text="The app or its redirect address is not registered.",
            link="/",
            label="Start page of the simulator",
        )
    answer = visit.request.form.get("answer", "")
    place = visit.request.form.get("tenant") or ("" if name in ANY_TENANT else name)
    tenant = visit.world.tenants.get(place)
    state = {"state": asked["state"]} if asked.get("state") else {}
    if answer == "accept" and tenant is not None:
        _enter(tenant, app.client_id, app.name)
        return go(with_query(redirect, {"tenant": place, **state, "admin_consent": "True"}))
    if answer == "cancel":
        text = "AADSTS65004: The administrator canceled the request."
        values = {"error": "permission_denied", "error_description": text}
        return go(with_query(redirect, {**values, **state}))
    tenants = [tenant] if tenant else list(visit.world.tenants.values())
    return page(
        "admin_consent.html",
        app=app.name,
        host=urlsplit(redirect).netloc,
        tenants=[(place.id, place.name) for place in tenants],
    )


def _enter(tenant: Tenant, client_id: str, name: str) -> None:
    tenant.grants.setdefault(client_id, [])
    tenant.save()
    if tenant.principal_of(client_id) is None:
        body: Properties = {
            "id": derived_id(tenant.id, client_id),
            "appId": client_id,
            "displayName": name,
            "appDisplayName": name,
            "accountEnabled": True,
            "servicePrincipalType": "Application",
            "appRoleAssignmentRequired": False,
            "appRoles": [],
        }
        tenant.principals.add(body)
