"""Answers one Graph request: token, route, permission, limits, handler, ledger."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from selfservice.simulator.clock import iso_fine
from selfservice.simulator.directory.shapes import Properties
from selfservice.simulator.faults import INNER_KINDS, Fault, FaultKind, Target
from selfservice.simulator.graph import (
    deleted,
    groups,
    invitations,
    logs,
    mail,
    people_links,
    policies,
    principals,
    users,
)
from selfservice.simulator.graph.access import Access
from selfservice.simulator.graph.batch import Part, read_parts, run_parts
from selfservice.simulator.graph.call import Answer, Call, Route
from selfservice.simulator.graph.errors import GraphError, refuse
from selfservice.simulator.graph.faulty import fault_error
from selfservice.simulator.graph.throttle import Throttle
from selfservice.simulator.identifiers import new_id
from selfservice.simulator.ledger import Entry
from selfservice.simulator.world import World

_MODULES = (users, people_links, groups, principals, deleted, invitations, policies, logs, mail)
ROUTES: tuple[Route, ...] = tuple(line for module in _MODULES for line in module.ROUTES)
BETA_ROUTES: tuple[Route, ...] = (*ROUTES, *policies.BETA_ROUTES)


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """Be a request as it came in, before anybody knows who sent it."""

    method: str
    version: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    payload: bytes
    root: str
    request_id: str
    lag: float | None = None


class GraphService:
    """Answer Graph requests from the world."""

    def __init__(self, world: World) -> None:
        """Answer from this world."""
        self._world = world
        self._throttle = Throttle(world.clock.stamp)
        self.access = Access(world)

    def answer(self, incoming: Incoming) -> Answer:
        """Answer a request, refusals included."""
        client_request_id = incoming.headers.get("client-request-id", incoming.request_id)
        ids = {"request-id": incoming.request_id, "client-request-id": client_request_id}
        try:
            call = self._call(incoming, client_request_id)
            answer = self._batch(call) if call.path.lower() == "/$batch" else self._single(call)
        except GraphError as error:
            answer = self._refused(error, incoming.request_id, client_request_id)
        answer.headers = {**answer.headers, **ids}
        return answer

    def _call(self, incoming: Incoming, client_request_id: str) -> Call:
        if incoming.version not in ("v1.0", "beta"):
            raise refuse("no-version", name=incoming.version)
        caller = self.access.caller(incoming.headers.get("authorization", ""), incoming.root)
        return Call(
            world=self._world,
            tenant=caller.tenant,
            app=caller.app,
            roles=caller.roles,
            method=incoming.method,
            path=incoming.path.rstrip("/") or "/",
            query=incoming.query,
            headers=incoming.headers,
            payload=incoming.payload,
            root=incoming.root,
            version=incoming.version,
            request_id=incoming.request_id,
            client_request_id=client_request_id,
            lag=incoming.lag,
        )

    def _single(self, call: Call) -> Answer:
        headers: dict[str, str] = {"x-ms-resource-unit": "1"}
        try:
            route, call.args = _find(call)
            headers = self._throttle.pass_through(call, route)
            if not all(call.roles & needed for needed in route.permissions):
                raise refuse("denied")
            with self._world.lock:
                answer = route.handler(call)
                self._write_down(call, answer)
        except GraphError as error:
            answer = self._refused(error, call.request_id, call.client_request_id)
        answer.headers = {**headers, **answer.headers}
        path = f"/{call.version}{call.path}"
        self._world.ledger.count(call.tenant.id, call.method, path, answer.status)
        return answer

    def _write_down(self, call: Call, answer: Answer) -> None:
        if call.method == "GET":
            return
        body = json.loads(call.payload) if "json" in call.header("Content-Type") else None
        entry = Entry(
            at=iso_fine(self._world.clock.now()),
            tenant=call.tenant.id,
            app=call.app,
            method=call.method,
            path=f"/{call.version}{call.path}",
            body=body if call.payload else None,
            status=answer.status,
            client_request_id=call.client_request_id,
            request_id=call.request_id,
            effect=call.effect,
        )
        self._world.ledger.write(entry)

    def _batch(self, call: Call) -> Answer:
        if call.method != "POST":
            raise refuse("method")
        parts = read_parts(call.json())
        shuffle = call.tenant.behaviour.shuffle_batches
        self._world.ledger.count(call.tenant.id, call.method, f"/{call.version}/$batch", 200)
        responses = run_parts(parts, lambda part: self._part(call, part), shuffle=shuffle)
        return Answer(body={"responses": responses})

    def _part(self, call: Call, part: Part) -> Properties:
        inner = replace(
            call,
            method=part.method,
            path=part.path.rstrip("/") or "/",
            query=part.query,
            headers={**part.headers, "authorization": call.header("authorization")},
            payload=part.payload,
            request_id=new_id(),
            client_request_id=part.headers.get("client-request-id", call.client_request_id),
        )
        answer = self._perhaps_faulty(inner)
        headers = {"Cache-Control": "no-cache", **answer.headers, "request-id": inner.request_id}
        shown: Properties = {"id": part.id, "status": answer.status, "headers": headers}
        if answer.text is not None:
            shown["body"] = answer.text
        elif answer.body is not None:
            headers["Content-Type"] = "application/json"
            shown["body"] = answer.body
        return shown

    def _perhaps_faulty(self, call: Call) -> Answer:
        target = Target(
            tenant=call.tenant.id,
            method=call.method,
            path=f"/{call.version}{call.path}",
            client=call.app,
        )
        fault = self._world.faults.take(target, INNER_KINDS)
        if fault is None:
            return self._single(call)
        return self._faulty(call, fault)

    def _faulty(self, call: Call, fault: Fault) -> Answer:
        if fault.kind is FaultKind.LAG:
            call.lag = fault.seconds
            return self._single(call)
        if fault.kind in (FaultKind.THROTTLE_AFTER, FaultKind.STATUS_AFTER):
            self._single(call)
        return self._refused(fault_error(fault), call.request_id, call.client_request_id)

    def refusal(self, error: GraphError, request_id: str, client_request_id: str) -> Answer:
        """Answer with a refusal under the ids of the request."""
        answer = self._refused(error, request_id, client_request_id)
        ids = {"request-id": request_id, "client-request-id": client_request_id}
        answer.headers = {**answer.headers, **ids}
        return answer

    def _refused(self, error: GraphError, request_id: str, client_request_id: str) -> Answer:
        inner = {
            **error.inner,
            "date": self._world.clock.now().strftime("%Y-%m-%dT%H:%M:%S"),
            "request-id": request_id,
            "client-request-id": client_request_id,
        }
        body = {"code": error.code, "message": error.message, "innerError": inner}
        return Answer(status=error.status, body={"error": body}, headers=error.headers)


def _find(call: Call) -> tuple[Route, dict[str, str]]:
    known_path = False
    for route in BETA_ROUTES if call.version == "beta" else ROUTES:
        found = route.pattern.fullmatch(call.path)
        if found is None:
            continue
        known_path = True
        if route.method == call.method:
            return route, found.groupdict()
    if call.path.lower() == "/me" or call.path.lower().startswith("/me/"):
        raise refuse("delegated-only")
    if known_path or call.method != "GET":
        raise refuse("method")
    raise refuse("no-segment", name=call.path.rpartition("/")[2])
