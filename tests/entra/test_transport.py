"""One request becomes an answer or a named failure; a read may be repeated, a write never is."""

import json
import logging
import socket
import uuid
from threading import Event

import pytest

from selfservice.config.clouds import Cloud
from selfservice.entra.answers import Json
from selfservice.entra.errors import retry_after_of
from selfservice.entra.transport import Transport
from selfservice.entra.wire import Limits
from selfservice.model.unable import UnableTo
from tests.entra.scripted import CONTOSO, PLACE, FixedTokens, Graph, Scripted, ScriptedServer, error

GIVEN: Json = {"given": True}
CHALLENGE = (
    'Bearer realm="", authorization_uri="https://login/authorize", error="insufficient_claims", '
    'claims="eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZX19fQ=="'
)


def failure_of_read(graph: Graph) -> UnableTo:
    with pytest.raises(UnableTo) as raised:
        graph.transport.read("/users")
    return raised.value


def failure_of_write(graph: Graph) -> UnableTo:
    with pytest.raises(UnableTo) as raised:
        graph.transport.write("POST", "/invitations", {"a": 1})
    return raised.value


def test_a_read_carries_the_token_and_an_id_of_its_own(graph: Graph) -> None:
    graph.script(Scripted(body=GIVEN))
    answer = graph.transport.read("/users")
    assert answer.body == GIVEN
    assert answer.request_id == "the-request"
    [heard] = graph.heard
    assert (heard.method, heard.path) == ("GET", "/v1.0/users")
    assert heard.headers["host"] == "entra.simulator.localhost"
    assert heard.headers["authorization"] == "Bearer token-1"
    assert uuid.UUID(heard.headers["client-request-id"])


def test_a_write_carries_the_id_of_the_attempt(graph: Graph) -> None:
    attempt = str(uuid.uuid4())
    graph.script(Scripted(status=201, body=GIVEN))
    answer = graph.transport.write("POST", "/invitations", {"a": "ü"}, attempt_id=attempt)
    [heard] = graph.heard
    assert heard.headers["client-request-id"] == attempt
    assert heard.headers["content-type"] == "application/json"
    assert heard.body == {"a": "ü"}
    assert answer.write


def test_an_id_that_could_break_a_header_is_not_sent(graph: Graph) -> None:
    graph.script(Scripted(status=204))
    graph.transport.write("DELETE", "/users/x", attempt_id="a\r\nAuthorization: none")
    assert uuid.UUID(graph.heard[0].headers["client-request-id"])


@pytest.mark.parametrize("status", [202, 204])
def test_an_accepted_write_may_answer_nothing(graph: Graph, status: int) -> None:
    graph.script(Scripted(status=status, content=b""))
    assert graph.transport.write("POST", "/x", {}).body == {}


# --- waiting ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 503, 504])
def test_a_read_waits_for_a_short_pause_at_most_twice(graph: Graph, status: int) -> None:
    graph.script(*[error(status, Retry_After="1")] * 2, Scripted(body=GIVEN))
    assert graph.transport.read("/users").body == GIVEN
    assert graph.waits == [1.0, 1.0]
    graph.script(*[error(status, Retry_After="0")] * 3)
    assert failure_of_read(graph).transient
    assert len(graph.heard) == 6


@pytest.mark.parametrize("headers", [{}, {"Retry_After": "3"}, {"Retry_After": "soon"}])
def test_a_read_leaves_a_longer_pause_to_its_caller(graph: Graph, headers: dict[str, str]) -> None:
    graph.script(error(429, **headers))
    failure = failure_of_read(graph)
    assert failure.code == "throttled"
    assert failure.retry_after == (3.0 if headers.get("Retry_After") == "3" else None)
    assert graph.waits == []


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 408])
def test_a_write_is_never_repeated_and_its_outcome_is_unknown(graph: Graph, status: int) -> None:
    graph.script(error(status, Retry_After="0"))
    failure = failure_of_write(graph)
    assert failure.outcome_unknown
    assert failure.transient
    assert failure.request_id == "the-request"
    assert len(graph.heard) == 1


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        (" 12 ", 12.0),
        ("999999999", 86400.0),
        ("Tue, 24 Nov 2026 13:00:30 GMT", 30.0),
        ("Tue, 24 Nov 2026 12:59:00 GMT", 0.0),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("\uff11\uff12", None),
        ("Tue, 99 Nov 2026 13:00:30 GMT", None),
    ],
)
def test_the_wish_to_wait_is_seconds_or_a_date_by_the_services_clock(value: str, seconds: float | None) -> None:
    assert retry_after_of(value, "Tue, 24 Nov 2026 13:00:00 GMT") == seconds


def test_a_date_without_the_services_clock_says_nothing() -> None:
    assert retry_after_of("Tue, 24 Nov 2026 13:00:30 GMT", "") is None


# --- answers that are none --------------------------------------------------------------------------------------------

BROKEN = {
    "html": Scripted(kind="text/html", content=b"<html>Sign in to the guest network</html>"),
    "no type": Scripted(kind="", content=b"{}"),
    "half": Scripted(content=b'{"id": "1'),
    "list": Scripted(content=b"[]"),
    "text": Scripted(content=b'"yes"'),
    "no number": Scripted(content=b'{"a": NaN}'),
    "not unicode": Scripted(content=b'{"a": "\xff"}'),
    "deep": Scripted(content=b"[" * 100_000),
    "empty": Scripted(content=b""),
    "cut": Scripted(cut=True),
    "lost": Scripted(lost=True),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_answer_to_a_write_leaves_its_outcome_unknown(graph: Graph, name: str) -> None:
    graph.script(BROKEN[name])
    failure = failure_of_write(graph)
    assert failure.outcome_unknown
    assert failure.transient
    assert len(graph.heard) == 1


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_answer_to_a_read_is_a_passing_failure(graph: Graph, name: str) -> None:
    graph.script(BROKEN[name])
    failure = failure_of_read(graph)
    assert failure.transient
    assert not failure.outcome_unknown


def test_an_error_page_of_a_proxy_is_a_service_in_trouble(graph: Graph) -> None:
    graph.script(Scripted(status=502, kind="text/html", content=b"<html>Bad gateway</html>"))
    assert failure_of_read(graph).code == "service"


def test_an_answer_that_never_comes_is_not_waited_for(server: ScriptedServer) -> None:
    over = Event()
    graph = Graph(server, Limits(read=0.1))
    graph.script(Scripted(hold=over))
    failure = failure_of_write(graph)
    over.set()
    assert failure.code == "network"
    assert failure.outcome_unknown


def test_an_answer_that_is_too_large_is_not_read(server: ScriptedServer) -> None:
    graph = Graph(server, Limits(size=1000))
    graph.script(Scripted(content=b" " * 2000))
    assert failure_of_read(graph).code == "network"


def test_a_service_that_cannot_be_reached_has_done_nothing() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        cloud = Cloud(
            name="x", login_url=PLACE, graph_url=PLACE, loopback=f"http://127.0.0.1:{unused.getsockname()[1]}"
        )
        with pytest.raises(UnableTo) as raised:
            Transport(cloud, FixedTokens(), CONTOSO).write("POST", "/invitations", {})
    assert raised.value.code == "network"
    assert raised.value.transient
    assert not raised.value.outcome_unknown


# --- tokens -----------------------------------------------------------------------------------------------------------


def test_a_claims_challenge_is_answered_once_with_a_new_token(graph: Graph) -> None:
    graph.script(error(401, "InvalidAuthenticationToken", WWW_Authenticate=CHALLENGE), Scripted(status=204))
    graph.transport.write("DELETE", "/users/x")
    claims = graph.tokens.asked[1]
    assert claims is not None
    assert json.loads(claims) == {"access_token": {"nbf": {"essential": True}}}
    assert [heard.headers["authorization"] for heard in graph.heard] == ["Bearer token-1", "Bearer token-2"]


def test_a_second_challenge_is_a_failure(graph: Graph) -> None:
    graph.script(*[error(401, "InvalidAuthenticationToken", WWW_Authenticate=CHALLENGE)] * 2)
    assert failure_of_write(graph).code == "token-refused"
    assert len(graph.heard) == 2


@pytest.mark.parametrize("challenge", ["", 'Bearer error="insufficient_claims"', CHALLENGE.replace("eyJ", "---")])
def test_a_refused_token_is_forgotten_and_nothing_was_done(graph: Graph, challenge: str) -> None:
    graph.script(error(401, "InvalidAuthenticationToken", WWW_Authenticate=challenge))
    failure = failure_of_write(graph)
    assert failure.code == "token-refused"
    assert failure.transient
    assert not failure.outcome_unknown
    assert graph.tokens.forgotten == 1


# --- logs -------------------------------------------------------------------------------------------------------------


def test_a_failure_is_logged_without_addresses_and_links(graph: Graph, caplog: pytest.LogCaptureFixture) -> None:
    words = "gus@partner.example or gus_partner.example#EXT#@contoso.com, see https://redeem.example/?ticket=secret"
    graph.script(error(400, "Request_BadRequest", words))
    with caplog.at_level(logging.INFO):
        failure = failure_of_write(graph)
    assert "the-request" in caplog.text
    for hidden in ("gus", "ticket", "token-1"):
        assert hidden not in caplog.text
        assert hidden not in f"{failure.cause} {failure.next_step}"
