"""S13: after signing in, a browser is sent to a path of ours or to the first page, whatever `next` says."""

from urllib.parse import urljoin, urlsplit

import pytest

from selfservice.web.return_to import safe_path

PAYLOADS = (
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "/\\/evil.example",
    "//\\evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https://evil.example",
    "https:///evil.example",
    "HTTPS://evil.example",
    "http://evil.example",
    "http:evil.example",
    "ftp://evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "\x01javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "mailto:someone@evil.example",
    "evil.example",
    "www.evil.example/path",
    ".evil.example",
    "@evil.example",
    "/@evil.example",
    "//user@evil.example",
    "//user:word@evil.example/",
    "https://localhost@evil.example",
    "/path@evil.example",
    "\t//evil.example",
    " //evil.example",
    "\n//evil.example",
    "\r//evil.example",
    "\x00//evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "/\x00/evil.example",
    "/ /evil.example",
    "/%09/evil.example",
    "/%0a/evil.example",
    "/%0d%0aSet-Cookie:x=1",
    "%0d%0aLocation: https://evil.example",
    "/%5cevil.example",
    "/%5c/evil.example",
    "/%2fevil.example",
    "/%2f%2fevil.example",
    "%2f%2fevil.example",
    "/\u2215evil.example",
    "/\u2044evil.example",
    "/\uff0fevil.example",
    "\uff0f\uff0fevil.example",
    "\u3002evil.example",
    "//evil\u3002example",
    "//[::1]/",
    "//127.0.0.1",
    "//2130706433",
    "?next=//evil.example",
    "#//evil.example",
    "./evil",
    "../evil",
    "/" + "a" * 600,
    "",
)


def test_s13_the_corpus_has_sixty_payloads() -> None:
    assert len(set(PAYLOADS)) >= 60


@pytest.mark.parametrize("payload", PAYLOADS)
def test_s13_next_never_leads_to_another_site(payload: str) -> None:
    assert safe_path(payload) == "/"


@pytest.mark.parametrize(
    "path",
    ["/", "/requests", "/requests/0123abcd", "/catalog?search=Expenses&tenant=contoso", "/decide/a?x=%20y"],
)
def test_s13_a_path_of_ours_is_kept(path: str) -> None:
    assert safe_path(path) == path
    landed = urlsplit(urljoin("https://selfservice.example/sign-in/callback", safe_path(path)))
    assert landed.netloc == "selfservice.example"


def test_s13_a_missing_next_is_the_first_page() -> None:
    assert safe_path(None) == "/"
