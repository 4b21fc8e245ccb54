"""App tokens of one tenant: got through MSAL, kept in memory, asked for by one thread at a time."""

import logging
import os
import threading
from collections.abc import Mapping
from typing import Protocol

import jwt
import msal

from selfservice.config.clouds import Cloud
from selfservice.config.problems import SettingsError
from selfservice.config.proof import credential_proof
from selfservice.config.settings import Credential, CredentialKind
from selfservice.entra.errors import unable
from selfservice.entra.meanings import Service
from selfservice.entra.msal_http import MsalHttp
from selfservice.entra.paths import is_guid
from selfservice.entra.token_errors import token_failure
from selfservice.entra.wire import Wire
from selfservice.model.directory import GrantedPermissions

log = logging.getLogger(__name__)


class Tokens(Protocol):
    """Where a bearer token comes from."""

    def bearer(self, claims: str | None = None) -> str:
        """Return a token; `claims` are what the service wants a new one to answer."""

    def forget(self) -> None:
        """Forget the token, so that the next one is new."""


class AppTokens:
    """The tokens of one app registration in one tenant. Nothing is read or sent before the first one is needed."""

    def __init__(
        self,
        *,
        tenant_id: str,
        cloud: Cloud,
        credential: Credential,
        service: Service,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._tenant_id = tenant_id
        self._cloud = cloud
        self._credential = credential
        self._service = service
        self._environ = environ
        self._http = MsalHttp(Wire(cloud, cloud.login_url), service)
        self._lock = threading.Lock()
        self._app: msal.ConfidentialClientApplication | None = None

    def bearer(self, claims: str | None = None) -> str:
        """Return a token; `claims` are what the service wants a new one to answer. Raises `UnableTo`."""
        with self._lock:
            result = self._acquire(claims)
            token = result.get("access_token")
            if isinstance(token, str) and token:
                return token
            # MSAL remembers a refusal for a minute; a mended credential should work at once.
            self._app = None
        raise token_failure(result, self._service)

    def forget(self) -> None:
        """Forget the token, so that the next one is new."""
        with self._lock:
            self._app = None

    def granted(self) -> GrantedPermissions:
        """Get a token and return the application permissions that it carries. Raises `UnableTo`.

        https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
        """
        try:
            claims = jwt.decode(self.bearer(), options={"verify_signature": False})
        except jwt.InvalidTokenError as failure:
            raise unable("unexpected-answer", self._service) from failure
        roles = claims.get("roles", [])
        if not isinstance(roles, list) or not is_guid(claims.get("tid")):
            raise unable("unexpected-answer", self._service)
        return GrantedPermissions(
            tenant_id=str(claims["tid"]).lower(),
            app_id=str(claims.get("appid") or claims.get("azp") or ""),
            granted=frozenset(role for role in roles if isinstance(role, str)),
        )

    def _acquire(self, claims: str | None) -> Mapping[str, object]:
        if self._app is None:
            self._app = build_app(
                authority=f"{self._cloud.login_url}/{self._tenant_id}",
                credential=self._credential,
                service=self._service,
                http=self._http,
                environ=self._environ,
            )
        scopes = [f"{self._cloud.graph_url}/.default"]
        result = self._app.acquire_token_for_client(scopes, claims_challenge=claims)
        return result if isinstance(result, dict) else {}


def build_app(
    *,
    authority: str,
    credential: Credential,
    service: Service,
    http: MsalHttp,
    environ: Mapping[str, str],
    token_cache: msal.TokenCache | None = None,
) -> msal.ConfidentialClientApplication:
    """Return MSAL's client of an app registration. It asks the sign-in service for its addresses at once."""
    try:
        proof = _proof(credential, environ)
        return msal.ConfidentialClientApplication(
            credential.client_id,
            client_credential=proof,
            authority=authority,
            # The authority comes from checked settings, so nobody else is asked whether it is one.
            instance_discovery=False,
            http_client=http,
            client_capabilities=["CP1"],
            exclude_scopes=["offline_access"],
            token_cache=token_cache,
        )
    except SettingsError as failure:
        log.warning("The credential of app %s cannot be read: %s", credential.client_id, failure.problems[0])
        raise unable("credential-unreadable", service) from failure
    except (ValueError, TypeError) as failure:
        raise unable("credential-refused", service) from failure
    except KeyError as failure:
        raise unable("unexpected-answer", service) from failure


def _proof(credential: Credential, environ: Mapping[str, str]) -> object:
    if credential.kind is CredentialKind.FEDERATED:
        return {"client_assertion": lambda: credential_proof(credential, environ)}
    text = credential_proof(credential, environ)
    if credential.kind is CredentialKind.SECRET:
        return text
    return {"private_key": text, "public_certificate": text}
