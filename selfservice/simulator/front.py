"""The door of the simulator: faults first, then Graph, sign-in, pages or the control plane."""

import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from selfservice.simulator.connection import DroppedError, wait_for_release
from selfservice.simulator.control.routes import ControlError
from selfservice.simulator.faults import Fault, FaultKind, Target
from selfservice.simulator.graph.call import Answer
from selfservice.simulator.graph.errors import GraphError
from selfservice.simulator.graph.faulty import fault_error
from selfservice.simulator.graph.service import GraphService, Incoming
from selfservice.simulator.identifiers import new_id
from selfservice.simulator.login.errors import LoginError
from selfservice.simulator.login.sessions import Sessions
from selfservice.simulator.routes import ADDRESSES
from selfservice.simulator.web import Visit, as_json
from selfservice.simulator.world import World

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_HTML = "<html><head><title>502 Bad Gateway</title></head><body>Bad gateway</body></html>"
_AFTER = frozenset(
    (
        FaultKind.DROP_AFTER,
        FaultKind.HOLD_AFTER,
        FaultKind.TRUNCATE,
        FaultKind.EMPTY,
        FaultKind.THROTTLE_AFTER,
        FaultKind.STATUS_AFTER,
    )
)


class Front:
    """Be the WSGI application of one world."""

    def __init__(self, world: World, sessions: Sessions | None = None) -> None:
        """Serve this cloud; a browser may be signed in at several."""
        self.world = world
        self.graph = GraphService(world)
        self.sessions = sessions or Sessions()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request, with the fault that waits for it, if any."""
        request = Request(environ)
        if request.path.startswith("/_simulator/"):
            return self._control(request)(environ, start_response)
        if self.world.site.is_elsewhere(request.host):
            return Response(f"{request.host} is a host of another cloud.", 421)(environ, start_response)
        fault = self.world.faults.take(self._target(request))
        response = self._plain(request) if fault is None else self._faulty(request, fault)
        return response(environ, start_response)

    def _plain(self, request: Request, lag: float | None = None) -> Response:
        if request.path.startswith(("/v1.0/", "/beta/")):
            return self._graph(request, lag)
        return self._page(request)

    def _graph(self, request: Request, lag: float | None) -> Response:
        incoming = self._incoming(request, lag)
        return _rendered(self.graph.answer(incoming))

    def _incoming(self, request: Request, lag: float | None) -> Incoming:
        _, version, rest = request.path.split("/", 2)
        return Incoming(
            method=request.method,
            version=version,
            path="/" + rest,
            query=request.args.to_dict(),
            headers={name.lower(): value for name, value in request.headers.items()},
            payload=request.get_data(),
            root=self.world.site.back(request.host),
            request_id=new_id(),
            lag=lag,
        )

    def _page(self, request: Request) -> Response:
        try:
            view, args = ADDRESSES.bind_to_environ(request.environ).match()
            visit = Visit(world=self.world, sessions=self.sessions, request=request, args=args)
            with self.world.lock:
                return _call(view, visit)
        except HTTPException as error:
            return as_json({"error": error.name}, error.code or 500)
        except LoginError as error:
            return error.answer(self.world)

    def _control(self, request: Request) -> Response:
        try:
            return self._page(request)
        except ControlError as error:
            return as_json({"error": str(error)}, error.status)
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            return as_json({"error": f"not understood: {error!r}"}, 400)

    def _target(self, request: Request) -> Target:
        if request.path.startswith(("/v1.0/", "/beta/")):
            tenant, client = self._caller(request)
        else:
            named = self.world.tenant_named(request.path.split("/")[1])
            tenant = named.id if named else ""
            client = request.values.get("client_id", "")
        return Target(tenant=tenant, method=request.method, path=request.path, client=client)

    def _caller(self, request: Request) -> tuple[str, str]:
        token = request.headers.get("Authorization", "").partition(" ")[2].strip()
        try:
            claims = self.graph.access.claims(token)
        except GraphError:
            return "", ""
        return claims["tid"], claims["appid"]

    def _faulty(self, request: Request, fault: Fault) -> Response:
        if fault.kind in _AFTER:
            return self._spoilt(request, fault, self._plain(request))
        match fault.kind:
            case FaultKind.SLOW:
                time.sleep(fault.seconds or 1.0)
            case FaultKind.HOLD_BEFORE:
                wait_for_release(fault, request.environ)
            case FaultKind.DROP_BEFORE:
                raise DroppedError
            case FaultKind.HTML:
                return Response(_HTML, fault.status or 502, content_type="text/html; charset=utf-8")
            case FaultKind.LAG:
                return self._plain(request, fault.seconds)
            case _:
                return self._refusal(request, fault)
        return self._plain(request)

    def _spoilt(self, request: Request, fault: Fault, response: Response) -> Response:
        match fault.kind:
            case FaultKind.DROP_AFTER:
                raise DroppedError
            case FaultKind.HOLD_AFTER:
                wait_for_release(fault, request.environ)
            case FaultKind.TRUNCATE:
                request.environ["simulator.connection"].truncate()
            case FaultKind.EMPTY:
                return Response(status=response.status_code, content_type="application/json")
            case _:
                return self._refusal(request, fault)
        return response

    def _refusal(self, request: Request, fault: Fault) -> Response:
        if not request.path.startswith(("/v1.0/", "/beta/")):
            busy = fault.kind in (FaultKind.THROTTLE, FaultKind.THROTTLE_AFTER)
            response = LoginError("busy" if busy else "away").answer(self.world)
            response.status_code = response.status_code if busy else fault.status or 503
            if fault.retry_after is not None:
                response.headers["Retry-After"] = str(fault.retry_after)
            return response
        key = new_id()
        asked = request.headers.get("client-request-id", key)
        answer = self.graph.refusal(fault_error(fault), key, asked)
        if fault.kind is FaultKind.CLAIMS_CHALLENGE:
            answer.headers["WWW-Authenticate"] = (
                f'Bearer realm="", authorization_uri="{self.world.site.login}'
                '/common/oauth2/authorize", error="insufficient_claims", '
                'claims="eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZX19fQ=="'
            )
        return _rendered(answer)


def _call(view: Callable[[Visit], Response] | Any, visit: Visit) -> Response:
    response: Response = view(visit)
    return response


def _rendered(answer: Answer) -> Response:
    if answer.text is not None:
        response = Response(answer.text, answer.status, content_type="text/plain")
    elif answer.body is not None:
        response = as_json(answer.body, answer.status)
        response.headers["Content-Type"] = _GRAPH_JSON
        response.headers["OData-Version"] = "4.0"
    else:
        response = Response(status=answer.status)
        response.headers.pop("Content-Type")
    response.headers["Cache-Control"] = "no-cache"
    response.headers.update(answer.headers)
    return response


_GRAPH_JSON = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
