"""Faults: every way a call can go wrong, and what was done all the same."""

import time
from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest
import requests

from tests.simulator.clients import Graph, Simulated, error_of, message_of
from tests.simulator.naming import OIDS, TENANTS, directory_app, session

IDA = OIDS["ida@partner.example"]


def entries(sim: Simulated) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = sim.control("GET", "/ledger")["entries"]
    return found


def change(graph: Graph, city: str = "Delft") -> requests.Response:
    return graph("PATCH", f"/users/{IDA}", {"city": city})


@pytest.mark.parametrize(("kind", "done"), [("drop-before", 0), ("drop-after", 1)])
def test_a_connection_is_lost_before_or_after_the_write(sim: Simulated, contoso: Graph, kind: str, done: int) -> None:
    sim.fault(kind, times=1, match={"method": "PATCH"})
    with pytest.raises(requests.ConnectionError):
        change(contoso)
    assert len(entries(sim)) == done
    assert change(contoso).status_code == 204


def test_an_answer_is_cut_short_after_the_write(sim: Simulated, contoso: Graph) -> None:
    sim.fault("truncate", times=1, match={"path": "/invitations"})
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        contoso.invite("gus@partner.example")
    assert len(entries(sim)) == 1


@pytest.mark.parametrize(("kind", "status", "done"), [("status", 503, 0), ("status-after", 504, 1), ("status", 500, 0)])
def test_the_server_fails_before_or_after_the_write(
    sim: Simulated, contoso: Graph, kind: str, status: int, done: int
) -> None:
    sim.fault(kind, times=1, status=status, retry_after=3)
    response = change(contoso)
    assert response.status_code == status
    assert response.headers["Retry-After"] == "3"
    assert response.json()["error"]["innerError"]["request-id"] == response.headers["request-id"]
    assert len(entries(sim)) == done


def test_an_answer_is_empty_or_a_page_of_html(sim: Simulated, contoso: Graph) -> None:
    sim.fault("empty", times=1)
    assert contoso("GET", "/users").content == b""
    sim.fault("html", times=1, status=200)
    page = contoso("GET", "/users")
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    sim.fault("html", times=1)
    assert contoso("GET", "/users").status_code == 502


def test_a_throttled_write_may_have_been_done(sim: Simulated, contoso: Graph) -> None:
    sim.fault("throttle-after", times=1, retry_after=1)
    assert change(contoso).status_code == 429
    assert len(entries(sim)) == 1


def test_invitations_stop_for_suspicion(sim: Simulated, contoso: Graph) -> None:
    sim.fault("suspicious", match={"path": "/invitations", "tenant": TENANTS["Contoso"]})
    response = contoso.invite("gus@partner.example")
    assert error_of(response) == (403, "Forbidden")
    assert message_of(response) == "Invitations are blocked for this directory due to suspicious activity."
    assert sim.graph("Woodgrove").invite("gus@partner.example").status_code == 201


def test_a_claims_challenge_says_what_is_missing(sim: Simulated, contoso: Graph) -> None:
    sim.fault("claims-challenge", times=1)
    response = contoso("GET", "/users")
    assert response.status_code == 401
    assert 'error="insufficient_claims"' in response.headers["WWW-Authenticate"]
    assert "claims=" in response.headers["WWW-Authenticate"]


def in_background(work: Callable[[], object]) -> tuple[Thread, list[object]]:
    found: list[object] = []
    thread = Thread(target=lambda: found.append(work()))
    thread.start()
    return thread, found


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize(("kind", "done"), [("hold-before", 0), ("hold-after", 1)])
def test_an_answer_is_held_until_it_is_released(sim: Simulated, contoso: Graph, kind: str, done: int) -> None:
    fault = sim.fault(kind, times=1, match={"method": "PATCH"})
    thread, found = in_background(lambda: change(contoso).status_code)
    until(lambda: sim.control("GET", "/faults")["faults"][0]["hits"] == 1)
    until(lambda: len(entries(sim)) == done)
    assert found == []
    sim.control("POST", f"/faults/{fault}/release")
    thread.join(5)
    assert found == [204]
    assert len(entries(sim)) == 1


def test_a_held_write_stays_done_when_the_caller_dies(sim: Simulated, contoso: Graph) -> None:
    sim.fault("hold-after", times=1, match={"method": "PATCH"})
    with pytest.raises(requests.Timeout):
        contoso.http.patch(f"{sim.url}/v1.0/users/{IDA}", json={"city": "Delft"}, timeout=0.3)
    assert [row["method"] for row in entries(sim)] == ["PATCH"]
    assert change(contoso).status_code == 204


def test_a_slow_answer_is_late(sim: Simulated, contoso: Graph) -> None:
    sim.fault("slow", times=1, seconds=0.2)
    begun = time.monotonic()
    contoso.get("/users")
    assert time.monotonic() - begun >= 0.2


def test_a_new_object_is_copied_late(sim: Simulated, contoso: Graph) -> None:
    sim.fault("lag", times=1, seconds=30, match={"path": "/invitations"})
    key = contoso.invite("gus@partner.example").json()["invitedUser"]["id"]
    assert contoso("GET", f"/users/{key}").status_code == 404
    sim.control("POST", "/clock", {"offset": 31})
    assert contoso("GET", f"/users/{key}").status_code == 200


def test_a_fault_waits_for_its_tenant_method_path_and_client(sim: Simulated, contoso: Graph) -> None:
    fabrikam = sim.graph("Fabrikam")
    match = {
        "tenant": TENANTS["Contoso"],
        "method": "get",
        "path": "^/v1.0/users$",
        "client": directory_app("Contoso"),
    }
    sim.fault("status", status=503, match=match)
    assert contoso("GET", "/users").status_code == 503
    assert contoso("GET", "/groups").status_code == 200
    assert contoso("GET", f"/users/{IDA}").status_code == 200
    assert fabrikam("GET", "/users").status_code == 200
    [shown] = sim.control("GET", "/faults")["faults"]
    assert shown["hits"] == 1


def test_a_fault_is_spent_or_taken_back(sim: Simulated, contoso: Graph) -> None:
    sim.fault("status", times=2)
    assert [contoso("GET", "/users").status_code for _ in range(3)] == [503, 503, 200]
    fault = sim.fault("status")
    assert contoso("GET", "/users").status_code == 503
    sim.control("DELETE", f"/faults/{fault}")
    assert contoso("GET", "/users").status_code == 200
    sim.fault("status")
    sim.control("DELETE", "/faults")
    assert contoso("GET", "/users").status_code == 200
    assert sim.control("GET", "/faults")["faults"] == []


def test_the_token_endpoint_can_fail_too(sim: Simulated) -> None:
    client = directory_app("Fabrikam")
    form = {"grant_type": "client_credentials", "client_id": client, "client_secret": sim.secret(client)}
    form["scope"] = "https://graph.microsoft.com/.default"
    match = {"path": "/oauth2/v2.0/token", "client": client, "tenant": TENANTS["Fabrikam"]}
    sim.fault("status", times=1, status=503, match=match)
    sim.fault("throttle", times=1, retry_after=2, match=match)
    sim.fault("drop-before", times=1, match=match)
    away = sim.ask_token("Fabrikam", **form)
    assert (away.status_code, away.json()["error"]) == (503, "temporarily_unavailable")
    busy = sim.ask_token("Fabrikam", **form)
    assert (busy.status_code, busy.headers["Retry-After"]) == (429, "2")
    with pytest.raises(requests.ConnectionError):
        sim.ask_token("Fabrikam", **form)
    assert sim.ask_token("Fabrikam", **form).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "flood"},
        {},
        {"kind": "slow", "much": 1},
        {"kind": "slow", "match": {"colour": "x"}},
        {"kind": "slow", "match": {"path": "("}},
        [],
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(sim: Simulated, body: Any) -> None:
    with session() as http:
        response = http.post(f"{sim.url}/_simulator/faults", json=body)
    assert response.status_code == 400
    assert response.json()["error"]
