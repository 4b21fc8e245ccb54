"""A browser for the web tests: it signs in through the front door and sends forms as pages hold them; every page is
checked against the house rules.
"""

from collections.abc import Mapping
from xml.etree.ElementTree import Element

from flask import Flask
from werkzeug.test import TestResponse

from tests.web.cast import BASE_URL
from tests.web.house_rules import HTML, check_elements, check_headers, check_page, parse_fragment

HTMX = {"HX-Request": "true"}


class Visitor:
    """One person's browser."""

    def __init__(self, site: Flask, *, base_url: str = BASE_URL) -> None:
        self.client = site.test_client()
        self.base_url = base_url
        self.document: Element | None = None

    def sign_in(self, who: str, *, then: str = "/") -> TestResponse:
        """Sign in through the sign-in service."""
        begun = self.send("GET", "/sign-in", query={"next": then})
        state = begun.headers["Location"].rpartition("state=")[2]
        return self.send("GET", "/sign-in/callback", query={"state": state, "code": who})

    def send(
        self,
        method: str,
        path: str,
        *,
        data: Mapping[str, object] | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> TestResponse:
        """Send a request and check what every answer keeps."""
        answer = self.client.open(
            path,
            method=method,
            data=data,
            query_string=query,
            headers=dict(headers or {}),
            base_url=self.base_url,
            buffered=True,
        )
        check_headers(answer)
        return answer

    def get(self, path: str, *, status: int = 200) -> TestResponse:
        """Fetch a page and check it."""
        answer = self.send("GET", path)
        assert answer.status_code == status, answer.get_data(as_text=True)
        self.document = check_page(answer)
        return answer

    def fragment(self, path: str, *, status: int = 200, form: Mapping[str, object] | None = None) -> str:
        """Fetch a block of a page as htmx does, or post a form for one, and check it."""
        data = None if form is None else {"csrf_token": self.csrf_token(), **form}
        answer = self.send("GET" if data is None else "POST", path, headers=HTMX, data=data)
        assert answer.status_code == status
        check_elements(parse_fragment(answer))
        assert "<html" not in answer.get_data(as_text=True)
        return answer.get_data(as_text=True)

    def post(
        self, path: str, data: Mapping[str, object] | None = None, *, headers: Mapping[str, str] | None = None
    ) -> TestResponse:
        """Send a form with the CSRF token of this session; a page that comes back is checked."""
        answer = self.send("POST", path, data={"csrf_token": self.csrf_token(), **(data or {})}, headers=headers)
        if answer.mimetype == "text/html" and not answer.location:
            self.document = check_page(answer)
        return answer

    def csrf_token(self) -> str:
        """Return the token that a page of this session holds."""
        answer = self.send("GET", "/my-invitation")
        for field in check_page(answer).iter(f"{HTML}input"):
            if field.get("name") == "csrf_token":
                return field.get("value", "")
        return ""

    def form(self, path: str, *, action: str = "") -> dict[str, str]:
        """Fetch a page and return the fields of the form that goes to `action` (by default to the page itself)."""
        self.get(path)
        assert self.document is not None
        wanted = action or path
        form = next(form for form in self.document.iter(f"{HTML}form") if form.get("action") == wanted)
        fields: dict[str, str] = {}
        for field in form.iter(f"{HTML}input"):
            ticked = field.get("checked") is not None
            if field.get("type") not in {"checkbox", "radio"} or ticked:
                fields[field.get("name", "")] = field.get("value", "")
        for field in form.iter(f"{HTML}textarea"):
            fields[field.get("name", "")] = (field.text or "").strip()
        return fields
