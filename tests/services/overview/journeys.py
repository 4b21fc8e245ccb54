"""The way of a request in short words, for tests of what pages show on the way."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from selfservice.model.actor import Actor
from selfservice.model.directory import OutgoingMail, Secret
from selfservice.model.guest import Guest
from selfservice.model.mail import OutboxMail
from selfservice.model.package import PackageApprover, PartyKind
from selfservice.services import approving, delivering, mailing, requesting
from selfservice.services.overview.requests import request_page
from selfservice.services.overview.rows import Moment, RequestPage, Tense
from selfservice.store.transaction import reading, transaction
from tests.services.copying import copy_directory
from tests.services.fakes import FakeDirectory
from tests.services.making import (
    ANN,
    BOB,
    CONTOSO,
    EXPENSES_USERS,
    LEE,
    HandClock,
    TestRuntime,
    World,
    make_package,
)
from tests.services.test_requesting import make_ask


@dataclass
class Journey:
    """One request on its way."""

    world: World
    directory: FakeDirectory
    request_id: str
    asker: Actor = ANN

    @property
    def rt(self) -> TestRuntime:
        return self.world.rt

    def page(self, by: Actor | None = None) -> RequestPage:
        return request_page(self.rt, self.request_id, by or self.asker)

    def agree(self, by: Actor = BOB, words: str = "ok for the close") -> "Journey":
        approving.approve(self.rt, self.request_id, by=by, seen=self.page().content_hash, justification=words)
        return self

    def work(self, tenant_id: str = CONTOSO) -> "Journey":
        delivering.pump(self.rt, tenant_id)
        return self

    def mail(self) -> "Journey":
        mailing.send_due(self.rt, _compose)
        return self

    def accept(self) -> "Journey":
        """Let every guest accept an hour later, and the mirror see it."""
        wait(self.rt, hours=1)
        for address in {*self.directory.invited}:
            self.directory.redeem(address, at=self.rt.clock())
        with transaction(self.rt.sessions) as tx:
            for guest in tx.scalars(select(Guest)):
                guest.redeemed_at = self.rt.clock()
        return self

    def deliver(self) -> "Journey":
        return self.agree().work().mail()

    @property
    def assignment_id(self) -> str:
        return self.page().assignment_id


def begin(world: World, *, by: Actor = ANN, directory: FakeDirectory | None = None, **changes: object) -> Journey:
    """Ask for something."""
    directory = directory or copy_directory(world.rt)
    request_id = requesting.submit(world.rt, make_ask(world, **changes), by=by)
    return Journey(world=world, directory=directory, request_id=request_id, asker=by)


def wait(rt: TestRuntime, **how_long: float) -> None:
    """Let time pass."""
    assert isinstance(rt.clock, HandClock)
    rt.clock.forward(timedelta(**how_long))


def told(page: RequestPage, tense: Tense) -> list[str]:
    """Return the titles of a timeline in this tense."""
    return [moment.title for moment in page.timeline if moment.tense is tense]


def moment(page: RequestPage, title: str) -> Moment:
    """Return the one moment with this title."""
    (found,) = [each for each in page.timeline if each.title == title]
    return found


def second_package(world: World) -> str:
    """Publish another package of Contoso and return its id."""
    package = make_package(world.rt, CONTOSO, "Month-end close", gives=EXPENSES_USERS)
    package.approvers.append(PackageApprover(kind=PartyKind.PERSON, object_id=LEE.object_id, name=LEE.name))
    with transaction(world.rt.sessions) as tx:
        tx.add(package)
    return package.id


def mails_of(world: World) -> list[OutboxMail]:
    """Return the outbox."""
    with reading(world.rt.sessions) as tx:
        return list(tx.scalars(select(OutboxMail)))


def _compose(mail: OutboxMail, _secret: Secret | None) -> OutgoingMail:
    return OutgoingMail(message_id=mail.message_id, to=mail.to_address, subject=mail.kind, text="text", html="html")
