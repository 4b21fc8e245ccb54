"""A refusal is an anticipated no; each rule has its own class, next to the rule."""


class Refused(Exception):
    """The business says no.

    `cause` says what is wrong, `owner` whose it is to change, `next_step` what they can do: all three are shown to
    people.
    """

    def __init__(self, cause: str, *, next_step: str = "", owner: str = "") -> None:
        super().__init__(cause)
        self.cause = cause
        self.owner = owner
        self.next_step = next_step


class NotFound(Refused):
    """There is no such thing, or it is none of the asker's business: both look the same."""

    def __init__(
        self,
        cause: str = "There is nothing at this address, or it is not yours to see.",
    ) -> None:
        super().__init__(
            cause,
            next_step="Check the address, or go back to your first page.",
            owner="You",
        )


class NotAllowed(Refused):
    """The asker may see the thing but not do this to it."""


class Stale(Refused):
    """Somebody else changed the thing since the asker looked at it."""
