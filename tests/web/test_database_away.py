"""While the database is away every page says so, and when to try again; nothing is shown that could be wrong."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from selfservice.services.runtime import WebRuntime
from selfservice.store.engine import Sessions, create_sessions
from tests.web.browser import HTMX, Visitor
from tests.web.cast import BASE_URL
from tests.web.house_rules import check_page


@pytest.fixture
def nowhere(tmp_path: Path) -> Iterator[Sessions]:
    sessions = create_sessions(f"sqlite:///{tmp_path}/no/such/folder.db")
    yield sessions
    sessions.close()


@pytest.fixture
def away(serve: Callable[[WebRuntime], Flask], rt: WebRuntime, nowhere: Sessions) -> Visitor:
    """Return a browser with a session at an installation whose database is away."""
    site = serve(replace(rt, sessions=nowhere))
    site.config["PROPAGATE_EXCEPTIONS"] = False
    visitor = Visitor(site)
    host = BASE_URL.partition("//")[2]
    visitor.client.set_cookie("__Host-selfservice", "a-session", domain=host, secure=True)
    return visitor


@pytest.mark.parametrize("path", ["/", "/requests", "/catalog", "/decide", "/sign-in"])
def test_a_page_says_that_it_passes_and_when_to_try_again(away: Visitor, path: str) -> None:
    answer = away.send("GET", path)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert "cannot reach its own database" in answer.get_data(as_text=True)
    check_page(answer)


def test_a_form_and_a_fragment_are_answered_alike(away: Visitor) -> None:
    assert away.send("POST", "/decide/1/approve", data={"seen": "x"}).status_code == 503
    assert away.send("GET", "/requests", headers=HTMX).status_code == 503


def test_whoever_watches_the_process_sees_that_it_lives_and_cannot_serve(away: Visitor) -> None:
    assert away.send("GET", "/healthz").status_code == 200
    assert away.send("GET", "/readyz").status_code == 503
