"""Links in mails: whoever follows one, or a program that follows it for them, changes nothing by it."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.assignment import Assignment
from selfservice.model.base import Base
from selfservice.model.delivery import Delivery
from selfservice.model.guest import Guest
from selfservice.model.mail import MailKind, OutboxMail
from selfservice.model.request import AccessRequest
from selfservice.model.rulebook import RuleChange
from selfservice.model.thread import MessageKind, RequestMessage
from selfservice.services import announcing, approving, notifying, posting, reminding, telling_redemption
from selfservice.services.runtime import WebRuntime
from selfservice.store.transaction import reading, transaction
from tests.web.browser import Visitor
from tests.web.cast import BASE_URL, CAST, Clock, Member
from tests.web.mailed_guests import write_mails_about_guests
from tests.web.world import World, actor_of, content_hash

Visit = Callable[[str], Visitor]

WITH_A_LINK_ELSEWHERE = {
    MailKind.INVITATION,
    MailKind.FRESH_LINK,
    MailKind.ALREADY_ACCEPTED,
    MailKind.REVIEW_LANDING,
    MailKind.LIFECYCLE_BRAKED,
}
"""Mails to nobody of the cast: to guests, with a link to Microsoft's page, to what they can use or to their own page
(tests/services/reviews/test_landing.py), and to a help desk.
"""

NOT_WHAT_IS_DECIDED = {"browser_session"}
"""Tables that a visit may change: a session says when it was last seen."""


def test_s27_no_link_in_any_mail_changes_anything(visit: Visit, world: World, rt: WebRuntime) -> None:
    write_every_mail(rt, world)
    followed = {}
    for mail in our_mails(rt):
        followed[mail.kind] = follow(mail, visit, rt)
    assert set(MailKind) - set(followed) == WITH_A_LINK_ELSEWHERE
    assert {kind: status for kind, status in followed.items() if status != 200} == {}


def test_s27_no_link_in_any_mail_is_an_action_or_holds_a_token(world: World, rt: WebRuntime) -> None:
    write_every_mail(rt, world)
    for mail in our_mails(rt):
        link = urlsplit(mail.facts["link"])
        assert (link.query, link.fragment) == ("", ""), mail.kind
        assert not link.path.endswith(("/approve", "/deny", "/withdraw", "/agree", "/remind")), mail.kind


def follow(mail: OutboxMail, visit: Visit, rt: WebRuntime) -> int:
    """Let the recipient, and before them their mail program, follow the link; return what the recipient gets."""
    visitor = visit(mail.to_address.partition("@")[0])
    path = urlsplit(mail.facts["link"]).path
    before = everything(rt)
    visitor.send("HEAD", path)
    answer = visitor.send("GET", path)
    assert everything(rt) == before, f"{mail.kind}: {path} changes something"
    return answer.status_code


def everything(rt: WebRuntime) -> Mapping[str, list[tuple[object, ...]]]:
    """Return all rows of all tables, but for sessions."""
    with reading(rt.sessions) as tx:
        return {
            table.name: [tuple(row) for row in tx.execute(select(table).order_by(*table.primary_key.columns))]
            for table in Base.metadata.sorted_tables
            if table.name not in NOT_WHAT_IS_DECIDED
        }


def our_mails(rt: WebRuntime) -> list[OutboxMail]:
    """Return the mails to people of the cast whose link leads to us."""
    addresses = [member.user_name for member in CAST.values()]
    with reading(rt.sessions) as tx:
        mails = tx.scalars(select(OutboxMail).where(OutboxMail.to_address.in_(addresses)).order_by(OutboxMail.id))
        return [mail for mail in mails if mail.facts["link"].startswith(f"{BASE_URL}/")]


def write_every_mail(rt: WebRuntime, world: World) -> None:
    """Write mails of all kinds to people whom they concern."""
    assert isinstance(rt.clock, Clock)
    rt.clock.pass_time(timedelta(days=2))
    reminding.remind(rt, world.waiting, by=actor_of(CAST["ann"]))
    reminding.send_digests(rt)
    who_may_agree = [actor_of(CAST[who]).ref for who in ("bob", "dee")]
    with transaction(rt.sessions) as tx:
        about_waiting(tx, rt, tx.get_one(AccessRequest, world.waiting))
        about_access(tx, rt, tx.get_one(AccessRequest, world.delivered), tx.get_one(Assignment, world.assignment))
        notifying.rule_change_wanted(tx, rt, tx.get_one(RuleChange, world.change), who_may_agree)
        for mail in tx.scalars(select(OutboxMail)):
            mail.sent(at=rt.clock())
    write_mails_about_guests(rt, world)
    seen = content_hash(rt, world.waiting)
    approving.approve(rt, world.waiting, by=actor_of(CAST["bob"]), seen=seen, justification="ok")


def about_waiting(tx: Session, rt: WebRuntime, request: AccessRequest) -> None:
    stage = request.open_stage
    assert stage is not None
    notifying.decision_escalated(tx, rt, request, stage, stage.approvers)
    notifying.nobody_decides(tx, rt, request, stage)
    notifying.request_expired(tx, rt, request, stage)
    notifying.approval_withdrawn(tx, rt, request, "Bob Ray", "the wrong guest")
    question = message(rt, request, CAST["bob"], MessageKind.QUESTION)
    answer = message(rt, request, CAST["ann"], MessageKind.ANSWER)
    tx.add_all((question, answer))
    tx.flush()
    notifying.question_asked(tx, rt, request, question)
    notifying.question_answered(tx, rt, request, answer)


def about_access(tx: Session, rt: WebRuntime, request: AccessRequest, assignment: Assignment) -> None:
    guest = tx.get_one(Guest, assignment.guest_id)
    tx.scalars(select(Delivery).where(Delivery.request_id == request.id)).one().guest_object_id = guest.object_id
    announcing.access_ready(tx, rt, request, "d1")
    announcing.delivery_failed(tx, rt, request, "The group is gone.", "Change the package.")
    announcing.guest_accepted(tx, rt, guest)
    announcing.access_ended(tx, rt, assignment, guest)
    notifying.invitation_blocked(tx, rt, guest, "The domain is blocked.", "Ask an admin.")
    telling_redemption.invitation_moved(tx, rt, guest, proposal_id="p1", agreed_by="Bob Ray")
    dee = posting.person(tx, actor_of(CAST["dee"]).ref)
    telling_redemption.list_wanted(tx, rt, guest, about="p1", command="Set-MailUser", to=dee)


def message(rt: WebRuntime, request: AccessRequest, author: Member, kind: MessageKind) -> RequestMessage:
    later = timedelta(seconds=0 if kind is MessageKind.QUESTION else 1)
    return RequestMessage(
        request_id=request.id,
        kind=kind,
        tenant_id=author.tenant_id,
        object_id=author.object_id,
        name=author.name,
        text="For how long?",
        written_at=rt.clock() + later,
    )
