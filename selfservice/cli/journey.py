"""`selfservice journey`: the main job through the front door, headless: people sign in, ask, decide, accept and end."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import requests

from selfservice.cli.browsing import Browser, JourneyFailed, Page
from selfservice.cli.processes import Processes, UnableToStart, free_port

GUEST = "gus@partner.example"
PATIENCE = 60.0


@click.command()
@click.option("--database-url", default=None, help="Another database than a throw-away file.")
@click.option("--keep", is_flag=True, help="Keep the throw-away instance, to look into its logs.")
def journey(database_url: str | None, keep: bool) -> None:
    """Walk the main job from request to redeemed guest and back, and fail at the first step that fails."""
    with _folder(keep=keep) as folder:
        try:
            walk(folder, database_url=database_url)
        except (JourneyFailed, UnableToStart) as failure:
            raise click.ClickException(str(failure)) from failure


def walk(folder: Path, *, database_url: str | None = None) -> list[str]:
    """Start a throw-away demo in `folder`, walk the journey in it, and return a line for each step that was taken."""
    port, simulator_port = free_port(), free_port()
    arguments = ["demo", f"--port={port}", f"--simulator-port={simulator_port}", f"--instance={folder}"]
    if database_url:
        arguments.append(f"--database-url={database_url}")
    began = time.monotonic()
    with Processes(folder) as processes:
        demo = processes.start("demo", arguments, environment={}, announces=True)
        base_url = processes.first_line(demo, starting="ready:", seconds=120)
        click.echo(f"  ready after {time.monotonic() - began:.1f} s")
        taken = Journey(base_url, f"http://localhost:{simulator_port}").walk()
        _stop(demo)
    click.echo(f"  the whole journey took {time.monotonic() - began:.1f} s")
    return taken


class Journey:
    """One walk through a running demo."""

    def __init__(self, base_url: str, simulator_url: str) -> None:
        self._base_url = base_url
        self._simulator_url = simulator_url
        self._ends_on = (datetime.now(UTC).date() + timedelta(days=20)).isoformat()
        self._ann = Browser()
        self._taken: list[str] = []

    def walk(self) -> list[str]:
        """Walk every step, and return a line for each."""
        self._sign_in(self._ann, "Ann Lee")
        for_self = self._ask("Month-end close", "Get access for me", {"justification": "Close of the month"})
        for_guest = self._ask(
            "Expenses",
            "Invite someone",
            {
                "guest_address": GUEST,
                "guest_name": "Gus Ray",
                "guest_company": "Partner",
                "justification": "He hands in the travel costs",
                "message": "Welcome, Gus.",
            },
        )
        self._decide(for_self, for_guest)
        self._delivered(for_self)
        self._delivered(for_guest)
        self._redeem()
        self._accepted(for_guest)
        self._end()
        self._gone()
        self._oversee(for_guest)
        return self._taken

    def _sign_in(self, browser: Browser, name: str) -> Page:
        picker = browser.follow(browser.open(self._base_url), "Sign in")
        page = browser.press(picker, name)
        _expect(page, name)
        self._say(f"{name} signed in")
        return page

    def _ask(self, package: str, door: str, fields: dict[str, str]) -> str:
        catalog = self._ann.open(f"{self._base_url}/catalog")
        form = self._ann.follow(self._ann.follow(catalog, package), door)
        _expect(form, "Before you ask", "decides")
        page = self._ann.press(form, "Ask", {**fields, "ends_on": self._ends_on})
        _expect(page, package, "waiting")
        self._say(f"Ann Lee asked for {package} ({door.lower()})")
        return page.url.split("?")[0]

    def _decide(self, *urls: str) -> None:
        bob = Browser()
        self._sign_in(bob, "Bob Ray")
        inbox = bob.open(f"{self._base_url}/decide")
        _expect(inbox, "Month-end close", "Expenses", "Ann Lee")
        for url in urls:
            page = bob.open(url.replace("/requests/", "/decide/"))
            _expect(page, "Ann Lee")
            bob.press(page, "Approve until", {"justification": "Agreed"})
            self._say(f"Bob Ray approved {page.url.rsplit('/', 1)[1][:8]}")

    def _delivered(self, url: str) -> None:
        page = self._until(lambda: self._ann.open(url), "delivered", lambda page: "delivering" not in page.text.lower())
        if "failed" in page.text.lower():
            raise JourneyFailed(f"the delivery failed: {page.text[:900]}")
        self._say(f"delivered: {page.text.split('·')[0][:60].strip()}")

    def _redeem(self) -> None:
        gus = Browser()
        mailbox = self._until(
            lambda: gus.open(f"{self._simulator_url}/mailbox/{GUEST}"), "mailed", lambda page: "redeem" in page.html
        )
        link = next(address for address in mailbox.links.values() if "/redeem" in address)
        page = gus.open(link)
        for _step in range(4):
            button = next((b for form in page.forms for b in form.buttons if _goes_on(b)), None)
            if button is None:
                break
            page = gus.press(page, button)
        self._say(f"{GUEST} followed the link and accepted")

    def _accepted(self, url: str) -> None:
        page = self._until(
            lambda: self._ann.open(url), "accepted", lambda page: any("Open" in link for link in page.links)
        )
        self._ann.open(page.link("Open"))
        self._say("the request page says so, and its launch link leads into Contoso")

    def _end(self) -> None:
        guests = self._ann.open(f"{self._base_url}/guests")
        _expect(guests, "Gus Ray", "Expenses")
        page = self._ann.follow(guests, "Gus Ray")
        confirm = self._ann.follow(page, "End now")
        self._ann.press(confirm, "End access now", {"why": "The month is closed"})
        self._say("Ann Lee, the sponsor, ended the access")

    def _gone(self) -> None:
        def removal() -> bool:
            ledger = requests.get(f"{self._simulator_url}/_simulator/ledger", timeout=10).json()
            rows = ledger["entries"] if isinstance(ledger, dict) else ledger
            return any(row["method"] == "DELETE" and "/members/" in row["path"] for row in rows)

        deadline = time.monotonic() + PATIENCE
        while not removal():
            if time.monotonic() > deadline:
                raise JourneyFailed("the access was not taken away in the directory")
            time.sleep(0.3)
        self._say("it is gone from Contoso's directory")

    def _until(self, look: Callable[[], Page], what: str, holds: Callable[[Page], bool]) -> Page:
        deadline = time.monotonic() + PATIENCE
        page = look()
        while not holds(page):
            if time.monotonic() > deadline:
                raise JourneyFailed(f"waited {PATIENCE:.0f} s for {what!r} at {page.url}: {page.text[:900]}")
            time.sleep(0.3)
            page = look()
        return page

    def _oversee(self, url: str) -> None:
        dee = Browser()
        self._sign_in(dee, "Dee Fox")
        _expect(dee.open(f"{self._base_url}/admin/deliveries"), "Gus Ray", "Ann Lee")
        _expect(dee.open(f"{self._base_url}/admin/audit"), "request", "Bob Ray")
        _expect(dee.open(url), "Gus Ray")
        self._say("Dee Fox, an admin of Contoso, sees the deliveries and the audit trail")

    def _say(self, line: str) -> None:
        self._taken.append(line)
        click.echo(f"  {line}")


def _goes_on(button: str) -> bool:
    return any(word in button.casefold() for word in ("continue", "accept"))


def _expect(page: Page, *words: str) -> None:
    for word in words:
        if word.casefold() not in page.text.casefold():
            raise JourneyFailed(f"{page.url} does not say {word!r}: {page.text[:900]}")


def _stop(demo: "subprocess.Popen[str]") -> None:
    os.kill(demo.pid, signal.SIGTERM)
    if demo.wait(timeout=40) != 0:
        raise JourneyFailed("the demo did not end cleanly")


@contextmanager
def _folder(*, keep: bool) -> Iterator[Path]:
    if keep:
        folder = Path(tempfile.mkdtemp(prefix="selfservice-journey-"))
        yield folder
        click.echo(f"  kept: {folder}")
        return
    with tempfile.TemporaryDirectory(prefix="selfservice-journey-") as name:
        yield Path(name)
