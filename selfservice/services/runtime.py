"""The runtime: what every use case is given as its first argument (`rt`). Made once, in the factory."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from selfservice.config.settings import Settings
from selfservice.model.pacing import Pace
from selfservice.services.ports import Directories, Mailer, SignIn, Waker
from selfservice.services.rules.book import Books
from selfservice.store.engine import Sessions

Clock = Callable[[], datetime]


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """What every process has. `clock` gives the time in UTC; `books` are the approver rules as read so far."""

    settings: Settings
    sessions: Sessions
    waker: Waker
    clock: Clock
    books: Books = field(default_factory=Books)


@dataclass(frozen=True, kw_only=True)
class WebRuntime(Runtime):
    """What a web process has besides: the sign-in service, and no key to any directory."""

    signin: SignIn


@dataclass(frozen=True, kw_only=True)
class WorkerRuntime(Runtime):
    """What a worker has besides: the directories, the mailer, and the pace at which each tenant is written to."""

    directories: Directories
    mailer: Mailer
    paces: dict[str, Pace] = field(default_factory=dict)

    def pace_of(self, tenant_id: str) -> Pace:
        """Return the pace of a tenant; only the holder of its pump's lease may ask."""
        return self.paces.setdefault(tenant_id, Pace(self.settings.rates))
