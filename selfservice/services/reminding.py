"""Reminding: the requestor may ask once for an answer, and once a day everybody reads what waits for them."""

from datetime import datetime, time, timedelta

from selfservice.model.actor import Actor
from selfservice.model.approval import ApprovalStage
from selfservice.model.audit import Account, event
from selfservice.model.refusal import NotAllowed, NotFound
from selfservice.model.request import WORDS, AccessRequest, StepNotAllowed
from selfservice.services import digesting, leasing, notifying
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading, transaction

QUIET_FOR = timedelta(hours=24)
"""For so long after they were asked, nobody is reminded."""

DIGEST_AT = time(8, 0)
"""When the daily mails are written (UTC), or as soon afterwards as a worker runs."""

LEASE, DONE = "digests", "pause:digests"


class TooSoonToRemind(NotAllowed):
    """The approvers were asked less than a day ago."""


class AlreadyReminded(NotAllowed):
    """The approvers of this stage were reminded once, and are not again."""


class NobodyToRemind(NotAllowed):
    """Nobody of those who have not decided reads mail about it."""


def remind(rt: Runtime, request_id: str, *, by: Actor) -> int:
    """Ask those who have not decided for an answer, once a stage, and return how many are written to."""
    at = rt.clock()
    with transaction(rt.sessions) as tx:
        request = tx.get(AccessRequest, request_id, with_for_update=True)
        if request is None or not by.is_(request.requestor_tenant_id, request.requestor_object_id):
            raise NotFound
        stage = waiting_stage(request)
        ensure_remindable(stage, at=at)
        told = notifying.stage_reminded(tx, rt, request, stage)
        if not told:
            raise NobodyToRemind(
                "Those who decide look into their list by themselves, and get no mail about it.",
                next_step="Speak to them, or wait.",
                owner="You",
            )
        stage.reminded_at = at
        account = Account(details={"stage": stage.position, "told": told})
        tx.add(event("request.remind", request.subject, by=by, at=at, account=account))
    rt.waker.wake("mail")
    return told


def waiting_stage(request: AccessRequest) -> ApprovalStage:
    """Return the stage that waits, or refuse because none does."""
    stage = request.open_stage
    if stage is None:
        raise StepNotAllowed(
            f"This request is {WORDS[request.state]}, so there is nobody to remind.",
            next_step="Look at the request as it is now.",
            owner="You",
        )
    return stage


def ensure_remindable(stage: ApprovalStage, *, at: datetime) -> None:
    """Refuse where the approvers were asked less than a day ago, or reminded before."""
    if stage.reminded_at is not None:
        raise AlreadyReminded(
            f"You reminded them on {_moment(stage.reminded_at)}, and can do so only once.",
            next_step="Speak to them, or wait: without an answer others are asked, or it expires.",
            owner="You",
        )
    possible_at = (stage.opened_at or at) + QUIET_FOR
    if at < possible_at:
        raise TooSoonToRemind(
            "They were asked less than a day ago.",
            next_step=f"You can remind them from {_moment(possible_at)} on.",
            owner="You",
        )


def send_digests(rt: Runtime) -> int:
    """Write the daily mails of today, unless that was done, and return how many."""
    at = rt.clock()
    if at.time() < DIGEST_AT:
        return 0
    with reading(rt.sessions) as tx:
        if leasing.is_held(tx, DONE, at=at):
            return 0
    fence = leasing.claim(rt, LEASE, for_=rt.settings.intervals.lease)
    if fence is None:
        return 0
    try:
        written = _write(rt, fence)
    finally:
        leasing.release(rt, LEASE, fence)
    if written:
        rt.waker.wake("mail")
    return written


def _write(rt: Runtime, fence: str) -> int:
    """Write one mail after the other; what a crash leaves undone is done by whoever takes the lease next."""
    written = 0
    for waiting in digesting.collect(rt):
        if not leasing.renew(rt, LEASE, fence, for_=rt.settings.intervals.lease):
            return written
        with transaction(rt.sessions) as tx:
            written += digesting.write(tx, rt, waiting)
    tomorrow = rt.clock().date() + timedelta(days=1)
    with transaction(rt.sessions) as tx:
        leasing.hold(tx, DONE, until=datetime.combine(tomorrow, DIGEST_AT, rt.clock().tzinfo))
    return written


def _moment(at: datetime) -> str:
    return f"{at.day} {at:%b %Y, %H:%M} UTC"
