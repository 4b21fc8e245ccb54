"""What the identity platform says about itself: endpoints, keys and instances."""

from werkzeug.wrappers import Response

from selfservice.simulator.login.errors import LoginError
from selfservice.simulator.web import Visit, as_json

ANY_TENANT = ("common", "organizations", "consumers")


def configuration(visit: Visit) -> Response:
    """Describe the endpoints of a tenant."""
    name = known_tenant(visit)
    back, front = f"{visit.back}/{name}", f"{visit.world.site.front}/{name}"
    tenant = "{tenantid}" if name in ANY_TENANT else name
    return as_json(
        {
            "token_endpoint": f"{back}/oauth2/v2.0/token",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
            "jwks_uri": f"{back}/discovery/v2.0/keys",
            "response_modes_supported": ["query", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "issuer": visit.world.site.issuer(tenant),
            "request_uri_parameter_supported": False,
            "authorization_endpoint": f"{front}/oauth2/v2.0/authorize",
            "end_session_endpoint": f"{front}/oauth2/v2.0/logout",
            "http_logout_supported": True,
            "frontchannel_logout_supported": True,
            "claims_supported": ["sub", "iss", "aud", "exp", "iat", "nonce", "tid", "oid", "ver"],
            "tenant_region_scope": "EU",
            "msgraph_host": visit.request.host,
        }
    )


def key_set(visit: Visit) -> Response:
    """Publish the signing keys with the issuer they are good for."""
    name = known_tenant(visit)
    tenant = "{tenantid}" if name in ANY_TENANT else name
    issuer = visit.world.site.issuer(tenant)
    return as_json({"keys": visit.world.keys.published(issuer)})


def instance(visit: Visit) -> Response:
    """Tell which login hosts belong together: this one, with itself."""
    host = visit.request.host
    return as_json(
        {
            "tenant_discovery_endpoint": f"{visit.back}/common/v2.0/.well-known/openid-configuration",
            "api-version": "1.1",
            "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
        }
    )


def known_tenant(visit: Visit) -> str:
    """Return the id of the tenant in the path, or the word that means any."""
    name = visit.tenant_name()
    if name in ANY_TENANT:
        return name
    tenant = visit.world.tenant_named(name)
    if tenant is None:
        raise LoginError("login-tenant", tenant=name)
    return tenant.id
