"""Steps that tests of the outbox share: put a mail there, send with this mailer, see what became of it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from selfservice.model.audit import AuditEvent
from selfservice.model.directory import OutgoingMail, Secret
from selfservice.model.mail import MailKind, OutboxMail
from selfservice.model.unable import UnableTo
from selfservice.services import mailing
from selfservice.services.ports import Mailer
from selfservice.store.transaction import reading, transaction
from tests.services.mailbox import Killed
from tests.services.making import CONTOSO, HandClock, TestRuntime, make_runtime

MINUTE = timedelta(minutes=1)
AWAY = UnableTo("The mail server could not be reached.", code="network", transient=True, next_step="Wait.")
UNKNOWN = UnableTo("The connection broke.", code="network", transient=True, outcome_unknown=True)
REFUSED = UnableTo("The mail server refuses the address.", code="mail-refused", next_step="Check the address.")
LINK = Secret("https://login.example/redeem?rd=canary")


def runtime(database_url: str) -> Iterator[TestRuntime]:
    """Return a runtime without a mailer; each test brings its own."""
    rt = make_runtime(database_url)
    yield rt
    rt.sessions.close()


def compose(mail: OutboxMail, link: Secret | None) -> OutgoingMail:
    return OutgoingMail(
        message_id=mail.message_id,
        to=mail.to_address,
        subject=mail.kind.value,
        text=link.reveal() if link else mail.facts["link"],
        html="",
    )


def put_mail(rt: TestRuntime, name: str = "one", *, sealed_link: str | None = None) -> None:
    with transaction(rt.sessions) as tx:
        tx.add(
            OutboxMail(
                once_key=name,
                kind=MailKind.REQUEST_RECEIVED,
                tenant_id=CONTOSO,
                to_address=f"{name}@x.example",
                message_id=f"<{name}@localhost>",
                facts={"link": "http://localhost:8080/"},
                sealed_link=sealed_link,
                created_at=rt.clock(),
            )
        )


def send(rt: TestRuntime, mailer: Mailer) -> int:
    return mailing.send_due(replace(rt, mailer=mailer), compose)


def die(rt: TestRuntime, mailer: Mailer) -> None:
    """Send until the worker is killed; its leases run out."""
    with pytest.raises(Killed):
        send(rt, mailer)
    later(rt, rt.settings.intervals.lease)


def later(rt: TestRuntime, by: timedelta = timedelta(hours=1)) -> None:
    assert isinstance(rt.clock, HandClock)
    rt.clock.forward(by)


def the_mail(rt: TestRuntime, name: str = "one") -> OutboxMail:
    with reading(rt.sessions) as tx:
        return tx.scalars(select(OutboxMail).where(OutboxMail.once_key == name)).one()


def events(rt: TestRuntime) -> list[tuple[str, str]]:
    with reading(rt.sessions) as tx:
        return [(event.action, event.why) for event in tx.scalars(select(AuditEvent).order_by(AuditEvent.number))]


def ids(left: list[OutgoingMail]) -> list[str]:
    return [mail.message_id for mail in left]
