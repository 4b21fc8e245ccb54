"""Editing: rules are changed in one transaction, by whoever keeps them, with a reason; where the tenant wants it so,
once a second person has agreed. Examples that must stay true guard every change.
"""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from selfservice.model.actor import Actor, ActorKind
from selfservice.model.audit import Account, event
from selfservice.model.person import Person
from selfservice.model.refusal import NotAllowed, NotFound, Stale
from selfservice.model.rulebook import ChangeState, RuleBook, RuleChange
from selfservice.services import notifying
from selfservice.services.eligibility import TextRefused, clean_text
from selfservice.services.finding import addresses_of
from selfservice.services.rules.changing import Desk, book_of, desk_of, ensure_kept, ensure_unchanged, prove, write
from selfservice.services.rules.edits import Edit, SecondPerson, edits_from_data, edits_to_data
from selfservice.services.rules.keeping import admins_of
from selfservice.services.rules.recording import Author
from selfservice.services.rules.trying import ensure_true
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import transaction


def save(rt: Runtime, tenant_id: str, edits: Sequence[Edit], *, by: Actor, why: str, seen_serial: int) -> str | None:
    """Change the rules and return None, or the id of the change where it now waits for a second person."""
    with transaction(rt.sessions) as tx:
        desk = desk_of(tx, rt, tenant_id, by=by)
        book = book_of(tx, tenant_id, at=rt.clock())
        if seen_serial < book.serial:
            ensure_unchanged(tx, tenant_id, None, since=seen_serial)
        waiting = _save(desk, book, edits, by=by, why=_reason(why))
    rt.waker.wake("mail")
    return waiting


def save_unseen(rt: Runtime, tenant_id: str, edits: Sequence[Edit], *, by: Actor, why: str = "") -> str | None:
    """Change what no other change of the rules can make stale: examples, and whether a second person is needed."""
    with transaction(rt.sessions) as tx:
        desk = desk_of(tx, rt, tenant_id, by=by)
        book = book_of(tx, tenant_id, at=rt.clock())
        waiting = _save(desk, book, edits, by=by, why=why)
    rt.waker.wake("mail")
    return waiting


def set_second_person(rt: Runtime, tenant_id: str, *, by: Actor, on: bool) -> str | None:
    """Let changes wait for a second person from now on, or no more; the latter waits for one itself."""
    return save_unseen(rt, tenant_id, [SecondPerson(on=on)], by=by, why="")


def agree(rt: Runtime, change_id: str, *, by: Actor) -> None:
    """Agree to somebody else's change of rules: it is made now, if it still can be."""
    with transaction(rt.sessions) as tx:
        change, desk = _change_to_judge(tx, rt, change_id, by=by)
        edits = edits_from_data(change.edits)
        book = book_of(tx, change.tenant_id, at=rt.clock())
        ensure_unchanged(tx, change.tenant_id, edits, since=change.base_serial)
        author = Author(
            acts=by,
            person=change.proposed_by,
            name=change.proposed_by_name,
            why=change.why,
            at=rt.clock(),
            agreed_by=by.ref,
            agreed_by_name=by.name,
        )
        write(desk, book, prove(desk, edits), author)
        _settle(tx, change, ChangeState.APPLIED, author)
        _tell(tx, "rule.agree", change, by=by, why=change.why)


def reject(rt: Runtime, change_id: str, *, by: Actor, why: str) -> None:
    """Say no to somebody else's change of rules, with the reason."""
    with transaction(rt.sessions) as tx:
        change, _desk = _change_to_judge(tx, rt, change_id, by=by)
        author = Author(acts=by, person=by.ref, name=by.name, why=_reason(why), at=rt.clock())
        _settle(tx, change, ChangeState.REJECTED, author)
        change.decision_reason = author.why
        _tell(tx, "rule.reject", change, by=by, why=author.why)


def withdraw_change(rt: Runtime, change_id: str, *, by: Actor) -> None:
    """Take one's own proposed change back."""
    with transaction(rt.sessions) as tx:
        change = tx.get(RuleChange, change_id, with_for_update=True)
        if change is None or not by.is_(change.proposed_by_tenant_id, change.proposed_by_object_id):
            raise NotFound
        _ensure_waiting(change)
        author = Author(acts=by, person=by.ref, name=by.name, why="", at=rt.clock())
        _settle(tx, change, ChangeState.WITHDRAWN, author)
        _tell(tx, "rule.withdraw", change, by=by, why="")


def may_judge(desk: Desk, change: RuleChange, *, by: Actor) -> bool:
    """Say whether somebody could make this change themself, and is not who proposes it."""
    try:
        ensure_kept(desk, edits_from_data(change.edits))
    except NotFound:
        return False
    return by.kind is ActorKind.PERSON and not _is_proposer(desk.tx, change, by)


def _save(desk: Desk, book: RuleBook, edits: Sequence[Edit], *, by: Actor, why: str = "") -> str | None:
    proof = prove(desk, edits)
    at = desk.rt.clock()
    if not book.second_person:
        write(desk, book, proof, Author(acts=by, person=by.ref, name=by.name, why=why, at=at))
        return None
    ensure_true(proof.tried)
    change = RuleChange(
        tenant_id=desk.tenant_id,
        edits=edits_to_data(proof.edits),
        base_serial=book.serial,
        why=why,
        proposed_at=at,
        proposed_by_tenant_id=by.tenant_id,
        proposed_by_object_id=by.object_id,
        proposed_by_name=by.name,
    )
    desk.tx.add(change)
    desk.tx.flush()
    account = Account(why=why, details={"edits": change.edits})
    desk.tx.add(event("rule.propose", change.subject, by=by, at=at, account=account))
    notifying.rule_change_wanted(desk.tx, desk.rt, change, admins_of(desk.tx, desk.tenant_id))
    return change.id


def _change_to_judge(tx: Session, rt: Runtime, change_id: str, *, by: Actor) -> tuple[RuleChange, Desk]:
    change = tx.get(RuleChange, change_id, with_for_update=True)
    if change is None or by.kind is not ActorKind.PERSON:
        raise NotFound
    desk = desk_of(tx, rt, change.tenant_id, by=by)
    ensure_kept(desk, edits_from_data(change.edits))
    if _is_proposer(tx, change, by):
        raise NotAllowed(
            "Nobody agrees to a change of their own.",
            next_step="Wait for a second person, or take the change back.",
            owner="Somebody else who keeps these rules",
        )
    _ensure_waiting(change)
    return change, desk


def _is_proposer(tx: Session, change: RuleChange, by: Actor) -> bool:
    """Say whether the actor proposes the change, under whichever of their identities."""
    if by.is_(change.proposed_by_tenant_id, change.proposed_by_object_id):
        return True
    proposer = tx.get(Person, (change.proposed_by_tenant_id, change.proposed_by_object_id))
    return bool(addresses_of(proposer) & addresses_of(tx.get(Person, (by.tenant_id, by.object_id))))


def _settle(tx: Session, change: RuleChange, state: ChangeState, author: Author) -> None:
    change.state, change.decided_at, change.decided_by_name = state, author.at, author.acts.name
    tx.flush()


def _ensure_waiting(change: RuleChange) -> None:
    if change.state is not ChangeState.WAITING:
        raise Stale(
            f"{change.decided_by_name} has decided about this change already: it is {change.state}.",
            next_step="Look at the rules as they are now.",
            owner="You",
        )


def _tell(tx: Session, action: str, change: RuleChange, *, by: Actor, why: str) -> None:
    account = Account(why=why, details={"proposedBy": change.proposed_by_name, "edits": change.edits})
    at = change.decided_at or change.proposed_at
    tx.add(event(action, change.subject, by=by, at=at, account=account))


def _reason(why: str) -> str:
    reason = clean_text(why, what="reason of the change", longest=1000)
    if not reason:
        raise TextRefused(
            "The reason of the change is missing.",
            next_step="Say in a sentence why the rules change.",
            owner="You",
        )
    return reason
