"""The outside world failed us: a directory, a mail server, a sign-in service."""


class UnableTo(Exception):
    """An outside service did not do what it was asked.

    `transient`: the same call may succeed later. `outcome_unknown`: a write may or may not have taken effect, so it
    must
    be looked up before it is repeated. `retry_after`: seconds the service asked us to wait, if it did.
    `request_id`: the service's own id of the call, for its support. `cause`, `owner`, `next_step` are for people.
    """

    def __init__(
        self,
        cause: str,
        *,
        code: str = "",
        transient: bool = False,
        outcome_unknown: bool = False,
        retry_after: float | None = None,
        request_id: str = "",
        owner: str = "",
        next_step: str = "",
    ) -> None:
        super().__init__(cause)
        self.cause = cause
        self.code = code
        self.transient = transient
        self.outcome_unknown = outcome_unknown
        self.retry_after = retry_after
        self.request_id = request_id
        self.owner = owner
        self.next_step = next_step


class Away(Exception):
    """A part of the installation itself, such as its database, cannot be reached now. It is waited out."""
