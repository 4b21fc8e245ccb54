"""Steps for tests of what happens while a request waits: rules, people who come and go, mails, and time."""

from datetime import datetime, timedelta

from sqlalchemy import select

from selfservice.model.actor import Actor
from selfservice.model.audit import AuditEvent
from selfservice.model.delegation import Delegation
from selfservice.model.group import GroupMembership
from selfservice.model.mail import MailKind, OutboxMail
from selfservice.model.person import Person
from selfservice.model.request import AccessRequest
from selfservice.model.rulebook import ApproverRule, RuleBook
from selfservice.model.rules.codec import outcome_to_data
from selfservice.model.rules.outcome import Approver, ApproverKind, Stages, StageSpec
from selfservice.model.rules.rule import Band
from selfservice.services import approving, requesting
from selfservice.store.transaction import reading, transaction
from tests.services.making import ANN, CONTOSO, EXPENSES_APPROVERS, START, HandClock, World
from tests.services.test_requesting import make_ask

DAY = timedelta(days=1)


def named(actor: Actor, *, quiet: bool = False) -> Approver:
    return Approver(
        kind=ApproverKind.PERSON, tenant_id=actor.tenant_id, object_id=actor.object_id, name=actor.name, quiet=quiet
    )


def the_group() -> Approver:
    """Return the group of Bob and Lee as an approver."""
    return Approver(kind=ApproverKind.GROUP, tenant_id=CONTOSO, object_id=EXPENSES_APPROVERS, name="Expenses Approvers")


def put_rule(world: World, *stages: StageSpec) -> None:
    """Let these stages decide about everything of Contoso; nobody alive has written the rule."""
    with transaction(world.rt.sessions) as tx:
        tx.add(RuleBook(tenant_id=CONTOSO, serial=1, changed_at=START))
        tx.add(
            ApproverRule(
                tenant_id=CONTOSO,
                serial=1,
                band=int(Band.FIRST),
                position=1,
                name="All",
                clauses=[],
                outcome=outcome_to_data(Stages(stages=stages)),
                changed_at=START,
            )
        )


def ask(world: World, **changes: object) -> str:
    return requesting.submit(world.rt, make_ask(world, **changes), by=ANN)


def ask_about(world: World, guest: str) -> str:
    """Ask for a guest of this name, so that several requests wait at once."""
    return ask(world, form_key=guest, guest_address=f"{guest.lower()}@partner.example", guest_name=guest)


def the_request(world: World, request_id: str) -> AccessRequest:
    with reading(world.rt.sessions) as tx:
        return tx.get_one(AccessRequest, request_id)


def approve(world: World, request_id: str, *, by: Actor) -> None:
    seen = the_request(world, request_id).content_hash
    approving.approve(world.rt, request_id, by=by, seen=seen, justification="ok")


def deny(world: World, request_id: str, *, by: Actor) -> None:
    seen = the_request(world, request_id).content_hash
    approving.deny(world.rt, request_id, by=by, seen=seen, justification="not this year")


def forward(world: World, by: timedelta) -> None:
    assert isinstance(world.rt.clock, HandClock)
    world.rt.clock.forward(by)


def to_the_hour(world: World, hour: int) -> None:
    """Turn the clock to this hour of the next day."""
    assert isinstance(world.rt.clock, HandClock)
    tomorrow: datetime = world.rt.clock.now + DAY
    world.rt.clock.now = tomorrow.replace(hour=hour, minute=0)


def leave(world: World, *actors: Actor) -> None:
    """Let people's accounts be disabled."""
    with transaction(world.rt.sessions) as tx:
        for actor in actors:
            tx.get_one(Person, (actor.tenant_id, actor.object_id)).enabled = False


def join(world: World, actor: Actor) -> None:
    with transaction(world.rt.sessions) as tx:
        tx.add(GroupMembership(tenant_id=CONTOSO, group_id=EXPENSES_APPROVERS, member_id=actor.object_id))


def quit_group(world: World, *actors: Actor) -> None:
    with transaction(world.rt.sessions) as tx:
        for actor in actors:
            tx.delete(tx.get_one(GroupMembership, (CONTOSO, EXPENSES_APPROVERS, actor.object_id)))


def hand_over(world: World, actor: Actor, to: Actor, *, days: int = 30) -> None:
    """Let somebody decide for somebody else from now on."""
    with transaction(world.rt.sessions) as tx:
        tx.add(
            Delegation(
                tenant_id=actor.tenant_id,
                object_id=actor.object_id,
                name=actor.name,
                delegate_tenant_id=to.tenant_id,
                delegate_object_id=to.object_id,
                delegate_name=to.name,
                starts_at=world.rt.clock(),
                ends_at=world.rt.clock() + timedelta(days=days),
                created_at=world.rt.clock(),
            )
        )


def mails(world: World, kind: MailKind) -> list[OutboxMail]:
    with reading(world.rt.sessions) as tx:
        return list(tx.scalars(select(OutboxMail).where(OutboxMail.kind == kind).order_by(OutboxMail.to_address)))


def told(world: World, kind: MailKind) -> list[str]:
    """Return the first names of those who are told so, in their order."""
    return [mail.to_address.partition("@")[0] for mail in mails(world, kind)]


def sent(world: World) -> None:
    """Let everything that waits in the outbox leave."""
    with transaction(world.rt.sessions) as tx:
        for mail in tx.scalars(select(OutboxMail).where(OutboxMail.sent_at.is_(None))):
            mail.claim(at=world.rt.clock(), lease=timedelta(seconds=30))
            mail.sent(at=world.rt.clock())


def events(world: World, action: str) -> list[AuditEvent]:
    with reading(world.rt.sessions) as tx:
        return list(tx.scalars(select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.number)))


def asked(world: World, request_id: str) -> list[str]:
    """Return who has been asked at the open stage."""
    stage = the_request(world, request_id).open_stage
    assert stage is not None
    return sorted(approver.name for approver in stage.asked)
