"""Asking together: several packages, of any number of tenants, in one go. Each is a request of its own, by the rules of
its own tenant; one that is refused stops none of the others.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from selfservice.model.actor import Actor
from selfservice.model.refusal import NotFound, Refused
from selfservice.services.drafting import Ask
from selfservice.services.requesting import submit
from selfservice.services.runtime import Runtime

MOST_AT_ONCE = 20


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What came of asking for one package: a request, or why there is none."""

    package_id: str
    request_id: str = ""
    refusal: Refused | None = None


class TooManyAtOnce(Refused):
    """More packages were chosen than one form asks for."""


def ask_together(rt: Runtime, asks: Sequence[Ask], *, by: Actor) -> tuple[Asked, ...]:
    """Ask for each package and return what came of each; the same form sent twice asks once."""
    ensure_not_too_many(len(asks))
    return tuple(_ask(rt, ask, by=by) for ask in asks)


def ensure_not_too_many(count: int) -> None:
    """Refuse to ask for more packages than one page can show."""
    if count > MOST_AT_ONCE:
        raise TooManyAtOnce(
            f"{count} packages were chosen, and {MOST_AT_ONCE} can be asked for at once.",
            next_step="Ask for some of them first.",
            owner="You",
        )


def _ask(rt: Runtime, ask: Ask, *, by: Actor) -> Asked:
    own_key = hashlib.sha256(f"{ask.form_key}/{ask.package_id}".encode()).hexdigest()
    try:
        return Asked(package_id=ask.package_id, request_id=submit(rt, replace(ask, form_key=own_key), by=by))
    except NotFound:
        raise
    except Refused as refusal:
        return Asked(package_id=ask.package_id, refusal=refusal)
