"""One company on one database, which takes steps by number: the same numbers mean the same people and requests on
every database, whatever ids they have there.
"""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import event, select

from selfservice.model.actor import Actor, PersonRef
from selfservice.model.approval import Outcome
from selfservice.model.group import GroupMembership
from selfservice.model.person import Person
from selfservice.model.refusal import Refused
from selfservice.model.request import AccessRequest, RequestState
from selfservice.model.rulebook import RuleBook
from selfservice.model.rules.clause import Clause, Operator
from selfservice.model.rules.facts import Attribute
from selfservice.model.rules.outcome import Approver, ApproverKind, Automatic, Deny, Stages, StageSpec
from selfservice.model.rules.outcome import Outcome as Verdict
from selfservice.model.rules.rule import Band
from selfservice.services import approving, conversing, delegating, escalating, expiring, requesting
from selfservice.services.approving import Pick
from selfservice.services.drafting import Ask
from selfservice.services.rules import editing
from selfservice.services.rules.edits import Put, Remove, RuleDraft
from selfservice.store.transaction import reading, transaction
from tests.services.deciding.ruling import (
    APPROVERS_GROUP,
    DAN,
    FAY,
    GIL,
    MANAGER,
    MIA,
    SPONSOR,
    hire,
    named,
    one_stage,
)
from tests.services.making import (
    ANN,
    BOB,
    CONTOSO,
    CY,
    DEE,
    EVE,
    EXPENSES_APPROVERS,
    LEE,
    HandClock,
    TestRuntime,
    World,
    make_runtime,
    make_world,
)

ASKERS = (ANN, CY, EVE, MIA)
DECIDERS = (BOB, LEE, DAN, FAY, GIL, MIA, CY)
EVERYBODY = (*DECIDERS, ANN, EVE, DEE)
PEOPLE = {who.ref: who for who in EVERYBODY}
KEEPERS = (DEE, DEE, DEE, BOB, DEE, DEE, DAN)
MOST_RULES = 8
RECENT = 25

OWNER = Approver(kind=ApproverKind.OWNER)
TWO = StageSpec(approvers=(APPROVERS_GROUP,), quorum=2, alternates=(named(FAY), MANAGER), escalate_after_days=1)
OUTCOMES: tuple[Verdict, ...] = (
    Stages(stages=(TWO,)),
    one_stage(APPROVERS_GROUP, named(DAN), named(GIL), quorum=2),
    Stages(
        stages=(
            StageSpec(approvers=(named(BOB), named(DAN))),
            StageSpec(approvers=(APPROVERS_GROUP,), justification_required=True),
        )
    ),
    one_stage(named(BOB), days_to_answer=5, escalate_after_days=2, alternates=(named(FAY),)),
    one_stage(MANAGER, fallback=(named(GIL),)),
    Stages(stages=(StageSpec(approvers=(SPONSOR,)), TWO)),
    Automatic(),
    Deny(reason="not in these days"),
    Stages(stages=(StageSpec(approvers=(MANAGER, named(FAY))), TWO, StageSpec(approvers=(OWNER, named(GIL))))),
    one_stage(SPONSOR, named(DAN), named(FAY), named(LEE), quorum=2, days_to_answer=3),
)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step: what is done, by whom, to which of the latest requests, and a number for whatever else it needs."""

    kind: str
    who: int = 0
    which: int = 0
    more: int = 0


@dataclass
class Company:
    """One database with its people, and what has come to be there, in order."""

    world: World
    requests: list[str] = field(default_factory=list)
    first_seen: list[str] = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)
    delegations: list[str] = field(default_factory=list)

    @property
    def rt(self) -> TestRuntime:
        """The runtime over the database."""
        return self.world.rt

    def take(self, step: Step) -> str:
        """Take a step, and say what came of it: a refusal by its name."""
        try:
            return DEEDS[step.kind](self, step)
        except Refused as refusal:
            return type(refusal).__name__

    def tick(self, step: Step) -> str:
        assert isinstance(self.rt.clock, HandClock)
        self.rt.clock.forward(timedelta(minutes=step.more))
        return ""

    def submit(self, step: Step) -> str:
        asker = ASKERS[step.who % len(ASKERS)]
        sponsor = ASKERS[step.which % len(ASKERS)]
        for_self = step.more % 9 == 0
        ask = Ask(
            form_key=f"{len(self.requests)}-{step.more}-{self.rt.clock().isoformat()}",
            package_id=self.world.expenses,
            for_self=for_self,
            guest_address="" if for_self else f"g{step.more % 3000}@d{step.more % 97}.example",
            guest_name="Gus",
            justification="for the close",
            ends_on=self.rt.clock().date() + timedelta(days=1 + step.more % 95),
            sponsor=None if for_self else sponsor.ref,
        )
        request_id = requesting.submit(self.rt, ask, by=asker)
        if request_id not in self.requests[-RECENT:]:
            self.waiting.append(len(self.requests))
            self.requests.append(request_id)
            self.first_seen.append(self._request(request_id).content_hash)
        return ""

    def approve(self, step: Step) -> str:
        number = self._number(step)
        request = self._chosen(step)
        by = _decider(step, request)
        seen = self.first_seen[number] if step.more % 17 == 0 else request.content_hash
        shorter = request.ends_on - timedelta(days=1 + step.more % 9) if step.more % 11 == 0 else None
        words = "" if step.more % 5 == 0 else "fine"
        approving.approve(self.rt, request.id, by=by, seen=seen, justification=words, ends_on=shorter)
        return ""

    def deny(self, step: Step) -> str:
        request = self._chosen(step)
        by = _decider(step, request)
        approving.deny(self.rt, request.id, by=by, seen=request.content_hash, justification="no")
        return ""

    def decide_many(self, step: Step) -> str:
        latest = [self._request(request_id) for request_id in self.requests[-3:]]
        picks = [Pick(request_id=request.id, seen=request.content_hash) for request in latest]
        outcome = Outcome.DENY if step.more % 6 == 0 else Outcome.APPROVE
        told = approving.decide_many(self.rt, picks, by=_decider(step), outcome=outcome, justification="all")
        return ", ".join(f"{each.done} {each.cause}" for each in told)

    def take_back(self, step: Step) -> str:
        request = self._chosen(step)
        voices = [vote.ref for stage in request.stages for vote in stage.votes]
        by = _one_of(voices, step) if voices and step.more % 2 else _decider(step)
        approving.withdraw_approval(self.rt, request.id, by=by, why="a mistake")
        return ""

    def withdraw(self, step: Step) -> str:
        request = self._chosen(step)
        by = PEOPLE[request.requestor] if step.more % 3 == 0 else ASKERS[step.who % len(ASKERS)]
        requesting.withdraw(self.rt, request.id, by=by)
        return ""

    def ask(self, step: Step) -> str:
        request = self._chosen(step)
        conversing.ask(self.rt, request.id, by=_decider(step, request), text=f"Why {step.more}?")
        return ""

    def answer(self, step: Step) -> str:
        request = self._chosen(step)
        by = PEOPLE[request.requestor] if step.more % 2 else ASKERS[step.who % len(ASKERS)]
        conversing.answer(self.rt, request.id, by=by, text=f"Because {step.more}.")
        return ""

    def delegate(self, step: Step) -> str:
        by, to = _decider(step), DECIDERS[step.which % len(DECIDERS)]
        first = self.rt.clock().date() + timedelta(days=step.more % 3)
        last = first + timedelta(days=step.more % 7)
        made = delegating.delegate(self.rt, by=by, to=to.ref, starts_on=first, ends_on=last, reason="away")
        self.delegations.append(made)
        return ""

    def end(self, step: Step) -> str:
        if not self.delegations:
            return "none"
        delegating.end(self.rt, self.delegations[-1 - step.which % min(len(self.delegations), 4)], by=_decider(step))
        return ""

    def escalate(self, step: Step) -> str:
        return str(escalating.escalate_due(self.rt))

    def expire(self, step: Step) -> str:
        return str(sum(iter(lambda: expiring.expire_requests(self.rt), 0)))

    def rule(self, step: Step) -> str:
        by = KEEPERS[step.who % len(KEEPERS)]
        if step.more % 13 == 0 and self.rules:
            return self._save(Remove(rule_id=self.rules[step.which % len(self.rules)]), by)
        known = self.rules[step.which % len(self.rules)] if len(self.rules) >= MOST_RULES else None
        band = Band.PACKAGE if by is BOB else (Band.FIRST, Band.LAST)[step.more % 2]
        draft = RuleDraft(
            name=f"Rule {step.more}",
            clauses=_clauses(step.more),
            outcome=OUTCOMES[step.more % len(OUTCOMES)],
            band=band,
            scope_id=self.world.expenses if band is Band.PACKAGE else "",
        )
        return self._save(Put(rule_id=known, draft=draft), by)

    def _save(self, edit: Put | Remove, by: Actor) -> str:
        with reading(self.rt.sessions) as tx:
            serial = tx.scalar(select(RuleBook.serial).where(RuleBook.tenant_id == CONTOSO)) or 0
        editing.save(self.rt, CONTOSO, [edit], by=by, why="as it should be", seen_serial=serial)
        with reading(self.rt.sessions) as tx:
            index = self.rt.books.index_of(tx, CONTOSO)
            known = {rule.id for rule in index.rules}
        self.rules = [rule_id for rule_id in self.rules if rule_id in known]
        self.rules += sorted(known - set(self.rules))
        return ""

    def leave(self, step: Step) -> str:
        who = (DAN, FAY, CY)[step.who % 3]
        with transaction(self.rt.sessions) as tx:
            person = tx.get_one(Person, (who.tenant_id, who.object_id))
            person.enabled = not person.enabled
            return str(person.enabled)

    def join(self, step: Step) -> str:
        who = (DAN, GIL)[step.who % 2]
        with transaction(self.rt.sessions) as tx:
            member = tx.get(GroupMembership, (CONTOSO, EXPENSES_APPROVERS, who.object_id))
            if member is not None:
                tx.delete(member)
                return "left"
            tx.add(GroupMembership(tenant_id=CONTOSO, group_id=EXPENSES_APPROVERS, member_id=who.object_id))
            return "joined"

    def _number(self, step: Step) -> int:
        """Return which request a step is about: mostly one that may still wait, else one of the latest."""
        if step.more % 6 and self.waiting:
            return self.waiting[-1 - step.which % min(len(self.waiting), RECENT)]
        return len(self.requests) - 1 - step.which % min(len(self.requests), RECENT)

    def _chosen(self, step: Step) -> AccessRequest:
        number = self._number(step)
        request = self._request(self.requests[number])
        if request.state is not RequestState.PENDING_APPROVAL and number in self.waiting:
            self.waiting.remove(number)
        return request

    def _request(self, request_id: str) -> AccessRequest:
        with reading(self.rt.sessions) as tx:
            return tx.get_one(AccessRequest, request_id)


def found(database_url: str) -> Company:
    """Return a company on an empty database, with a first request, so that every step has one."""
    rt = make_runtime(database_url)
    for engine in rt.sessions.engines:
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _hasten)
    world = make_world(rt)
    hire(rt, DAN, FAY, GIL)
    hire(rt, MIA, manages=ANN)
    with transaction(rt.sessions) as tx:
        tx.get_one(Person, (CY.tenant_id, CY.object_id)).manager_id = MIA.object_id
    company = Company(world)
    company.submit(Step(kind="submit", more=1))
    return company


def _hasten(connection: sqlite3.Connection, _record: object) -> None:
    # A power cut is no part of what is tested, and waiting for the disk is most of the time.
    connection.execute("PRAGMA synchronous=OFF")


def _decider(step: Step, request: AccessRequest | None = None) -> Actor:
    # Mostly somebody who is asked, often somebody who may be, and now and then anybody.
    stage = request.open_stage if request is not None else None
    if stage is not None and stage.asked and step.more % 3:
        return _one_of([each.ref for each in stage.asked], step)
    people = EVERYBODY if step.more % 7 == 0 else DECIDERS
    return people[step.who % len(people)]


def _one_of(people: list[PersonRef], step: Step) -> Actor:
    return PEOPLE[sorted(people)[step.who % len(people)]]


def _clauses(number: int) -> tuple[Clause, ...]:
    if number % 3 == 0:
        return (Clause(attribute=Attribute.DAYS, operator=Operator.AT_MOST, number=number % 120),)
    if number % 3 == 1:
        return (Clause(attribute=Attribute.FOR, operator=Operator.ANY_OF, values=("other",)),)
    return ()


DEEDS: Mapping[str, Callable[[Company, Step], str]] = {
    "tick": Company.tick,
    "submit": Company.submit,
    "approve": Company.approve,
    "deny": Company.deny,
    "decideMany": Company.decide_many,
    "takeBack": Company.take_back,
    "withdraw": Company.withdraw,
    "ask": Company.ask,
    "answer": Company.answer,
    "delegate": Company.delegate,
    "end": Company.end,
    "escalate": Company.escalate,
    "expire": Company.expire,
    "rule": Company.rule,
    "leave": Company.leave,
    "join": Company.join,
}
