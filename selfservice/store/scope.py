"""Whose eyes a transaction looks with: the second wall between tenants, which PostgreSQL keeps (migration 0004).

The first wall are the conditions of the use cases. A walled engine tells PostgreSQL at the begin of every transaction
for whom it is, and rows of other tenants are not there, whatever a statement forgets to ask. SQLite has no such wall.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum


class Sight(StrEnum):
    """How far a transaction sees."""

    NOTHING = ""
    PERSON = "person"
    EVERYTHING = "all"


@dataclass(frozen=True, kw_only=True)
class Scope:
    """For whom a transaction is. A person sees the rows of `tenants`, and the requests that they are part of."""

    sight: Sight
    tenants: frozenset[str] = frozenset()
    tenant_id: str = ""
    object_id: str = ""

    @property
    def settings(self) -> tuple[str, str, str, str]:
        """The scope as PostgreSQL is told it."""
        return self.sight.value, ",".join(sorted(self.tenants)), self.tenant_id, self.object_id


NOBODY = Scope(sight=Sight.NOTHING)
EVERYTHING = Scope(sight=Sight.EVERYTHING)

_scope: ContextVar[Scope] = ContextVar("scope", default=NOBODY)


def current() -> Scope:
    """Return the scope of transactions that begin now."""
    return _scope.get()


def enter(scope: Scope) -> None:
    """Let every transaction from now on, in this thread, be in a scope."""
    _scope.set(scope)


@contextmanager
def everything() -> Iterator[None]:
    """See everything for a while: whoever signs in is nobody yet, and what others asked for counts for everybody."""
    token = _scope.set(EVERYTHING)
    try:
        yield
    finally:
        _scope.reset(token)
