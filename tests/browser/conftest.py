"""The application on a port of its own, and browsers in which one of the cast has signed in."""

import shutil
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page
from werkzeug import Response
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import WSGIRequestHandler, make_server

from selfservice.factory import create_app
from selfservice.services import sessions
from selfservice.services.runtime import WebRuntime
from tests.web.cast import CAST
from tests.web.world import World, make_runtime, make_world

PAGES = {
    "landing": ("", "/"),
    "signed out": ("", "/signed-out"),
    "nothing here": ("", "/nowhere"),
    "home": ("ann", "/"),
    "catalog": ("ann", "/catalog"),
    "nothing found": ("ann", "/catalog?search=nothing"),
    "package": ("ann", "/catalog/{world.package}"),
    "ask": ("ann", "/catalog/{world.package}/ask"),
    "invite": ("ann", "/catalog/{world.package}/invite"),
    "requests": ("ann", "/requests"),
    "no requests": ("eve", "/requests"),
    "waiting": ("ann", "/requests/{world.waiting}"),
    "delivered": ("ann", "/requests/{world.delivered}"),
    "failed": ("ann", "/requests/{world.failed}"),
    "withdraw": ("ann", "/requests/{world.waiting}/withdraw"),
    "inbox": ("bob", "/decide"),
    "settled": ("bob", "/decide?show=decided"),
    "empty inbox": ("cal", "/decide"),
    "decide": ("bob", "/decide/{world.waiting}"),
    "decided": ("lee", "/decide/{world.delivered}"),
    "nothing found to decide": ("bob", "/decide?search=nothing&whose=mine"),
    "several": ("bob", "/decide/several?outcome=deny&pick={world.waiting}&pick={world.failed}"),
    "nothing ticked": ("bob", "/decide/several?outcome=approve"),
    "several decided": ("bob", "/decide/several/result"),
    "withdraw approval": ("bob", "/decide/{world.delivered}/withdraw"),
    "away": ("lee", "/away"),
    "stands in": ("cal", "/away"),
    "guests": ("cy", "/guests"),
    "no guests": ("eve", "/guests"),
    "guest": ("cy", "/guests/person/{world.guest}"),
    "all guests": ("dee", "/guests?whose=all"),
    "access of a guest": ("cy", "/guests/{world.assignment}"),
    "ending soon": ("cy", "/extend"),
    "extend": ("cy", "/extend/{world.assignment}"),
    "guest lifecycle": ("dee", "/admin/lifecycle"),
    "lifecycle report": ("dee", "/admin/lifecycle/report"),
    "end": ("cy", "/guests/{world.assignment}/end"),
    "guests of one kind": ("cy", "/guests?show=blocked"),
    "hand over": ("cy", "/hand-over"),
    "guests made elsewhere": ("dee", "/admin/adoption"),
    "nothing to agree to": ("eve", "/proposals"),
    "reviews": ("cy", "/reviews"),
    "no reviews": ("eve", "/reviews"),
    "review": ("cy", "/reviews/{world.run}"),
    "answered already": ("cy", "/reviews/{world.run}?flag=decided"),
    "one answer": ("cy", "/reviews/{world.run}/{world.item}"),
    "campaigns": ("dee", "/reviews"),
    "campaign": ("dee", "/admin/reviews/{world.campaign}"),
    "new campaign": ("dee", "/admin/reviews/new"),
    "admin home": ("dee", "/"),
    "tenants": ("dee", "/admin"),
    "redemption": ("cy", "/guests/person/{world.guest}/redemption"),
    "another address": ("cy", "/guests/person/{world.guest}/reset"),
    "treatment": ("cy", "/guests/person/{world.guest}/treatment"),
    "my invitation": ("", "/my-invitation"),
    "my invitation asked": ("", "/my-invitation/sent"),
    "packages": ("dee", "/admin/packages"),
    "new package": ("dee", "/admin/packages/new"),
    "edit package": ("dee", "/admin/packages/{world.package}"),
    "deliveries": ("dee", "/admin/deliveries"),
    "no deliveries": ("wim", "/admin/deliveries"),
    "delivery": ("dee", "/admin/deliveries/{world.failed_delivery}"),
    "audit": ("ada", "/admin/audit"),
    "drift": ("dee", "/admin/drift"),
    "no drift": ("wim", "/admin/drift"),
    "one drift": ("dee", "/admin/drift/{world.drift}"),
    "catalogs": ("dee", "/admin/catalogs"),
    "new catalog": ("dee", "/admin/catalogs/new"),
    "edit catalog": ("dee", "/admin/catalogs/{world.catalog}"),
    "no catalogs": ("wim", "/admin/catalogs"),
    "organizations": ("dee", "/admin/organizations"),
    "edit organization": ("dee", "/admin/organizations/{world.organization}"),
    "no organizations": ("wim", "/admin/organizations"),
    "exclusions": ("dee", "/admin/exclusions"),
    "exclusion": ("dee", "/admin/exclusions/{world.exclusion}"),
    "no exclusions": ("wim", "/admin/exclusions"),
    "tags": ("ada", "/admin/tags"),
    "edit tag": ("dee", "/admin/tags/sensitive"),
    "who may ask": ("dee", "/admin/asking"),
    "nobody may ask": ("fay", "/admin/asking"),
    "rules": ("dee", "/rules"),
    "rules of an owner": ("bob", "/rules"),
    "rules to read": ("ada", "/rules"),
    "no rules": ("wim", "/rules"),
    "whose rule": ("bob", "/rules/new"),
    "new rule": ("dee", "/rules/new?scope=tenant"),
    "edit rule": ("dee", "/rules/{world.rule}"),
    "rule to read": ("ada", "/rules/{world.rule}"),
    "remove rule": ("dee", "/rules/{world.rule}/remove"),
    "change of rules": ("dee", "/rules/changes/{world.change}"),
    "replay": ("dee", "/rules/replays/{world.replay}"),
    "review of a replay": ("dee", "/rules/replays/{world.replay}/review"),
    "example": ("dee", "/rules/examples/{world.example}"),
}
"""Every page, who looks at it, and its address, in which the world's ids are filled in."""

LOGIN = "/login-service"
DESKTOP = {"width": 1280, "height": 900}


def beside_login(app: Flask, url: str) -> DispatcherMiddleware:
    """Put a sign-in service beside the application, which only says what it is and signs people out."""

    def login(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"].endswith("/logout"):
            return Response("", 303, {"Location": f"{url}/signed-out"})(environ, start)
        return Response("<h1>The sign-in service</h1>", mimetype="text/html")(environ, start)

    return DispatcherMiddleware(app, {LOGIN: login})


class Quiet(WSGIRequestHandler):
    """Serves without a line for each request."""

    def log(self, type: str, message: str, *args: object) -> None:
        """Say nothing."""


@dataclass
class Place:
    """The application, what is in it, and all that went wrong in the browsers that look at it."""

    url: str
    rt: WebRuntime
    world: World
    chromium: Browser
    contexts: list[BrowserContext] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, who: str | None, **options: object) -> Page:
        """Return a page in a new browser, in which this member of the cast has signed in."""
        settings: dict[str, object] = {"viewport": DESKTOP, "locale": "en-GB", "reduced_motion": "reduce", **options}
        context = self.chromium.new_context(base_url=self.url, **settings)  # type: ignore[arg-type]
        self.contexts.append(context)
        if who:
            context.add_cookies([{"name": "selfservice", "value": self.token(who), "url": self.url, "httpOnly": True}])
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", self.note_console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", self.note_dialog)
        return page

    def token(self, who: str) -> str:
        """Sign somebody in and return the token of their session."""
        member = CAST[who]
        data = {"token_roles": sorted(member.roles), "signed_in_at": self.rt.clock().isoformat()}
        return sessions.rotate(self.rt, "", data, who=member.identity)

    def note_console(self, message: ConsoleMessage) -> None:
        """Remember what the browser complains about."""
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.text} ({message.location.get('url')})")

    def note_dialog(self, dialog: Dialog) -> None:
        """Remember that a script spoke, which none of ours does."""
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()


@pytest.fixture
def place(browser: Browser, sqlite_template: Path, tmp_path: Path) -> Iterator[Place]:
    """Serve the application, filled with the world."""
    file = tmp_path / "selfservice.db"
    shutil.copyfile(sqlite_template, file)
    listening = socket.create_server(("127.0.0.1", 0))
    url = f"http://localhost:{listening.getsockname()[1]}"
    rt = make_runtime(tmp_path, f"sqlite:///{file}", base_url=url, login=f"{url}{LOGIN}")
    served = beside_login(create_app(rt), url)
    server = make_server("127.0.0.1", 0, served, threaded=True, request_handler=Quiet, fd=listening.fileno())
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    here = Place(url=url, rt=rt, world=make_world(rt), chromium=browser)
    yield here
    for context in here.contexts:
        context.close()
    server.shutdown()
    thread.join()
    server.server_close()
    listening.close()
    rt.sessions.close()


@pytest.fixture
def addresses(place: Place) -> Callable[[], dict[str, tuple[str, str]]]:
    """Return what names every page, with who looks at it."""
    return lambda: {name: (who, path.format(world=place.world)) for name, (who, path) in PAGES.items()}
