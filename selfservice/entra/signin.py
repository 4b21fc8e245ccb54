"""Signing people in through Microsoft Entra: the code flow by MSAL, the verification by us."""

import hmac
import os
import threading
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

import msal

from selfservice.config.settings import Settings
from selfservice.entra.errors import unable
from selfservice.entra.id_token import Expectation, verify
from selfservice.entra.loopback import browser_url
from selfservice.entra.meanings import Service
from selfservice.entra.msal_http import MsalHttp
from selfservice.entra.signin_refusals import BY_ERROR, BY_NUMBER, SignInRefused, refused
from selfservice.entra.signing_keys import SigningKeys
from selfservice.entra.token_errors import numbers_of, token_failure
from selfservice.entra.tokens import build_app
from selfservice.entra.wire import Wire
from selfservice.model.identity import SignInStart, VerifiedIdentity
from selfservice.model.unable import UnableTo

SERVICE: Final = Service(name="Microsoft Entra", owner="Whoever runs this site")

OURS: Final = frozenset({"invalid_client", "unauthorized_client", "invalid_request", "temporarily_unavailable"})
"""Errors that are about this site, whoever signs in."""


class NoTokens(msal.TokenCache):  # type: ignore[misc]  # MSAL ships no types
    """Keeps nothing: a web process has no use for people's tokens, and so must not hold them."""

    def add(self, event: object, now: object = None) -> None:
        """Forget at once."""


class EntraSignIn:
    """The sign-in service of one cloud, for the configured tenants in it. Nothing is sent before the first sign-in."""

    def __init__(self, settings: Settings, environ: Mapping[str, str] = os.environ) -> None:
        self._signin = settings.signin
        self._environ = environ
        cloud = settings.signin.cloud
        ids = {tenant.tenant_id for tenant in settings.tenants.values() if tenant.cloud == cloud}
        named = self._signin.authority
        self._tenants = frozenset(ids if named == "organizations" else ids & {named})
        self._http = MsalHttp(Wire(cloud, cloud.login_url), SERVICE)
        self._keys = SigningKeys(
            lambda: self._http.fetch_json(f"{cloud.login_url}/{self._signin.authority}/discovery/v2.0/keys")
        )
        self._browser_url = browser_url(cloud.login_url, cloud.loopback)
        self._lock = threading.Lock()
        self._app: msal.ConfidentialClientApplication | None = None

    def start(self, *, redirect_uri: str, login_hint: str | None) -> SignInStart:
        """Begin a sign-in. Raises `UnableTo`."""
        flow = self._client().initiate_auth_code_flow([], redirect_uri=redirect_uri, login_hint=login_hint)
        url = flow.get("auth_uri") if isinstance(flow, dict) else None
        if not isinstance(url, str) or not url.startswith(f"{self._browser_url}/"):
            raise unable("foreign-address", SERVICE)
        return SignInStart(url=url, flow=flow)

    def finish(self, flow: Mapping[str, object], answer: Mapping[str, str]) -> VerifiedIdentity:
        """Check what came back and return who it is. Raises `SignInRefused` or `UnableTo`."""
        state, nonce = flow.get("state"), flow.get("nonce")
        if not isinstance(state, str) or not isinstance(nonce, str) or not _same(state, answer.get("state", "")):
            raise refused("not-begun-here")
        result = self._redeem(flow, answer)
        token = result.get("id_token")
        if not isinstance(token, str):
            raise self._failure(result)
        expected = Expectation(
            client_id=self._signin.credential.client_id,
            login_url=self._signin.cloud.login_url,
            tenants=self._tenants,
            nonce=nonce,
            allow_external_members=self._signin.allow_external_members,
        )
        return verify(token, self._keys, expected)

    def sign_out_url(self, *, tenant_id: str, return_to: str, login_hint: str | None) -> str:
        """Return the address that ends the session at Microsoft as well.

        https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc#send-a-sign-out-request
        """
        if tenant_id not in self._tenants:
            raise ValueError("Nobody of this tenant can have signed in.")
        told = {"post_logout_redirect_uri": return_to, **({"logout_hint": login_hint} if login_hint else {})}
        return f"{self._browser_url}/{tenant_id}/oauth2/v2.0/logout?{urlencode(told)}"

    def _client(self) -> msal.ConfidentialClientApplication:
        with self._lock:
            if self._app is None:
                self._app = build_app(
                    authority=f"{self._signin.cloud.login_url}/{self._signin.authority}",
                    credential=self._signin.credential,
                    service=SERVICE,
                    http=self._http,
                    environ=self._environ,
                    token_cache=NoTokens(),
                )
            return self._app

    def _redeem(self, flow: Mapping[str, object], answer: Mapping[str, str]) -> Mapping[str, object]:
        if "error" in answer:
            return answer
        try:
            result = self._client().acquire_token_by_auth_code_flow(dict(flow), dict(answer))
        except (ValueError, RuntimeError, KeyError, IndexError, TypeError, AttributeError) as failure:
            # MSAL raises these where the answer, or the token in it, is not what the flow began.
            raise refused("untrusted") from failure
        return result if isinstance(result, dict) else {}

    def _failure(self, result: Mapping[str, object]) -> SignInRefused | UnableTo:
        error = str(result.get("error", ""))
        known = next((BY_NUMBER[number] for number in numbers_of(result) if number in BY_NUMBER), None)
        if known is None and error in OURS:
            with self._lock:
                # MSAL remembers a refusal for a minute; a mended credential should work at once.
                self._app = None
            return token_failure(result, SERVICE)
        return refused(known or BY_ERROR.get(error, "failed"))


def _same(ours: str, theirs: str) -> bool:
    return hmac.compare_digest(ours.encode(), theirs.encode())
