"""Whatever delegations people give each other, nobody decides for themself, through others, or twice: every attempt is
judged beforehand by a judge of its own, which knows who is away, who has an interest, and who has spoken.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random

import pytest

from selfservice.model.actor import Actor
from selfservice.model.refusal import Refused
from selfservice.model.request import RequestState
from selfservice.model.rulebook import ApproverRule, RuleBook
from selfservice.model.rules.outcome import Stages, StageSpec
from selfservice.services import approving, delegating, requesting
from selfservice.store.transaction import transaction
from tests.services.deciding.ruling import hire, named, one_stage, put_rule, the_request
from tests.services.making import ANN, BOB, CONTOSO, CY, DEE, FABRIKAM, HandClock, TestRuntime, World
from tests.services.test_requesting import make_ask

ROUNDS = 40
PEOPLE = (
    ANN,
    CY,
    *(
        Actor(tenant_id=FABRIKAM, object_id=f"a0000000-0000-4000-8000-0000000000{number:02d}", name=f"{name} Doe")
        for number, name in enumerate(("Ida", "Jon", "Kim", "Lou", "Max"), 50)
    ),
)
DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Lent:
    """A delegation as the judge remembers it."""

    by: Actor
    to: Actor
    first: date
    last: date


@dataclass
class Judge:
    """Knows, by its own count, who may decide about one request."""

    requestor: Actor
    sponsor: Actor
    approvers: frozenset[Actor]
    lent: list[Lent]
    today: date
    spoken: set[Actor] = field(default_factory=set)

    def may(self, who: Actor) -> bool:
        """Say whether this person has a voice left, of their own or lent."""
        if who in self.spoken or who in (self.requestor, self.sponsor):
            return False
        return any(self._is_free(principal) for principal in self._principals(who))

    def _principals(self, who: Actor) -> Iterator[Actor]:
        yield who
        yield from (each.by for each in self.lent if each.to == who and each.first <= self.today <= each.last)

    def _is_free(self, principal: Actor) -> bool:
        concerned = principal in (self.requestor, self.sponsor)
        return principal in self.approvers and not concerned and principal not in self.spoken


@pytest.mark.slow
def test_s16_no_delegation_graph_lets_anybody_decide_for_themself_or_twice(world: World) -> None:
    random, lent = Random(16), list[Lent]()
    hire(world.rt, *PEOPLE[2:])
    rule_id = put_rule(world.rt, one_stage(named(BOB)), by=DEE, days_ago=200)
    decided = 0
    for number in range(ROUNDS):
        _lend(world.rt, lent, random)
        decided += _round(world, rule_id, lent, random, number)
        assert isinstance(world.rt.clock, HandClock)
        world.rt.clock.forward(DAY)
    assert decided > ROUNDS


def _lend(rt: TestRuntime, lent: list[Lent], random: Random) -> None:
    """Let people try to hand over to each other at random; keep what was accepted."""
    today = rt.clock().date()
    for _attempt in range(8):
        by, to = random.choice(PEOPLE), random.choice(PEOPLE)
        first = today + random.randrange(2) * DAY
        last = first + random.randrange(3) * DAY
        try:
            delegating.delegate(rt, by=by, to=to.ref, starts_on=first, ends_on=last, reason="")
        except Refused:
            continue
        lent.append(Lent(by=by, to=to, first=first, last=last))


def _round(world: World, rule_id: str, lent: list[Lent], random: Random, number: int) -> int:
    """Let somebody ask and everybody try to decide, twice over; return how many decisions there were."""
    requestor, sponsor = random.choice(PEOPLE), random.choice(PEOPLE)
    approvers = frozenset(random.sample(PEOPLE, random.randrange(3, len(PEOPLE) + 1)))
    quorum = random.randrange(1, 4)
    free = approvers - {requestor, sponsor}
    if len(free) < quorum:
        return 0
    _let_decide(world.rt, rule_id, approvers, quorum)
    ask = replace(
        make_ask(world, form_key=f"round-{number}", guest_address=f"g{number}@partner.example", sponsor=sponsor.ref),
        ends_on=world.rt.clock().date() + 9 * DAY,
    )
    request_id = requesting.submit(world.rt, ask, by=requestor)
    judge = Judge(requestor, sponsor, approvers, lent, world.rt.clock().date())
    for who in (*random.sample(PEOPLE, len(PEOPLE)), *random.sample(PEOPLE, len(PEOPLE))):
        if the_request(world.rt, request_id).state is not RequestState.PENDING_APPROVAL:
            break
        _try(world.rt, request_id, who, judge)
    return _reckon(world.rt, request_id, judge, quorum)


def _try(rt: TestRuntime, request_id: str, who: Actor, judge: Judge) -> None:
    may, told = judge.may(who), _attempt(rt, request_id, who)
    assert may == (told == ""), f"{who.name} {'may' if may else 'must not'} decide, and was told: {told or 'yes'}"
    latest = the_request(rt, request_id).stages[0].votes
    judge.spoken |= {each for each in PEOPLE for vote in latest if vote.is_of(each.ref)}


def _attempt(rt: TestRuntime, request_id: str, who: Actor) -> str:
    """Let somebody try to agree, and return why they were refused, or nothing."""
    seen = the_request(rt, request_id).content_hash
    try:
        approving.approve(rt, request_id, by=who, seen=seen, justification="fine")
    except Refused as refusal:
        return refusal.cause
    return ""


def _reckon(rt: TestRuntime, request_id: str, judge: Judge, quorum: int) -> int:
    request = the_request(rt, request_id)
    (stage,) = request.stages
    voices = [who for vote in stage.votes for who in {vote.ref, vote.principal}]
    assert len(voices) == len(set(voices))
    assert not {judge.requestor.ref, judge.sponsor.ref} & set(voices)
    assert (request.state is RequestState.DELIVERING) == (stage.agreed == quorum)
    return stage.agreed


def _let_decide(rt: TestRuntime, rule_id: str, approvers: frozenset[Actor], quorum: int) -> None:
    spec = StageSpec(approvers=tuple(named(who) for who in sorted(approvers, key=lambda who: who.name)), quorum=quorum)
    with transaction(rt.sessions) as tx:
        row, book = tx.get_one(ApproverRule, rule_id), tx.get_one(RuleBook, CONTOSO)
        row.write(replace(row.value, outcome=Stages(stages=(spec,))))
        book.serial += 1
        row.serial, row.version = book.serial, row.version + 1
