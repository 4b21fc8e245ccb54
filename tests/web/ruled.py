"""Approver rules for the web tests, as they stand in a tenant's book, and requests that go their way."""

from collections.abc import Sequence

from selfservice.model.actor import PersonRef
from selfservice.model.approval import ApprovalStage
from selfservice.model.request import AccessRequest
from selfservice.model.rulebook import ApproverRule, RuleBook
from selfservice.model.rules.clause import Clause
from selfservice.model.rules.codec import clauses_to_data, outcome_to_data
from selfservice.model.rules.outcome import Approver, ApproverKind, Outcome, Stages, StageSpec
from selfservice.model.rules.rule import Band
from selfservice.services.requesting import Ask, submit
from selfservice.services.runtime import WebRuntime
from selfservice.store.transaction import reading, transaction
from tests.web.cast import CAST, ENDS_ON, NOW
from tests.web.world import World, actor_of


def person(who: str) -> Approver:
    """Return one of the cast as a rule names them."""
    member = CAST[who]
    return Approver(kind=ApproverKind.PERSON, tenant_id=member.tenant_id, object_id=member.object_id, name=member.name)


def stage(*who: str, quorum: int = 1, alternates: Sequence[str] = (), justification: bool = False) -> StageSpec:
    """Return a stage in which these people decide; the alternates are asked after two days."""
    return StageSpec(
        approvers=tuple(person(each) for each in who),
        quorum=quorum,
        justification_required=justification,
        escalate_after_days=2 if alternates else None,
        alternates=tuple(person(each) for each in alternates),
    )


def write_rule(
    rt: WebRuntime,
    outcome: Outcome,
    *,
    clauses: Sequence[Clause] = (),
    name: str = "Three pairs of eyes",
    position: int = 0,
) -> str:
    """Write a rule of Contoso's admins into its book, and return its id."""
    tenant_id = CAST["dee"].tenant_id
    with transaction(rt.sessions) as tx:
        book = tx.get(RuleBook, tenant_id) or RuleBook(tenant_id=tenant_id, changed_at=NOW)
        book.serial += 1
        rule = ApproverRule(
            tenant_id=tenant_id,
            version=3,
            serial=book.serial,
            band=int(Band.FIRST),
            position=position,
            name=name,
            clauses=list(clauses_to_data(tuple(clauses))),
            outcome=outcome_to_data(outcome),
            changed_at=NOW,
        )
        tx.add_all([book, rule])
        return rule.id


def staged(rt: WebRuntime, world: World, *stages: StageSpec, address: str = "zoe@partner.example") -> str:
    """Ask for Expenses under a rule with these stages, and return the request's id."""
    write_rule(rt, Stages(stages=stages))
    return asked(rt, world, address=address)


def asked(rt: WebRuntime, world: World, *, address: str = "zoe@partner.example", name: str = "Zoe Fenn") -> str:
    """Let Ann ask for Expenses for a guest whom Cy answers for, and return the request's id."""
    sponsor = CAST["cy"]
    ask = Ask(
        form_key=address,
        package_id=world.package,
        for_self=False,
        justification=f"{name} closes the year.",
        ends_on=ENDS_ON,
        guest_address=address,
        guest_name=name,
        sponsor=PersonRef(tenant_id=sponsor.tenant_id, object_id=sponsor.object_id),
    )
    return submit(rt, ask, by=actor_of(CAST["ann"]))


def kept(rt: WebRuntime, request_id: str) -> tuple[AccessRequest, list[ApprovalStage]]:
    """Return a request as it is kept now, with its stages."""
    with reading(rt.sessions) as tx:
        request = tx.get_one(AccessRequest, request_id)
        return request, list(request.stages)
