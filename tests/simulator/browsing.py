"""A browser without scripts: cookies, redirects to the simulator, forms."""

import html
import re
from urllib.parse import parse_qs, urlsplit

import requests

from tests.simulator.naming import CALLBACK, SIGN_IN, TENANTS, session


class Browser:
    """Be a browser without scripts: cookies, redirects to the simulator, forms."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = session()

    def authorize(self, tenant: str = "organizations", **more: str) -> requests.Response:
        """Open the sign-in page of the sign-in app."""
        return self._ask("GET", tenant, {}, more)

    def pick(self, account: str, tenant: str = "organizations", **more: str) -> requests.Response:
        """Pick an account on the sign-in page."""
        return self._ask("POST", tenant, {"account": account}, more)

    def _ask(self, method: str, tenant: str, form: dict[str, str], more: dict[str, str]) -> requests.Response:
        query = {
            "client_id": SIGN_IN,
            "response_type": "code",
            "redirect_uri": CALLBACK,
            "scope": "openid profile offline_access",
            "state": "the-state",
            "nonce": "the-nonce",
            **more,
        }
        query = {name: value for name, value in query.items() if value}
        address = f"{self.url}/{TENANTS.get(tenant, tenant)}/oauth2/v2.0/authorize"
        return self.http.request(method, address, params=query, data=form, timeout=10, allow_redirects=False)

    def open(self, url: str) -> requests.Response:
        """Open an address of the simulator."""
        port = urlsplit(self.url).port
        return self.http.get(url.replace(f"//localhost:{port}", f"//127.0.0.1:{port}"), timeout=10)

    def post(self, path: str, **form: str) -> requests.Response:
        """Send a form."""
        return self.http.post(f"{self.url}{path}", data=form, timeout=10, allow_redirects=False)

    def redeem(self, link: str) -> requests.Response:
        """Follow an invitation to its end: sign in, then accept."""
        rd = parse_qs(urlsplit(link).query)["rd"][0]
        self.post("/redeem", rd=rd, answer="continue")
        return self.post("/redeem", rd=rd, answer="accept")


def answered(response: requests.Response) -> dict[str, str]:
    """Read what a redirect to the app carries."""
    assert response.status_code == 302, response.text
    query = parse_qs(urlsplit(response.headers["Location"]).query)
    return {name: values[0] for name, values in query.items()}


def heading(response: requests.Response) -> str:
    """Read the heading of a page."""
    found = re.search(r"<h1>(.*?)</h1>", response.text)
    assert found, response.text
    return html.unescape(found.group(1))
