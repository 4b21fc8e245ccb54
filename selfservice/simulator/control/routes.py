"""The control plane: faults, ledger and clock, as JSON for tests and tools."""

from datetime import timedelta
from typing import Any

from werkzeug.wrappers import Response

from selfservice.simulator.clock import Clock
from selfservice.simulator.faults import read_fault
from selfservice.simulator.web import Visit, as_json


class ControlError(Exception):
    """Refuse what makes no sense, with the reason in words."""

    def __init__(self, reason: str, status: int = 400) -> None:
        """Take the reason."""
        super().__init__(reason)
        self.status = status


def body_of(visit: Visit) -> dict[str, Any]:
    """Read the JSON object that a control call carries."""
    body = visit.request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        reason = "a JSON object is needed"
        raise ControlError(reason)
    return body


def list_faults(visit: Visit) -> Response:
    """List the faults with how often each has hit."""
    return as_json({"faults": [fault.shown() for fault in visit.world.faults.all()]})


def add_fault(visit: Visit) -> Response:
    """Put a fault in force."""
    try:
        fault = visit.world.faults.add(read_fault(body_of(visit)))
    except (ValueError, TypeError) as error:
        raise ControlError(str(error)) from error
    return as_json(fault.shown(), 201)


def drop_fault(visit: Visit) -> Response:
    """Take one fault out of force."""
    visit.world.faults.drop(visit.args["fault"])
    return Response(status=204)


def drop_faults(visit: Visit) -> Response:
    """Take every fault out of force."""
    visit.world.faults.drop()
    return Response(status=204)


def release_fault(visit: Visit) -> Response:
    """Let the calls go that a fault holds."""
    fault = visit.world.faults.get(visit.args["fault"])
    if fault is None:
        reason = "no such fault"
        raise ControlError(reason, 404)
    fault.released.set()
    return as_json(fault.shown())


def ledger(visit: Visit) -> Response:
    """List accepted writes and count all calls."""
    tenant = visit.request.args.get("tenant") or None
    since = int(visit.request.args.get("since", "0"))
    book = visit.world.ledger
    return as_json({"entries": book.since(since, tenant), "calls": book.calls_of(tenant)})


def clock(visit: Visit) -> Response:
    """Tell the simulated time, move it by an offset in seconds, stop it or let it go on."""
    world = visit.world
    if visit.request.method == "POST":
        _set_clock(world.clock, body_of(visit))
        world.save()
    return as_json(
        {
            "offset": world.clock.offset.total_seconds(),
            "stopped": world.clock.stopped_at is not None,
            "now": world.clock.now().isoformat(),
        }
    )


def _set_clock(clock: Clock, body: dict[str, Any]) -> None:
    offset, stopped = body.get("offset"), body.get("stopped")
    if not isinstance(offset, int | float | None) or not isinstance(stopped, bool | None) or body == {}:
        reason = "offset is a number of seconds, stopped is true or false"
        raise ControlError(reason)
    if offset is not None:
        clock.offset = timedelta(seconds=offset)
    if stopped is not None:
        clock.stop() if stopped else clock.go_on()
