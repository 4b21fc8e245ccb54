"""A sign-in service of our own that says whatever a test wants, with keys of its own."""

import hashlib
import time
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from selfservice.config.settings import (
    Credential,
    CredentialKind,
    MailKind,
    MailSettings,
    Settings,
    SignInSettings,
    Tenant,
)
from selfservice.entra.signin import EntraSignIn
from selfservice.model.identity import SignInStart, VerifiedIdentity
from tests.entra.scripted import PLACE, Scripted, ScriptedServer

CLIENT = "5e1f5e1f-0000-4000-8000-000000000001"
HOME, RESOURCE = "11111111-aaaa-4aaa-8aaa-111111111111", "22222222-bbbb-4bbb-8bbb-222222222222"
STRANGER = "44444444-dddd-4ddd-8ddd-444444444444"
ANN = "aaaaaaaa-0000-4000-8000-00000000000a"
CALLBACK = "https://access.example/sign-in/callback"

Claims = dict[str, Any]


def key(number: int = 1, size: int = 2048) -> RSAPrivateKey:
    """Return a key by its number and size, always the same."""
    return _key(number, size)


@cache
def _key(number: int, size: int) -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=size)


def published(number: int = 1, *, kid: str = "", size: int = 2048, **more: object) -> Claims:
    """Return the public half of a key as the service publishes it."""
    entry = jwt.algorithms.RSAAlgorithm.to_jwk(key(number, size).public_key(), as_dict=True)
    return {**entry, "use": "sig", "kid": kid or f"key-{number}", "issuer": f"{PLACE}/{{tenantid}}/v2.0", **more}


def good_claims(nonce: str) -> Claims:
    """Return claims that are in order."""
    now = int(time.time())
    return {
        "aud": CLIENT,
        "iss": f"{PLACE}/{HOME}/v2.0",
        "iat": now,
        "nbf": now,
        "exp": now + 3600,
        "tid": HOME,
        "oid": ANN,
        "sub": "pairwise",
        "ver": "2.0",
        "acct": 0,
        "nonce": hashlib.sha256(nonce.encode()).hexdigest(),
        "name": "Ann Lund",
        "preferred_username": "ann@fabrikam.example",
        "sid": "the-session",
        "login_hint": "the-hint",
    }


class Forger:
    """An installation whose sign-in service is ours to script."""

    def __init__(self, server: ScriptedServer, **signin: Any) -> None:
        self.server = server
        self.keys: list[Claims] = [published()]
        settings = make_settings(server)
        self.sign_in = EntraSignIn(replace(settings, signin=replace(settings.signin, **signin)), {"THE_SECRET": "hush"})
        self.begun = False

    def start(self) -> SignInStart:
        """Begin a sign-in."""
        browser = self.server.url.replace("127.0.0.1", "localhost")
        discovery = Scripted(
            body={
                "authorization_endpoint": f"{browser}/organizations/oauth2/v2.0/authorize",
                "token_endpoint": f"{PLACE}/organizations/oauth2/v2.0/token",
                "issuer": f"{PLACE}/{{tenantid}}/v2.0",
            }
        )
        # Addresses and keys are asked for by the first sign-in alone.
        self.server.script[:] = [] if self.begun else [discovery]
        self.begun = True
        return self.sign_in.start(redirect_uri=CALLBACK, login_hint=None)

    def finish(self, start: SignInStart, token: str) -> VerifiedIdentity:
        """Come back with a code for which the service gives this id_token."""
        body = {"token_type": "Bearer", "expires_in": 3599, "access_token": "for-graph", "id_token": token}
        self.server.script += [Scripted(body=body), Scripted(body={"keys": self.keys})]
        return self.sign_in.finish(start.flow, {"code": "the-code", "state": str(start.flow["state"])})

    def enter(self, changes: Claims | None = None, *, without: str = "") -> VerifiedIdentity:
        """Sign in with claims that are in order but for the changes."""
        start = self.start()
        claims = {**good_claims(str(start.flow["nonce"])), **(changes or {})}
        claims.pop(without, None)
        return self.finish(start, signed(claims))


def signed(claims: Claims, number: int = 1, **header: object) -> str:
    """Return a token."""
    return jwt.encode(claims, key(number), algorithm="RS256", headers={"kid": f"key-{number}", **header})


def make_settings(server: ScriptedServer) -> Settings:
    """Return an installation with a home and a resource tenant."""
    secret = Credential(client_id=CLIENT, kind=CredentialKind.SECRET, environment="THE_SECRET")
    tenants = {
        alias: Tenant(
            alias=alias,
            tenant_id=tenant_id,
            name=alias.title(),
            domains=(f"{alias}.example",),
            cloud=server.cloud,
            is_home=alias == "fabrikam",
            is_resource=alias == "contoso",
            credential=secret,
        )
        for alias, tenant_id in (("fabrikam", HOME), ("contoso", RESOURCE))
    }
    return Settings(
        demo=True,
        base_url="https://access.example",
        secret_key="-" * 32,
        database_url="sqlite://",
        queue_url="sqlite://",
        instance=Path(),
        tenants=tenants,
        signin=SignInSettings(credential=secret, cloud=server.cloud, authority="organizations"),
        mail=MailSettings(kind=MailKind.SMTP, sender="a@b.example", sender_name="Selfservice"),
    )
