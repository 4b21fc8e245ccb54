"""Rules and colleagues for tests of deciding: put straight into the database, as if written before."""

from dataclasses import replace
from datetime import timedelta

from selfservice.model.actor import Actor
from selfservice.model.base import new_id
from selfservice.model.directory import UserType
from selfservice.model.person import Person
from selfservice.model.request import AccessRequest
from selfservice.model.rulebook import ApproverRule, RuleBook, RuleVersion, body_of
from selfservice.model.rules.outcome import Approver, ApproverKind, Outcome, Stages, StageSpec
from selfservice.model.rules.rule import Band, Rule
from selfservice.services import approving, requesting
from selfservice.store.transaction import reading, transaction
from tests.services.making import ANN, BOB, CONTOSO, DEE, EXPENSES_APPROVERS, FABRIKAM, LEE, TestRuntime, World
from tests.services.test_requesting import make_ask

DAN = Actor(tenant_id=CONTOSO, object_id="b0000000-0000-4000-8000-00000000000d", name="Dan Oak")
FAY = Actor(tenant_id=CONTOSO, object_id="b0000000-0000-4000-8000-00000000000f", name="Fay Elm")
GIL = Actor(tenant_id=CONTOSO, object_id="b0000000-0000-4000-8000-000000000010", name="Gil Ash")
MIA = Actor(tenant_id=FABRIKAM, object_id="a0000000-0000-4000-8000-00000000000a", name="Mia Boss")

MANAGER = Approver(kind=ApproverKind.MANAGER)
SPONSOR = Approver(kind=ApproverKind.SPONSOR)
BY_NAME = Approver(kind=ApproverKind.PACKAGE_APPROVERS)
APPROVERS_GROUP = Approver(
    kind=ApproverKind.GROUP, tenant_id=CONTOSO, object_id=EXPENSES_APPROVERS, name="Expenses Approvers"
)


def named(who: Actor, *, quiet: bool = False) -> Approver:
    """Return a rule's approver that is one person."""
    return Approver(
        kind=ApproverKind.PERSON, tenant_id=who.tenant_id, object_id=who.object_id, name=who.name, quiet=quiet
    )


def one_stage(*approvers: Approver, **changes: object) -> Stages:
    """Return an outcome of one stage."""
    return Stages(stages=(replace(StageSpec(approvers=approvers), **changes),))  # type: ignore[arg-type]


def hire(rt: TestRuntime, *people: Actor, manages: Actor | None = None) -> None:
    """Let the mirror know these people; with `manages`, the first one becomes that person's manager."""
    with transaction(rt.sessions) as tx:
        tx.add_all([_person(actor) for actor in people])
        if manages is not None:
            tx.get_one(Person, (manages.tenant_id, manages.object_id)).manager_id = people[0].object_id


def put_rule(
    rt: TestRuntime, outcome: Outcome, *, band: Band = Band.LAST, scope_id: str = "", by: Actor = DEE, days_ago: int = 0
) -> str:
    """Write a rule into Contoso's book that holds for everybody, changed by one person alone; return its id."""
    rule = Rule(
        id=new_id(), tenant_id=CONTOSO, name="Who decides", clauses=(), outcome=outcome, band=band, scope_id=scope_id
    )
    at = rt.clock() - timedelta(days=days_ago)
    with transaction(rt.sessions) as tx:
        book = tx.get(RuleBook, CONTOSO) or RuleBook(tenant_id=CONTOSO, changed_at=at)
        book.serial += 1
        tx.add(book)
        row = ApproverRule(
            id=rule.id,
            tenant_id=CONTOSO,
            serial=book.serial,
            band=int(band),
            position=0,
            name=rule.name,
            clauses=[],
            outcome={},
            changed_at=at,
            changed_by_name=by.name,
        )
        row.write(rule)
        tx.add(row)
        tx.add(
            RuleVersion(
                rule_id=rule.id,
                version=1,
                tenant_id=CONTOSO,
                body=dict(body_of(rule)),
                changed_at=at,
                changed_by_tenant_id=by.tenant_id,
                changed_by_object_id=by.object_id,
                changed_by_name=by.name,
            )
        )
    return rule.id


def ask(world: World, *, by: Actor = ANN, **changes: object) -> str:
    """Ask for Expenses for Gus, and return the request's id."""
    return requesting.submit(world.rt, make_ask(world, **changes), by=by)


def the_request(rt: TestRuntime, request_id: str) -> AccessRequest:
    """Return a request as it is now."""
    with reading(rt.sessions) as tx:
        return tx.get_one(AccessRequest, request_id)


def agree(rt: TestRuntime, request_id: str, *, by: Actor = BOB, words: str = "fine") -> None:
    """Let somebody agree to the request as it is now."""
    seen = the_request(rt, request_id).content_hash
    approving.approve(rt, request_id, by=by, seen=seen, justification=words)


def _person(actor: Actor) -> Person:
    mail = f"{actor.name.split()[0].lower()}@{'contoso' if actor.tenant_id == CONTOSO else 'fabrikam'}.example"
    return Person(
        tenant_id=actor.tenant_id,
        object_id=actor.object_id,
        display_name=actor.name,
        name_key=actor.name.casefold(),
        mail=mail,
        mail_key=mail,
        user_principal_name=mail,
        user_type=UserType.MEMBER,
    )


TWO_OF_GROUP = one_stage(APPROVERS_GROUP, quorum=2)
BOB_THEN_LEE = Stages(stages=(StageSpec(approvers=(named(BOB),)), StageSpec(approvers=(named(LEE),))))
