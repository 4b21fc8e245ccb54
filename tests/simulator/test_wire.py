"""The HTTP half: connections stay open, bodies come in any form, and calls are quick."""

import http.client
import json
import socket
import time
from contextlib import closing
from threading import Thread
from threading import enumerate as enumerate_threads
from typing import Any

import pytest

from selfservice.simulator.faults import Fault, FaultKind
from selfservice.simulator.server import start
from tests.simulator.clients import Graph, Simulated, error_of
from tests.simulator.naming import OIDS, session

BOB = OIDS["bob@contoso.example"]


def test_one_connection_carries_many_calls(sim: Simulated) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", sim.running.port, timeout=5)
    headers = {"Authorization": f"Bearer {sim.app_token('Contoso')}"}
    connection.connect()
    opened = connection.sock
    for _ in range(3):
        connection.request("GET", f"/v1.0/users/{BOB}", headers=headers)
        assert json.loads(connection.getresponse().read())["id"] == BOB
    connection.request(
        "PATCH", f"/v1.0/users/{BOB}", '{"city":"Delft"}', {**headers, "Content-Type": "application/json"}
    )
    response = connection.getresponse()
    assert (response.status, response.read(), response.getheader("Content-Length")) == (204, b"", None)
    connection.request("HEAD", "/")
    assert connection.getresponse().read() == b""
    assert connection.sock is opened
    connection.close()


def test_a_body_may_come_in_chunks(sim: Simulated) -> None:
    headers = {"Authorization": f"Bearer {sim.app_token('Contoso')}", "Content-Type": "application/json"}
    parts = iter([b'{"city":', b'"Delft"}'])
    with closing(http.client.HTTPConnection("127.0.0.1", sim.running.port, timeout=5)) as connection:
        connection.request("PATCH", f"/v1.0/users/{BOB}", parts, headers, encode_chunked=True)
        assert connection.getresponse().read() == b""
        connection.request("GET", f"/v1.0/users/{BOB}?$select=city", headers=headers)
        assert json.loads(connection.getresponse().read())["city"] == "Delft"


def test_a_plain_call_takes_few_milliseconds_of_work(contoso: Graph) -> None:
    contoso.get(f"/users/{BOB}")
    begun = time.process_time()
    for _ in range(50):
        contoso.get(f"/users/{BOB}")
    assert (time.process_time() - begun) / 50 < 0.005


def test_many_callers_at_once_write_everything_once(sim: Simulated) -> None:
    sim.tenant("Contoso").behaviour.invite_bucket = False
    graphs = [sim.graph("Contoso") for _ in range(6)]

    def work(graph: Graph, number: int) -> None:
        for turn in range(10):
            graph.invite(f"p{number}-{turn}@partner.example")
            graph.invite("shared@partner.example")

    threads = [Thread(target=work, args=(graph, number)) for number, graph in enumerate(graphs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    users = sim.tenant("Contoso").users
    assert len(users.by_key("shared@partner.example")) == 1
    assert len(users.live) == 12 + 61
    assert [row["n"] for row in sim.world.ledger.rows] == list(range(1, 121))


def test_a_large_tenant_is_read_by_address_without_a_search(sim: Simulated, contoso: Graph) -> None:
    people = sim.tenant("Contoso").users
    template = people.live[BOB]
    people.add_many(
        {
            **template,
            "id": f"0000{number:04d}-0000-4000-8000-000000000000",
            "mail": f"n{number}@contoso.example",
            "userPrincipalName": f"n{number}@contoso.example",
            "proxyAddresses": [],
        }
        for number in range(9000)
    )
    begun = time.process_time()
    for number in range(0, 9000, 450):
        query = f"mail eq 'n{number}@contoso.example' or otherMails/any(o:o eq 'n{number}@contoso.example')"
        assert len(contoso.get(f"/users?$filter={query}&$select=id")["value"]) == 1
    assert time.process_time() - begun < 1.0
    page = contoso.get("/users?$top=999&$select=id")
    assert len(page["value"]) == 999


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/users/selfservice@contoso.example/sendMail", {"message": "hello"}),
        ("/users/selfservice@contoso.example/sendMail", {"message": {"toRecipients": ["gus@partner.example"]}}),
        ("/users/selfservice@contoso.example/messages", {"internetMessageId": 5}),
        ("/invitations", {"invitedUserMessageInfo": []}),
        ("/invitations", {"invitedUserSponsors": "x"}),
        ("/$batch", {"requests": ["x"]}),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(sim: Simulated, path: str, body: dict[str, Any]) -> None:
    graph = sim.graph("Contoso", "User.Invite.All", "Mail.Send", "Mail.ReadWrite")
    valid = {"invitedUserEmailAddress": "a@x.example", "inviteRedirectUrl": "http://localhost/"}
    sent = {**valid, **body} if path == "/invitations" else body
    assert error_of(graph("POST", path, sent)) == (400, "BadRequest")


def test_a_fault_of_the_simulator_itself_is_shown(sim: Simulated, capfd: pytest.CaptureFixture[str]) -> None:
    sim.tenant("Contoso").policies.clear()
    response = sim.graph("Contoso").invite("gus@partner.example")
    assert response.status_code == 500
    assert "KeyError" in response.text
    assert "Traceback" in capfd.readouterr().err


def test_stopping_ends_every_connection_and_thread() -> None:
    before = set(enumerate_threads())
    with closing(socket.socket()) as idle, session() as http:
        with start() as running:
            idle.connect(("127.0.0.1", running.port))
            http.get(f"{running.url}/")
            running.world.faults.add(Fault(kind=FaultKind.HOLD_BEFORE))
            held = Thread(target=lambda: http.get(f"{running.url}/ledger"))
            held.start()
            while not running.world.faults.all()[0].hits:
                time.sleep(0.01)
        held.join(5)
        assert set(enumerate_threads()) <= before
        assert idle.recv(1) == b""
