"""What every page keeps, checked on each response that any web test fetches."""

from collections import Counter
from xml.etree.ElementTree import Element

import html5lib
from werkzeug.test import TestResponse

HTML = "{http://www.w3.org/1999/xhtml}"
UNLABELLED = frozenset({"hidden", "submit", "button"})


def check_headers(answer: TestResponse) -> None:
    """S33, S34: the security headers are on every answer."""
    headers = answer.headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


def check_not_kept(answer: TestResponse) -> None:
    """S35: no page is kept by a cache, and a fragment is never taken for a page."""
    assert answer.headers["Cache-Control"] == "no-store"
    assert "HX-Request" in answer.headers["Vary"]


def parse(answer: TestResponse) -> Element:
    """Parse the document as a browser would, and fail at the first thing that is not valid."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=True)
    document: Element = parser.parse(answer.get_data(as_text=True))
    return document


def parse_fragment(answer: TestResponse) -> Element:
    """Parse a block of a page."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=True)
    fragment: Element = parser.parseFragment(answer.get_data(as_text=True))
    return fragment


def text_of(element: Element | None) -> str:
    """Return the words in an element, blanks folded."""
    assert element is not None
    return " ".join("".join(element.itertext()).split())


def check_page(answer: TestResponse) -> Element:
    """Check a whole page and return it."""
    check_headers(answer)
    check_not_kept(answer)
    document = parse(answer)
    assert document.get("lang") == "en"
    headings = document.findall(f".//{HTML}h1")
    assert len(headings) == 1, "a page has one h1"
    assert text_of(document.find(f".//{HTML}title")) == f"{text_of(headings[0])} · Selfservice"
    check_elements(document)
    return document


def check_elements(part: Element) -> None:
    """Check what holds in a page and in a fragment alike."""
    elements = [element for element in part.iter() if isinstance(element.tag, str)]
    _ids_are_unique(elements)
    _nothing_is_inline(elements)
    _inputs_have_labels(part, elements)
    for form in part.iter(f"{HTML}form"):
        _form_is_complete(form)


def _ids_are_unique(elements: list[Element]) -> None:
    ids = Counter(element.get("id") for element in elements if element.get("id"))
    assert [name for name, times in ids.items() if times > 1] == []


def _nothing_is_inline(elements: list[Element]) -> None:
    for element in elements:
        assert element.tag != f"{HTML}style"
        assert element.tag != f"{HTML}script" or element.get("src"), "a script comes from a file"
        for name, value in element.attrib.items():
            assert name != "style", "style comes from a file"
            assert not name.startswith("on"), f"{name} is written inline"
            assert not value.strip().lower().startswith("javascript:")


def _inputs_have_labels(part: Element, elements: list[Element]) -> None:
    labelled = {label.get("for") for label in part.iter(f"{HTML}label")}
    for element in elements:
        if element.tag not in {f"{HTML}input", f"{HTML}select", f"{HTML}textarea"}:
            continue
        if element.get("type") in UNLABELLED:
            continue
        assert element.get("id") in labelled or element.get("aria-label"), f"{element.get('name')} has no label"


def _form_is_complete(form: Element) -> None:
    assert form.get("action"), "a form says where it goes"
    names = {field.get("name") for field in form.iter(f"{HTML}input")}
    if form.get("method") == "post":
        assert "csrf_token" in names, "a form that changes something carries the CSRF token"
    else:
        assert form.get("method") == "get"
