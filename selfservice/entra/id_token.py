"""Verifies an id_token and says who signed in. MSAL only reads it; every check is in here.

https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference
https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-the-issuer
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

import jwt

from selfservice.entra.paths import is_guid
from selfservice.entra.signin_refusals import refused
from selfservice.entra.signing_keys import SigningKey, SigningKeys
from selfservice.model.identity import VerifiedIdentity

Claims = Mapping[str, object]

LEEWAY: Final = 120
CONSUMERS: Final = "9188040d-6c67-4c5b-b112-36a304b66dad"
"""The tenant of personal Microsoft accounts."""

REQUIRED: Final = ["aud", "exp", "iat", "iss", "nbf", "nonce", "oid", "tid", "ver"]


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """What a token must fit: our app, the sign-in that we began, and the tenants that may sign in."""

    client_id: str
    login_url: str
    tenants: frozenset[str]
    nonce: str = field(repr=False)
    allow_external_members: bool = False


def verify(token: str, keys: SigningKeys, expected: Expectation) -> VerifiedIdentity:
    """Return who signed in. Raises `SignInRefused`, or `UnableTo` where the keys cannot be fetched."""
    key = _key_of(token, keys)
    claims = _decode(token, key, expected.client_id)
    tenant_id = _check_origin(claims, key, expected)
    _check_kind(claims, expected)
    _check_account(claims, tenant_id, expected)
    return VerifiedIdentity(
        tenant_id=tenant_id,
        object_id=str(claims["oid"]).lower(),
        display_name=_text(claims, "name") or "",
        user_name=_text(claims, "preferred_username") or "",
        roles=_roles(claims),
        session_hint=_text(claims, "sid"),
        login_hint=_text(claims, "login_hint"),
    )


def wire_nonce(nonce: str) -> str:
    """Return the nonce as MSAL sends it, and so as the token must carry it."""
    return hashlib.sha256(nonce.encode("ascii")).hexdigest()


def _key_of(token: str, keys: SigningKeys) -> SigningKey:
    try:
        header = jwt.get_unverified_header(token)
    except jwt.InvalidTokenError as failure:
        raise refused("untrusted") from failure
    key_id = header.get("kid")
    if header.get("alg") != "RS256" or "crit" in header or not isinstance(key_id, str):
        raise refused("untrusted")
    key = keys.find(key_id)
    if key is None:
        raise refused("untrusted")
    return key


def _decode(token: str, key: SigningKey, client_id: str) -> Claims:
    try:
        claims: Claims = jwt.decode(
            token,
            key.key,
            algorithms=["RS256"],
            audience=client_id,
            leeway=LEEWAY,
            options={"require": REQUIRED, "strict_aud": True},
        )
    except (jwt.ExpiredSignatureError, jwt.ImmatureSignatureError) as failure:
        raise refused("out-of-time") from failure
    except jwt.InvalidTokenError as failure:
        raise refused("untrusted") from failure
    return claims


def _check_origin(claims: Claims, key: SigningKey, expected: Expectation) -> str:
    tenant_id = claims["tid"]
    if not isinstance(tenant_id, str) or not is_guid(tenant_id):
        raise refused("untrusted")
    issuer = f"{expected.login_url}/{tenant_id}/v2.0"
    if claims["iss"] != issuer or not key.may_sign_for(issuer, tenant_id):
        raise refused("untrusted")
    if tenant_id == CONSUMERS:
        raise refused("personal-account")
    if tenant_id not in expected.tenants:
        raise refused("not-our-tenant")
    return tenant_id


def _check_kind(claims: Claims, expected: Expectation) -> None:
    # A token for calling an API may be signed with the same key for the same app; it tells nobody who signed in.
    if claims["ver"] != "2.0" or "scp" in claims or "idtyp" in claims or not is_guid(claims["oid"]):
        raise refused("untrusted")
    nonce = claims["nonce"]
    if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), wire_nonce(expected.nonce).encode()):
        raise refused("untrusted")


def _check_account(claims: Claims, tenant_id: str, expected: Expectation) -> None:
    account = claims.get("acct")
    # Python takes True for 1 and False for 0; a token that says so did not come from where we think.
    if type(account) is not int or account not in (0, 1):
        raise refused("account-kind-unknown")
    if account == 1:
        raise refused("guest-account")
    provider = claims.get("idp")
    if provider is not None and not expected.allow_external_members and not _is_own(provider, tenant_id):
        raise refused("external-member")


def _is_own(provider: object, tenant_id: str) -> bool:
    parts = urlsplit(provider) if isinstance(provider, str) else None
    return parts is not None and parts.scheme == "https" and tenant_id in parts.path.split("/")


def _roles(claims: Claims) -> frozenset[str]:
    # Only the token's own roles count: a pointer to roles or groups elsewhere (`_claim_names`) grants nothing.
    roles = claims.get("roles", [])
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        raise refused("untrusted")
    return frozenset(roles)


def _text(claims: Claims, name: str) -> str | None:
    value = claims.get(name)
    return value if isinstance(value, str) and value else None
