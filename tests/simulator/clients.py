"""Plain HTTP clients of the simulator, as a product or a browser would be one."""

import base64
import hashlib
import secrets
import time
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import jwt
import requests
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate
from requests.adapters import HTTPAdapter

from selfservice.simulator.directory.tenant import Tenant
from selfservice.simulator.server import RunningSimulator
from tests.simulator.browsing import Browser
from tests.simulator.naming import ASSERTION, GRAPH, TENANTS, directory_app, session


class Loopback(HTTPAdapter):
    """Carry an https name to a port of this machine."""

    def __init__(self, url: str) -> None:
        self._url = url
        super().__init__()

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        parts = urlsplit(request.url or "")
        request.headers["Host"] = parts.netloc
        request.url = f"{self._url}{parts.path}" + (f"?{parts.query}" if parts.query else "")
        return super().send(request, *args, **kwargs)


class Graph:
    """Call Graph as one app in one tenant."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self.http = session()
        self.http.headers["Authorization"] = f"Bearer {token}"

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        address = path if path.startswith("http") else f"{self.url}/v1.0{path}"
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.request(method, address, json=body, headers=names, timeout=10)

    def get(self, path: str, **headers: str) -> dict[str, Any]:
        """Read something that must be there."""
        response = self("GET", path, **headers)
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found

    def invite(self, address: str, **more: Any) -> requests.Response:
        """Invite an address."""
        body = {"invitedUserEmailAddress": address, "inviteRedirectUrl": "http://localhost:5000/welcome", **more}
        return self("POST", "/invitations", body)

    def ref(self, key: str, kind: str = "directoryObjects") -> dict[str, str]:
        """Write a reference to an object."""
        return {"@odata.id": f"{self.url}/v1.0/{kind}/{key}"}


class Simulated:
    """Know a running simulator well enough to test it."""

    def __init__(self, running: RunningSimulator, cloud: str = "") -> None:
        self.running = running
        self.url = running.clouds[cloud]
        self.world = running.world.clouds[cloud]
        self.http = session()
        self._open: list[requests.Session] = [self.http]

    def beside(self, cloud: str) -> "Simulated":
        """Return another cloud of the same process."""
        made = Simulated(self.running, cloud)
        self._open.append(made.http)
        return made

    def tenant(self, name: str) -> Tenant:
        """Return a tenant by its name."""
        return self.world.tenants[TENANTS[name]]

    def secret(self, client: str) -> str:
        """Return the secret of an app."""
        return self.world.credentials.of(client).secret

    def ask_token(self, tenant: str, **form: str) -> requests.Response:
        """Ask the token endpoint of a tenant."""
        return self.http.post(f"{self.url}/{TENANTS.get(tenant, tenant)}/oauth2/v2.0/token", data=form, timeout=10)

    def app_token(self, tenant: str, client: str = "") -> str:
        """Get an app-only token."""
        client = client or directory_app(tenant)
        pem = self.world.credentials.of(client).pem
        audience = f"{self.url}/{TENANTS[tenant]}/oauth2/v2.0/token"
        proof = (
            {"client_assertion_type": ASSERTION, "client_assertion": assertion(client, pem, audience)}
            if pem
            else {"client_secret": self.secret(client)}
        )
        response = self.ask_token(
            tenant, grant_type="client_credentials", client_id=client, scope=f"{GRAPH}/.default", **proof
        )
        assert response.status_code == 200, response.text
        return str(response.json()["access_token"])

    def graph(self, tenant: str, *permissions: str, client: str = "") -> Graph:
        """Get a Graph client, with these permissions only if any are named."""
        client = client or directory_app(tenant)
        if permissions:
            self.tenant(tenant).grants[client] = list(permissions)
        made = Graph(self.url, self.app_token(tenant, client))
        self._open.append(made.http)
        return made

    def browser(self) -> Browser:
        """Open a browser in which nobody has signed in."""
        made = Browser(self.url)
        self._open.append(made.http)
        return made

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Call the control plane."""
        response = self.http.request(method, f"{self.url}/_simulator{path}", json=body, timeout=10)
        assert response.status_code < 400, response.text
        return response.json() if response.content else None

    def fault(self, kind: str, **more: Any) -> str:
        """Put a fault in force and return its id."""
        return str(self.control("POST", "/faults", {"kind": kind, **more})["id"])

    def close(self) -> None:
        """Close every connection."""
        for opened in self._open:
            opened.close()


def pkce() -> tuple[str, str]:
    """Make a verifier with its challenge."""
    verifier = secrets.token_urlsafe(40)
    digest = hashlib.sha256(verifier.encode()).digest()
    return verifier, base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def claims_of(token: str) -> dict[str, Any]:
    """Read a token without checking it."""
    return jwt.decode(token, options={"verify_signature": False})


def assertion(client: str, pem: str, audience: str, **changes: Any) -> str:
    """Write a client assertion as MSAL does: padded thumbprint, float times."""
    certificate = load_pem_x509_certificate(pem.encode())
    thumbprint = base64.urlsafe_b64encode(certificate.fingerprint(SHA256())).decode()
    now = time.time()
    claims = {"aud": audience, "iss": client, "sub": client, "exp": now + 600, "iat": now, "jti": secrets.token_hex(8)}
    return jwt.encode(
        {**claims, **changes},
        _private_key(pem),
        algorithm="PS256",
        headers={"x5t#S256": thumbprint},
    )


@cache
def _private_key(pem: str) -> RSAPrivateKey:
    # Checking an RSA key takes longer than most tests.
    key = load_pem_private_key(pem.encode(), None)
    assert isinstance(key, RSAPrivateKey)
    return key


def error_of(response: requests.Response) -> tuple[int, str]:
    """Read the status and the code of a refusal of Graph."""
    return response.status_code, response.json()["error"]["code"]


def message_of(response: requests.Response) -> str:
    """Read the words of a refusal of Graph."""
    return str(response.json()["error"]["message"])
