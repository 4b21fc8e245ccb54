"""JSON batches: one envelope, many answers."""

from typing import Any

import pytest

from tests.simulator.clients import Graph, Simulated, error_of
from tests.simulator.naming import GROUPS, OIDS

BOB, IDA, ZOE = (OIDS[name] for name in ("bob@contoso.example", "ida@partner.example", "zoe@contoso.example"))
NOBODY = "00000000-0000-4000-8000-00000000dead"
MEMBERS = f"/groups/{GROUPS['Expenses Users']}/members"


def part(number: int, url: str = f"/users/{BOB}", method: str = "GET", **more: Any) -> dict[str, Any]:
    return {"id": str(number), "method": method, "url": url, **more}


def add(graph: Graph, number: int, who: str, **more: Any) -> dict[str, Any]:
    headers = {"Content-Type": "application/json"}
    return part(number, f"{MEMBERS}/$ref", "POST", headers=headers, body=graph.ref(who), **more)


def sent(graph: Graph, *parts: dict[str, Any]) -> dict[str, dict[str, Any]]:
    response = graph("POST", "/$batch", {"requests": list(parts)})
    assert response.status_code == 200, response.text
    return {row["id"]: row for row in response.json()["responses"]}


def test_each_part_has_its_own_answer(contoso: Graph) -> None:
    found = sent(contoso, part(1), part(2, f"users/{NOBODY}"), add(contoso, 3, ZOE), add(contoso, 4, IDA))
    assert [found[key]["status"] for key in "1234"] == [200, 404, 204, 400]
    assert found["1"]["body"]["id"] == BOB
    assert "body" not in found["3"]
    assert found["2"]["body"]["error"]["code"] == "Request_ResourceNotFound"
    assert found["1"]["headers"]["Content-Type"].startswith("application/json")
    assert len({row["headers"]["request-id"] for row in found.values()}) == 4


def test_answers_come_in_another_order(sim: Simulated, contoso: Graph) -> None:
    body = {"requests": [part(number) for number in range(10)]}
    order = [row["id"] for row in contoso("POST", "/$batch", body).json()["responses"]]
    assert order != sorted(order)
    sim.tenant("Contoso").behaviour.shuffle_batches = False
    order = [row["id"] for row in contoso("POST", "/$batch", body).json()["responses"]]
    assert order == sorted(order)


def test_what_depends_on_a_failed_part_fails_with_it(contoso: Graph) -> None:
    found = sent(contoso, add(contoso, 1, NOBODY), add(contoso, 2, ZOE, dependsOn=["1"]), part(3, dependsOn=["2"]))
    assert [found[key]["status"] for key in "123"] == [404, 424, 424]
    assert ZOE not in [row["id"] for row in contoso.get(MEMBERS)["value"]]


def test_what_depends_on_a_good_part_runs_after_it(contoso: Graph) -> None:
    found = sent(contoso, add(contoso, 1, ZOE), part(2, f"{MEMBERS}?$select=id", dependsOn=["1"]))
    assert ZOE in [row["id"] for row in found["2"]["body"]["value"]]


def test_advanced_queries_take_their_header_inside(contoso: Graph) -> None:
    url = "/users?$filter=userType%20ne%20'Guest'&$count=true"
    found = sent(contoso, part(1, url, headers={"ConsistencyLevel": "eventual"}), part(2, url))
    assert (found["1"]["status"], found["1"]["body"]["@odata.count"]) == (200, 9)
    assert found["2"]["status"] == 400
    counted = sent(contoso, part(1, "/users/$count", headers={"ConsistencyLevel": "eventual"}))
    assert counted["1"]["body"] == "12"


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [part(number) for number in range(21)],
        [part(1), part(1)],
        [{**part(1), "id": "a"}, {**part(2), "id": "A"}],
        [{"method": "GET", "url": "/users"}],
        [part(1, "https://graph.microsoft.com/v1.0/users")],
        [part(1, "/v1.0/users")],
        [part(1, "")],
        [part(1, dependsOn=["2"]), part(2)],
        [part(1, "/invitations", "POST", body={})],
        [part(1), part(2, dependsOn=["1"]), part(3, dependsOn=["1"])],
        ["not a request"],
    ],
)
def test_one_bad_part_spoils_the_envelope(contoso: Graph, parts: list[Any]) -> None:
    assert contoso("POST", "/$batch", {"requests": parts}).status_code == 400


def test_only_the_throttled_part_has_to_come_again(sim: Simulated, contoso: Graph) -> None:
    sim.fault("throttle", times=1, retry_after=7, match={"path": f"/users/{IDA}$"})
    found = sent(contoso, part(1), part(2, f"/users/{IDA}"), part(3))
    assert [found[key]["status"] for key in "123"] == [200, 429, 200]
    assert found["2"]["headers"]["Retry-After"] == "7"
    assert sent(contoso, part(2, f"/users/{IDA}"))["2"]["status"] == 200


def test_a_throttled_part_may_have_been_done(sim: Simulated, contoso: Graph) -> None:
    sim.fault("throttle-after", times=1, retry_after=1, match={"method": "POST", "path": "/members/"})
    assert sent(contoso, add(contoso, 1, ZOE))["1"]["status"] == 429
    assert sent(contoso, add(contoso, 1, ZOE))["1"]["status"] == 400


def test_the_envelope_itself_can_fail(sim: Simulated, contoso: Graph) -> None:
    sim.fault("status", times=1, status=504, match={"path": r"/\$batch$"})
    assert error_of(contoso("POST", "/$batch", {"requests": [part(1)]}))[0] == 504


def test_writes_inside_a_batch_are_in_the_ledger_one_by_one(sim: Simulated, contoso: Graph) -> None:
    sent(contoso, add(contoso, 1, ZOE), add(contoso, 2, BOB), part(3))
    rows = sim.control("GET", "/ledger")["entries"]
    assert [(row["method"], row["path"]) for row in rows] == [("POST", f"/v1.0{MEMBERS}/$ref")] * 2
    calls = sim.control("GET", "/ledger")["calls"]
    assert {"/v1.0/$batch", f"/v1.0{MEMBERS}/$ref", f"/v1.0/users/{BOB}"} <= {call["path"] for call in calls}


def test_only_posts_carry_a_batch(contoso: Graph) -> None:
    assert contoso("GET", "/$batch").status_code == 405
