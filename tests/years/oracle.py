"""Judges, from the simulator's ledger and the test's own diary alone, whether anything was done that must not be, or
was left undone. Each function returns what is wrong, in words.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select

from selfservice.model.actor import PersonRef
from selfservice.model.assignment import Assignment
from selfservice.model.lifecycle import Lifecycle, end_of
from selfservice.model.mail import MailKind, OutboxMail
from selfservice.store.transaction import reading
from tests.years.diary import Access, Diary, Meddling
from tests.years.installation import Installation

LATEST = timedelta(minutes=15)
AFTER_REVIEW = timedelta(days=60)
USER = re.compile(r"/v1\.0/users/([0-9a-f-]{36})")
MEMBER = re.compile(r"/v1\.0/groups/([0-9a-f-]{36})/members/([0-9a-f-]{36})/\$ref")
GIVEN = re.compile(r"/v1\.0/groups/([0-9a-f-]{36})/members/\$ref")
MADE = re.compile(r"user ([0-9a-f-]{36}) created by invitation")
INVITED = re.compile(r"user ([0-9a-f-]{36}) ")


@dataclass(frozen=True, kw_only=True)
class Write:
    """One accepted write, as the simulator wrote it down."""

    at: datetime
    tenant_id: str
    method: str
    path: str
    body: dict[str, object]
    effect: str


@dataclass
class Object:
    """One guest object, and what happened to it: by us, and by others."""

    tenant_id: str
    user_id: str
    address: str = ""
    invited_at: datetime | None = None
    ours_since: datetime | None = None
    enabled: list[tuple[datetime, bool, bool]] = field(default_factory=list)
    blocks: list[datetime] = field(default_factory=list)
    deletes: list[datetime] = field(default_factory=list)
    member_since: datetime | None = None
    got: dict[str, list[datetime]] = field(default_factory=dict)
    lost: dict[str, list[datetime]] = field(default_factory=dict)

    def switch(self, *, enabled: bool, at: datetime) -> None:
        """Note that we blocked the guest, or let them in again."""
        self.enabled.append((at, enabled, True))
        if not enabled:
            self.blocks.append(at)

    def was_blocked_since(self, at: datetime) -> datetime | None:
        """Return since when the object had been blocked by us before a moment, or None where it was not."""
        since: datetime | None = None
        for when, enabled, ours in self.enabled:
            if when >= at:
                break
            if enabled:
                since = None
            elif ours and since is None:
                since = when
        return since


@dataclass(frozen=True, kw_only=True)
class Warned:
    """Somebody was told that an access ends soon."""

    at: datetime
    request_id: str


@dataclass(frozen=True, kw_only=True)
class Judge:
    """What there is to judge by."""

    diary: Diary
    policy: Lifecycle
    writes: tuple[Write, ...]
    objects: dict[tuple[str, str], Object]
    warned: tuple[Warned, ...]
    ended_at: datetime

    def accesses_of(self, it: Object) -> list[Access]:
        """Return the accesses that were meant for this guest."""
        return [a for a in self.diary.accesses.values() if (a.tenant_id, a.address) == (it.tenant_id, it.address)]

    def wanted(self, it: Object, at: datetime, group_id: str = "") -> list[Access]:
        """Return the accesses that this guest was meant to have at a moment."""
        return [
            access
            for access in self.accesses_of(it)
            if access.granted_at <= at
            and at < end_of(access.ends_on(at))
            and (access.ended_at is None or at < access.ended_at)
            and group_id in ("", access.group_id)
        ]


def judge_of(inst: Installation, diary: Diary, policy: Lifecycle) -> Judge:
    """Read the ledger."""
    writes = tuple(_writes(inst))
    objects: dict[tuple[str, str], Object] = {}
    happened: list[Write | Meddling] = sorted([*writes, *diary.meddlings], key=lambda each: each.at)
    for each in happened:
        _learn(objects, each)
    for key, at in diary.adopted.items():
        if key in objects:
            objects[key].ours_since = objects[key].ours_since or at
    warned = tuple(_warnings(inst))
    return Judge(diary=diary, policy=policy, writes=writes, objects=objects, warned=warned, ended_at=inst.clock())


def wrong_blocks(judge: Judge) -> list[str]:
    """Say which guests were blocked though nothing asked for it, or though they are not ours to block."""
    return [
        f"{it.address or it.user_id} was blocked at {at}: {why}"
        for it in judge.objects.values()
        for at in it.blocks
        if (why := _why_not_to_block(judge, it, at))
    ]


def wrong_deletions(judge: Judge) -> list[str]:
    """Say which users were deleted who were not to be: not ours, members, or not blocked for long enough before."""
    wrong = []
    wait = timedelta(days=judge.policy.delete_days)
    for it in judge.objects.values():
        for at in it.deletes:
            since = it.was_blocked_since(at)
            if it.ours_since is None:
                wrong.append(f"{it.user_id} was deleted at {at}, but was never ours")
            elif it.member_since and it.member_since < at:
                wrong.append(f"{it.address} was deleted at {at}, but was a member since {it.member_since}")
            elif since is None or at - since < wait:
                wrong.append(f"{it.address} was deleted at {at}, but was blocked only since {since}")
            elif _why_not_to_block(judge, it, since):
                wrong.append(f"{it.address} was deleted at {at} after a block that was wrong")
    return wrong


def late_ends(judge: Judge) -> list[str]:
    """Say which accesses were not taken away within a quarter of an hour after their end, or were taken too early."""
    late = []
    for it in judge.objects.values():
        for access in judge.accesses_of(it):
            end = _end_of(access)
            if end + LATEST > judge.ended_at or judge.wanted(it, end, access.group_id):
                continue
            if _was_there_to_take(judge, it, access, end) and not any(
                end <= at <= end + LATEST for at in it.lost.get(access.group_id, ())
            ):
                late.append(f"{it.address} still had {access.group_id} a quarter of an hour after {end}")
    return late


def early_ends(judge: Judge) -> list[str]:
    """Say which roles were taken away from guests who were meant to have them."""
    return [
        f"{it.address} lost {group_id} at {at}, though it was meant to last until {wanted[0].ends_on(at)}"
        for it in judge.objects.values()
        for group_id, times in it.lost.items()
        for at in times
        if (wanted := judge.wanted(it, at, group_id)) and not _is_excused(judge, it, at)
    ]


def late_mails(judge: Judge) -> list[str]:
    """Say of which ends people were warned though somebody had decided about them already."""
    wrong = []
    for each in judge.warned:
        access = judge.diary.accesses[each.request_id]
        decided = [(at, what) for at, what in access.decided if at < each.at]
        near = (access.ends_on(each.at) - each.at.date()).days <= max(judge.policy.warn_days)
        if decided and (decided[-1][1] == "letExpire" or not near):
            wrong.append(f"{access.address} was told of at {each.at}, though it was decided: {decided[-1]}")
    return wrong


def silent_ends(judge: Judge) -> list[str]:
    """Say which accesses ended by their date though nobody was warned, and nobody had decided that they should."""
    warned = {each.request_id for each in judge.warned}
    longest = timedelta(days=max(judge.policy.warn_days))
    return [
        f"{access.address} lost {access.group_id[:2]} on {access.ends[-1][1]} without a warning"
        for access in judge.diary.accesses.values()
        if access.request_id not in warned
        and not access.decided
        and access.ended_at is None
        and access.granted_at + longest < end_of(access.ends[-1][1]) < judge.ended_at
        and _lasted(judge, access)
    ]


def _lasted(judge: Judge, access: Access) -> bool:
    """Say whether an access ran until its end, alone, for somebody who was there to be warned about."""
    end = end_of(access.ends[-1][1])
    its = [it for it in judge.objects.values() if (it.tenant_id, it.address) == (access.tenant_id, access.address)]
    return any(
        _was_there_to_take(judge, it, access, end)
        and not judge.wanted(it, end, access.group_id)
        and not any(_is_excused(judge, it, end - timedelta(days=days)) for days in range(16))
        for it in its
    )


def _warnings(inst: Installation) -> Iterator[Warned]:
    with reading(inst.rt.sessions) as tx:
        of = {row[0]: row[1] for row in tx.execute(select(Assignment.id, Assignment.request_id))}
        mails = tx.scalars(select(OutboxMail).where(OutboxMail.kind == MailKind.ACCESS_ENDING))
        for mail in mails:
            for assignment_id in mail.facts["abouts"].splitlines():
                yield Warned(at=mail.created_at, request_id=of[assignment_id])


def _why_not_to_block(judge: Judge, it: Object, at: datetime) -> str:
    if it.ours_since is None or it.ours_since > at:
        return "they are not ours"
    if it.member_since and it.member_since < at:
        return f"they are a member since {it.member_since}"
    if not judge.wanted(it, at) or _is_excused(judge, it, at):
        return ""
    return f"they were meant to have {[(a.group_id[:2], a.ends_on(at)) for a in judge.wanted(it, at)]}"


def _is_excused(judge: Judge, it: Object, at: datetime) -> bool:
    """Say whether something else than an end of access asked for it: a leaver, nobody who accepted or signed in."""
    policy, key = judge.policy, (it.tenant_id, it.user_id)
    homes = {access.home for access in judge.accesses_of(it) if access.home is not None}
    if any(_is_leaver(judge, home, key, at) for home in homes):
        return True
    # A removal takes effect after its soft landing, and not for ever: a new access may be given later.
    if any(timedelta() <= at - when <= AFTER_REVIEW for when in judge.diary.removed_by_review.get(key, ())):
        return True
    redeemed = [when for when in judge.diary.redeemed.get(key, ()) if when <= at]
    grace = timedelta(days=policy.grace_days)
    if not redeemed:
        long_ago = at - timedelta(days=policy.unredeemed_days) - grace
        return bool(it.invited_at and it.invited_at <= long_ago)
    seen: datetime = max(when for when in (*redeemed, *judge.diary.signed_in.get(key, ())) if when <= at)
    return seen <= at - timedelta(days=policy.inactive_days) - grace


def _is_leaver(judge: Judge, home: PersonRef, key: tuple[str, str], at: datetime) -> bool:
    """Say whether somebody had left, and nobody had undone for them what followed from that."""
    left = [each.left_at for each in judge.diary.absences if each.person == home and each.left_at <= at]
    undone = [when for when in judge.diary.undone.get(key, ()) if when <= at]
    return judge.diary.is_away(home, at) and not (undone and max(undone) > max(left))


def _was_there_to_take(judge: Judge, it: Object, access: Access, end: datetime) -> bool:
    """Say whether the guest had the role at its end, so that it had to be taken away."""
    given = [at for at in it.got.get(access.group_id, ()) if access.granted_at <= at <= end]
    lost = [at for at in it.lost.get(access.group_id, ()) if access.granted_at <= at < end]
    gone = [at for at in it.deletes if access.granted_at <= at <= end + LATEST]
    meddled = [
        each
        for each in judge.diary.meddlings
        if each.user_id == it.user_id and each.what in ("takeRole", "delete") and access.granted_at <= each.at <= end
    ]
    return bool(given) and not (lost or gone or meddled)


def _end_of(access: Access) -> datetime:
    last = end_of(access.ends[-1][1])
    return min(last, access.ended_at) if access.ended_at is not None else last


def _learn(objects: dict[tuple[str, str], Object], each: Write | Meddling) -> None:
    if isinstance(each, Meddling):
        it = objects.setdefault((each.tenant_id, each.user_id), Object(each.tenant_id, each.user_id))
        if each.what in ("enable", "disable"):
            it.enabled.append((each.at, each.what == "enable", False))
        elif each.what == "member":
            it.member_since = it.member_since or each.at
        return
    _learn_write(objects, each)


def _learn_write(objects: dict[tuple[str, str], Object], write: Write) -> None:
    member, user, given = MEMBER.fullmatch(write.path), USER.match(write.path), GIVEN.fullmatch(write.path)
    if write.path == "/v1.0/invitations":
        _learn_invitation(objects, write)
    elif given is not None and write.method == "POST":
        user_id = str(write.body["@odata.id"]).rpartition("/")[2]
        it = objects.setdefault((write.tenant_id, user_id), Object(write.tenant_id, user_id))
        it.got.setdefault(given[1], []).append(write.at)
    elif member is not None and write.method == "DELETE":
        it = objects.setdefault((write.tenant_id, member[2]), Object(write.tenant_id, member[2]))
        it.lost.setdefault(member[1], []).append(write.at)
    elif user is not None:
        it = objects.setdefault((write.tenant_id, user[1]), Object(write.tenant_id, user[1]))
        if write.method == "PATCH" and "accountEnabled" in write.body:
            it.switch(enabled=write.body["accountEnabled"] is True, at=write.at)
        elif write.method == "DELETE" and USER.fullmatch(write.path):
            it.deletes.append(write.at)


def _learn_invitation(objects: dict[tuple[str, str], Object], write: Write) -> None:
    made, known = MADE.search(write.effect), INVITED.search(write.effect)
    if known is None:
        return
    it = objects.setdefault((write.tenant_id, known[1]), Object(write.tenant_id, known[1]))
    it.address = it.address or str(write.body["invitedUserEmailAddress"]).casefold()
    if made is not None:
        it.invited_at = it.ours_since = write.at


def _writes(inst: Installation) -> Iterator[Write]:
    for row in inst.sim.world.ledger.rows:
        yield Write(
            at=datetime.fromisoformat(row["at"].replace("0Z", "+00:00")),
            tenant_id=row["tenant"],
            method=row["method"],
            path=row["path"],
            body=row["body"] or {},
            effect=row["effect"],
        )
