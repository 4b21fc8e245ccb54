"""A small browser for headless journeys: follows links and redirects, keeps cookies, fills in and sends HTML forms."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import requests


class JourneyFailed(Exception):
    """A page did not hold what the journey expected there."""


@dataclass
class Form:
    """A form of a page: where it goes, and its fields as they stand. `buttons` maps a button's words to its name and
    value.
    """

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)


@dataclass
class Page:
    """A page that was loaded."""

    url: str
    status: int
    html: str
    text: str
    links: dict[str, str]
    forms: list[Form]

    def form(self, button: str) -> Form:
        """Return the form that has a button with these words in it."""
        for form in self.forms:
            if any(button.casefold() in words.casefold() for words in form.buttons):
                return form
        raise JourneyFailed(f"{self.url} has no form with a button {button!r}: {self.text[:600]}")

    def link(self, words: str) -> str:
        """Return the address behind the first link with these words in it."""
        for shown, address in self.links.items():
            if words.casefold() in shown.casefold():
                return address
        raise JourneyFailed(f"{self.url} has no link {words!r}: {self.text[:600]}")


class Browser:
    """One person's browser."""

    def __init__(self) -> None:
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["Accept"] = "text/html"

    def open(self, url: str) -> Page:
        """Load a page."""
        return self._page(self._session.get(url, timeout=30))

    def follow(self, page: Page, words: str) -> Page:
        """Follow the link with these words."""
        return self.open(page.link(words))

    def press(self, page: Page, button: str, fields: Mapping[str, str] | None = None) -> Page:
        """Fill in the form that has this button and send it with it."""
        form = page.form(button)
        values = {**form.fields, **(fields or {})}
        name, value = next(pair for words, pair in form.buttons.items() if button.casefold() in words.casefold())
        if name:
            values[name] = value
        if form.method == "get":
            return self._page(self._session.get(form.action, params=values, timeout=30))
        origin = "/".join(form.action.split("/")[:3])
        return self._page(self._session.post(form.action, data=values, headers={"Origin": origin}, timeout=30))

    def _page(self, response: requests.Response) -> Page:
        parser = _PageParser(response.url)
        parser.feed(response.text)
        page = Page(
            url=response.url,
            status=response.status_code,
            html=response.text,
            text=" ".join(" ".join(parser.words).split()),
            links=parser.links,
            forms=parser.forms,
        )
        if response.status_code >= 400:
            raise JourneyFailed(f"{response.url} answered {response.status_code}: {page.text[:600]}")
        return page


class _PageParser(HTMLParser):
    """Reads links, forms and words out of a page."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self.links: dict[str, str] = {}
        self.forms: list[Form] = []
        self.words: list[str] = []
        self._href: str | None = None
        self._label: list[str] = []
        self._form: Form | None = None
        self._button: tuple[str, str] | None = None
        self._area: str | None = None
        self._select: str | None = None
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag in ("script", "style", "template"):
            self._silent += 1
        elif tag == "a" and "href" in values:
            self._href, self._label = urljoin(self._url, values["href"]), []
        elif tag == "form":
            action = urljoin(self._url, values.get("action") or self._url)
            self._form = Form(action=action, method=values.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form is not None:
            self._field(self._form, tag, values)

    def _field(self, form: Form, tag: str, values: dict[str, str]) -> None:
        name = values.get("name", "")
        if tag == "input":
            self._input(form, name, values)
        elif tag == "textarea":
            self._area, form.fields[name] = name, ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select:
            form.choices.setdefault(self._select, []).append(values.get("value", ""))
            if "selected" in values or self._select not in form.fields:
                form.fields[self._select] = values.get("value", "")
        elif tag == "button":
            self._button, self._label = (name, values.get("value", "")), []

    def _input(self, form: Form, name: str, values: dict[str, str]) -> None:
        kind = values.get("type", "text")
        if kind == "submit":
            form.buttons[values.get("value", "")] = (name, values.get("value", ""))
        elif kind in ("checkbox", "radio"):
            form.choices.setdefault(name, []).append(values.get("value", "on"))
            if "checked" in values:
                form.fields[name] = values.get("value", "on")
        elif name:
            form.fields[name] = values.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style", "template"):
            self._silent -= 1
        elif tag == "a" and self._href is not None:
            self.links.setdefault(" ".join(" ".join(self._label).split()), self._href)
            self._href = None
        elif tag == "button" and self._button is not None and self._form is not None:
            self._form.buttons[" ".join(" ".join(self._label).split())] = self._button
            self._button = None
        elif tag == "textarea":
            self._area = None
        elif tag == "select":
            self._select = None
        elif tag == "form":
            self._form = None

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        self.words.append(data)
        if self._href is not None or self._button is not None:
            self._label.append(data)
        if self._area is not None and self._form is not None:
            self._form.fields[self._area] += data
