"""What a fault answers instead of the service."""

from selfservice.simulator.faults import Fault, FaultKind
from selfservice.simulator.graph.errors import GraphError, refuse, throttled

_CODES = {
    400: "BadRequest",
    401: "InvalidAuthenticationToken",
    403: "Authorization_RequestDenied",
    404: "Request_ResourceNotFound",
    409: "Conflict",
    500: "InternalServerError",
    501: "NotImplemented",
    502: "BadGateway",
    503: "ServiceNotAvailable",
    504: "GatewayTimeout",
}


def fault_error(fault: Fault) -> GraphError:
    """Make the refusal of a fault that answers."""
    match fault.kind:
        case FaultKind.THROTTLE | FaultKind.THROTTLE_AFTER:
            error = throttled(fault.retry_after)
            error.headers["x-ms-throttle-information"] = "ResourceUnitLimitExceeded"
            return error
        case FaultKind.SUSPICIOUS:
            return refuse("invite-suspicious")
        case FaultKind.CLAIMS_CHALLENGE:
            return refuse("claims-challenge")
        case _:
            status = fault.status or 503
            code = _CODES.get(status, "UnknownError")
            error = GraphError(status, code, "The service is not available at the moment.")
            if fault.retry_after is not None:
                error.headers["Retry-After"] = str(fault.retry_after)
            return error
