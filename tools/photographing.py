"""A demo that is thrown away, and browsers that keep what people see in it."""

import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "screenshots"
DESKTOP: ViewportSize = {"width": 1200, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
TALLEST = 820
LARGEST = 150 * 1024
PATIENCE = 60_000


@contextmanager
def running_demo() -> Iterator[tuple[str, str]]:
    """Start a demo that is thrown away afterwards, and yield the addresses of the pages and of the simulator."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "selfservice",
            "demo",
            f"--port={free_port()}",
            f"--instance={folder}/instance",
        ]
        demo = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        try:
            yield address_in(demo), address_in(demo)
        finally:
            demo.terminate()
            demo.wait(timeout=30)


def address_in(demo: subprocess.Popen[str]) -> str:
    """Return the address that the demo says next."""
    line = demo.stdout.readline() if demo.stdout else ""
    found = re.search(r"https?://\S+", line)
    if found is None:
        raise SystemExit(f"the demo did not start: {line}")
    return found.group()


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Photographer:
    """Opens a browser for each person and keeps what they see."""

    def __init__(self, browser: Browser, site: str, simulator: str) -> None:
        self.browser = browser
        self.site = site
        self.simulator = simulator
        self.contexts: list[BrowserContext] = []

    def sign_in(self, name: str) -> Page:
        """Return a page on which this person has signed in."""
        context = self.browser.new_context(
            viewport=DESKTOP, color_scheme="light", locale="en-GB", reduced_motion="reduce"
        )
        context.set_default_timeout(PATIENCE)
        self.contexts.append(context)
        page = context.new_page()
        page.goto(f"{self.site}/sign-in")
        page.get_by_role("button", name=name).click()
        expect(page).to_have_url(re.compile(re.escape(self.site)))
        return page

    def keep(self, page: Page, name: str, *, phone: bool = False, part: str = "") -> None:
        """Write the page, in light and dark, from its top or from the part with this heading."""
        page.set_viewport_size(PHONE if phone else DESKTOP)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
            file = PICTURES / f"{name}-{scheme}.png"
            page.mouse.move(0, 0)
            page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
            page.wait_for_timeout(200)
            width, height = (PHONE["width"], PHONE["height"]) if phone else (DESKTOP["width"], TALLEST)
            top = (
                page.evaluate("id => document.getElementById(id).getBoundingClientRect().top - 60", part) if part else 0
            )
            seen = min(height, page.evaluate("document.documentElement.scrollHeight") - top)
            page.screenshot(path=str(file), full_page=True, clip={"x": 0, "y": top, "width": width, "height": seen})
            size = file.stat().st_size
            print(f"{file.name}: {size // 1024} KB")
            if size > LARGEST:
                raise SystemExit(f"{file.name} is larger than {LARGEST // 1024} KB")
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(DESKTOP)
