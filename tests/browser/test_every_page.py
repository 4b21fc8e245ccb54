"""Every page in a real browser: axe finds nothing, the policy is never broken, and a phone needs no sideways scroll."""

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import DESKTOP, Place

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Addresses = Callable[[], dict[str, tuple[str, str]]]
PHONE = {"width": 390, "height": 844}


def walk(place: Place, addresses: Addresses, **options: object) -> Iterator[tuple[str, Page]]:
    """Open every page, each as somebody who may see it."""
    pages: dict[str, Page] = {}
    for name, (who, path) in addresses().items():
        if who not in pages:
            pages[who] = place.open(who or None, **options)
        pages[who].goto(path)
        yield name, pages[who]


def violations(page: Page) -> list[str]:
    """Return what axe finds, in words."""
    found = Axe().run(page).response["violations"]
    return [f"{rule['id']}: {node['html']} {node['failureSummary']}" for rule in found for node in rule["nodes"]]


def extra_width(page: Page) -> int:
    """Return how far the page reaches beyond the window."""
    width: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return width


@pytest.mark.parametrize(("scheme", "size"), [("light", DESKTOP), ("dark", PHONE)])
def test_axe_finds_nothing_on_any_page(place: Place, addresses: Addresses, scheme: str, size: dict[str, int]) -> None:
    pages = walk(place, addresses, color_scheme=scheme, viewport=size)
    assert {name: wrong for name, page in pages if (wrong := violations(page))} == {}


@pytest.mark.parametrize("width", [320])
def test_no_page_scrolls_sideways(place: Place, addresses: Addresses, width: int) -> None:
    pages = walk(place, addresses, viewport={"width": width, "height": 800})
    assert {name: extra for name, page in pages if (extra := extra_width(page)) > 0} == {}


def test_s33_no_page_breaks_the_content_security_policy(place: Place, addresses: Addresses) -> None:
    seen = [name for name, _page in walk(place, addresses)]
    assert len(seen) == len(addresses())
    # An error page that was asked for is announced as a failed load; all else would be ours to mend.
    assert [complaint for complaint in place.complaints if "Failed to load resource" not in complaint] == []
