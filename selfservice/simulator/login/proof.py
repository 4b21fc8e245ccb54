"""How an app proves who it is: by secret, certificate or federated assertion."""

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate

from selfservice.simulator.directory.registration import Registration
from selfservice.simulator.login.errors import LoginError
from selfservice.simulator.login.keys import SIGNATURE_ONLY
from selfservice.simulator.world import World

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST = 660.0


def check_proof(world: World, app: Registration, form: Mapping[str, str], audiences: set[str]) -> None:
    """Refuse an app that does not prove itself."""
    if form.get("client_assertion"):
        if form.get("client_assertion_type") != ASSERTION:
            raise LoginError("proof-assertion")
        _check_assertion(world, app, form["client_assertion"], audiences)
    elif form.get("client_secret"):
        expected = world.credentials.of(app.client_id).secret
        if not expected or not hmac.compare_digest(expected, form["client_secret"]):
            raise LoginError("proof-secret", client=app.client_id)
    else:
        raise LoginError("proof-missing")


def _check_assertion(world: World, app: Registration, assertion: str, audiences: set[str]) -> None:
    try:
        header = jwt.get_unverified_header(assertion)
    except jwt.InvalidTokenError:
        raise LoginError("proof-assertion") from None
    if "x5t" not in header and "x5t#S256" not in header:
        _check_federated(app, assertion, header)
        return
    certificate = world.credentials.of(app.client_id).certificate
    if certificate is None or not _is_named(certificate, header):
        raise LoginError("proof-key")
    claims = _read(assertion, certificate.public_key(), ["RS256", "PS256"])
    _check_claims(claims, app, audiences)


def _is_named(certificate: Certificate, header: dict[str, Any]) -> bool:
    # MSAL pads the thumbprint with "=", the standard does not: both name the same bytes.
    if "x5t#S256" in header:
        return _thumbprint(header["x5t#S256"]) == certificate.fingerprint(SHA256())
    der = certificate.public_bytes(Encoding.DER)
    return _thumbprint(header["x5t"]) == hashlib.sha1(der, usedforsecurity=False).digest()


def _thumbprint(text: str) -> bytes:
    return base64.urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))


def _read(assertion: str, key: Any, algorithms: list[str]) -> dict[str, Any]:
    try:
        return jwt.decode(assertion, key, algorithms=algorithms, options=SIGNATURE_ONLY)
    except jwt.InvalidSignatureError:
        raise LoginError("proof-signature") from None
    except jwt.InvalidTokenError:
        raise LoginError("proof-assertion") from None


def _check_claims(claims: dict[str, Any], app: Registration, audiences: set[str]) -> None:
    named = (claims.get("iss"), claims.get("sub"))
    if claims.get("aud") not in audiences or named != (app.client_id, app.client_id):
        raise LoginError("proof-claims", client=app.client_id)
    _check_time(claims)
    if not claims.get("jti"):
        raise LoginError("proof-assertion")


def _check_time(claims: dict[str, Any]) -> None:
    # Assertions are made by programs that know only the machine's clock, floats included.
    now = time.time()
    end, start = claims.get("exp"), claims.get("nbf", claims.get("iat", 0))
    if not isinstance(end, int | float) or not isinstance(start, int | float):
        raise LoginError("proof-time")
    if not now < end <= now + LONGEST or start > now + 300:
        raise LoginError("proof-time")


def _check_federated(app: Registration, assertion: str, header: dict[str, Any]) -> None:
    for credential in app.federated:
        keys = {key.key_id: key for key in jwt.PyJWKSet.from_dict(credential["jwks"]).keys}
        key = keys.get(header.get("kid"))
        if key is None:
            continue
        claims = _read(assertion, key.key, ["RS256", "PS256", "ES256"])
        wanted = (credential["issuer"], credential["subject"], credential["audience"])
        if (claims.get("iss"), claims.get("sub"), claims.get("aud")) == wanted:
            _check_time({**claims, "exp": min(claims.get("exp", 0), time.time() + LONGEST)})
            return
    raise LoginError("proof-federated")
