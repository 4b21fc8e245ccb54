"""A refusal of Graph, in its documented shape."""

from selfservice.simulator.directory.shapes import Properties
from selfservice.simulator.texts import TEXTS


class GraphError(Exception):
    """Refuse a call with a status, a code and a message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        """Take what the caller is told."""
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers: dict[str, str] = {}
        self.inner: Properties = {}


def refuse(case: str, /, **values: str) -> GraphError:
    """Make the refusal that the data file holds under a name."""
    text = TEXTS[case]
    return GraphError(text.status, text.code, text.fill(**values))


def throttled(retry_after: object) -> GraphError:
    """Make the answer to one call too many; without a number the header is left out."""
    error = refuse("throttled")
    error.inner = {"code": "429", "message": "Please retry after", "status": "429"}
    if retry_after is not None:
        error.headers["Retry-After"] = str(retry_after)
    return error
