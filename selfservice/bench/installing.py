"""A runtime over a database and nothing else: use cases that ask only the database can be measured with it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from selfservice.config.clouds import KNOWN_CLOUDS
from selfservice.config.settings import Credential, CredentialKind, MailKind, MailSettings, Settings, SignInSettings
from selfservice.services.runtime import Runtime
from selfservice.store.engine import Sessions

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Nobody:
    """Nobody waits to be woken."""

    def wake(self, task: str, *args: str) -> None:
        """Do nothing."""


def runtime(url: str, sessions: Sessions) -> Runtime:
    """Return a runtime whose clock stands still and that knows no tenant."""
    nothing = Credential(client_id="", kind=CredentialKind.SECRET)
    settings = Settings(
        demo=False,
        base_url="http://localhost",
        secret_key="",
        database_url=url,
        queue_url="",
        instance=Path(),
        tenants={},
        signin=SignInSettings(credential=nothing, cloud=KNOWN_CLOUDS["global"], authority=""),
        mail=MailSettings(kind=MailKind.SMTP, sender="", sender_name=""),
    )
    return Runtime(settings=settings, sessions=sessions, waker=Nobody(), clock=lambda: NOW)
