"""People as a directory tells of them: a leaver's browser sessions end, and a guest's acceptance is noticed."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.actor import SYSTEM
from selfservice.model.audit import Account, Subject, event
from selfservice.model.directory import DeltaPage, DirectoryUser, RedemptionState
from selfservice.model.guest import Guest
from selfservice.model.person import Person
from selfservice.services import announcing, following, leaving, sessions
from selfservice.services.mirrored import passing
from selfservice.services.mirrored.objects import Part, read_round
from selfservice.services.mirrored.passing import Pass
from selfservice.services.ports import Directory
from selfservice.store.transaction import transaction


def read_users(now: Pass) -> None:
    """Read the users of a tenant, members and guests alike."""
    read_round(now, USERS, after_page=_notice_acceptances)


def read_managers(now: Pass) -> None:
    """Read who is whose manager."""
    link = passing.begin(now)
    while True:
        passing.go_on(now)
        page = now.directory.managers(link)
        with transaction(now.rt.sessions) as tx:
            _learn_managers(tx, now, dict(page.items))
            if page.next_link is None:
                passing.finish(tx, now)
            else:
                passing.turn_page(tx, now, page.next_link)
        link = page.next_link
        if link is None:
            return


def _learn_managers(tx: Session, now: Pass, managers: dict[str, str | None]) -> None:
    people = select(Person).where(Person.tenant_id == now.tenant_id, Person.object_id.in_(managers))
    for person in tx.scalars(people):
        if person.manager_id != managers[person.object_id]:
            person.manager_id = managers[person.object_id]


def _end_sessions(tx: Session, now: Pass, person: Person) -> None:
    """Somebody was disabled or removed: whatever browser they are signed in with is signed out, at once."""
    ended = sessions.forget_person(tx, person.ref)
    action = "person.disabled" if person.removed_at is None else "person.removed"
    subject = Subject(kind="person", id=person.object_id, tenant_id=person.tenant_id)
    account = Account(why="the directory says so", details={"sessionsEnded": ended})
    tx.add(event(action, subject, by=SYSTEM, at=now.rt.clock(), account=account))
    leaving.notice(tx, now.rt, person)


def _notice_acceptances(tx: Session, now: Pass) -> None:
    """Note which guests of ours have accepted, however their state came to be known, and tell who waits for them."""
    accepted = (
        select(Guest, Person.redemption_changed_at)
        .join(Person, (Person.tenant_id == Guest.tenant_id) & (Person.object_id == Guest.object_id))
        .where(
            Guest.tenant_id == now.tenant_id,
            Guest.redeemed_at.is_(None),
            Person.redemption_state == RedemptionState.ACCEPTED,
        )
        .order_by(Guest.id)
    )
    for guest, changed_at in tx.execute(accepted).all():
        guest.redeemed_at = changed_at or now.rt.clock()
        tx.add(event("guest.redeemed", guest.subject, by=SYSTEM, at=now.rt.clock()))
        announcing.guest_accepted(tx, now.rt, guest)


def _read(directory: Directory, link: str | None) -> DeltaPage[DirectoryUser]:
    return directory.users_delta(link)


def _look(directory: Directory, object_id: str) -> DirectoryUser | None:
    return directory.get_user(object_id)


def _make(tenant_id: str, user: DirectoryUser) -> Person:
    return Person(tenant_id=tenant_id, object_id=user.object_id)


def _active(person: Person) -> bool:
    return person.active


def _stage(person: Person) -> tuple[bool, bool]:
    return person.enabled, person.removed_at is None


def _follow(tx: Session, now: Pass, person: Person) -> None:
    following.follow(tx, now.rt, person)
    if person.active:
        leaving.notice_return(tx, now.rt, person)


USERS = Part(
    table=Person,
    read=_read,
    look=_look,
    make=_make,
    learn=Person.learn,
    active=_active,
    lost=_end_sessions,
    stage=_stage,
    moved=_follow,
)
