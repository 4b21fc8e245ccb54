"""Authority is found anew, in the transaction that decides: by the rule kept with the stage and the mirror of now."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from selfservice.model.audit import AuditEvent
from selfservice.model.group import GroupMembership
from selfservice.model.package import AccessPackage, PackageApprover, PartyKind, ResourceRole, RoleKind
from selfservice.model.person import Person
from selfservice.model.refusal import NotFound
from selfservice.model.request import RequestState, StepNotAllowed
from selfservice.model.routing import DeniedByRule, NobodyDecides
from selfservice.model.rulebook import RuleVersion
from selfservice.model.rules.outcome import Approver, ApproverKind, Deny, Stages, StageSpec
from selfservice.model.rules.rule import Band
from selfservice.services import approving, delivering, escalating, expiring, requesting
from selfservice.services.overview import deciding
from selfservice.services.overview.requests import request_page
from selfservice.services.voices import ConflictOfInterest, NoLongerApprover
from selfservice.store.transaction import reading, transaction
from tests.services.copying import copy_directory
from tests.services.deciding.ruling import (
    APPROVERS_GROUP,
    BOB_THEN_LEE,
    DAN,
    FAY,
    MANAGER,
    MIA,
    SPONSOR,
    TWO_OF_GROUP,
    agree,
    ask,
    hire,
    named,
    one_stage,
    put_rule,
    the_request,
)
from tests.services.making import ANN, BOB, CONTOSO, CY, LEE, TIER_0, WES, HandClock, World

OWNER = Approver(kind=ApproverKind.OWNER)


def forward(world: World, **how_long: float) -> None:
    assert isinstance(world.rt.clock, HandClock)
    world.rt.clock.forward(timedelta(**how_long))


# --- S15: whoever changed a rule does not decide by it ----------------------------------------------------------------


@pytest.mark.parametrize(("days_ago", "refused"), [(0, True), (89, True), (91, False)])
def test_s15_whoever_changed_a_rule_does_not_decide_by_it_for_ninety_days(
    world: World, days_ago: int, refused: bool
) -> None:
    put_rule(world.rt, one_stage(APPROVERS_GROUP), by=BOB, days_ago=days_ago)
    request_id = ask(world)
    if refused:
        with pytest.raises(NotFound):
            agree(world.rt, request_id, by=BOB)
        assert [row.id for row in deciding.inbox(world.rt, LEE).rows] == [request_id]
    else:
        agree(world.rt, request_id, by=BOB)


def test_s15_a_rule_changed_after_it_asked_refuses_its_editor_at_the_decision(world: World) -> None:
    rule_id = put_rule(world.rt, one_stage(APPROVERS_GROUP))
    request_id = ask(world)
    with transaction(world.rt.sessions) as tx:
        first = tx.get_one(RuleVersion, (rule_id, 1))
        tx.add(
            RuleVersion(
                rule_id=rule_id,
                version=2,
                tenant_id=CONTOSO,
                body=first.body,
                changed_at=world.rt.clock(),
                changed_by_tenant_id=BOB.tenant_id,
                changed_by_object_id=BOB.object_id,
                changed_by_name=BOB.name,
            )
        )
    with pytest.raises(ConflictOfInterest, match="changed the rule"):
        agree(world.rt, request_id, by=BOB)
    assert "changed the rule" in deciding.decision_page(world.rt, request_id, BOB).why_not
    with transaction(world.rt.sessions) as tx:
        agreed = tx.get_one(RuleVersion, (rule_id, 2))
        agreed.agreed_by_tenant_id, agreed.agreed_by_object_id = LEE.tenant_id, LEE.object_id
    agree(world.rt, request_id, by=BOB)


def test_s15_whoever_named_themself_an_approver_of_the_package_does_not_decide_by_that(world: World) -> None:
    hire(world.rt, DAN)
    with transaction(world.rt.sessions) as tx:
        package = tx.get_one(AccessPackage, world.expenses)
        package.approvers.append(PackageApprover(kind=PartyKind.PERSON, object_id=DAN.object_id, name=DAN.name))
        package.approvers_changed_by_tenant_id, package.approvers_changed_by_object_id = DAN.tenant_id, DAN.object_id
        package.approvers_changed_at = world.rt.clock()
    request_id = ask(world)
    with pytest.raises(NotFound):
        agree(world.rt, request_id, by=DAN)
    agree(world.rt, request_id, by=BOB)


# --- S25: only inside the rule's scope, as it is now ------------------------------------------------------------------


def test_s25_an_edit_of_the_rules_never_moves_what_is_pending(world: World) -> None:
    put_rule(world.rt, one_stage(named(BOB)))
    request_id = ask(world)
    put_rule(world.rt, one_stage(named(LEE)), band=Band.FIRST)
    with pytest.raises(NotFound):
        agree(world.rt, request_id, by=LEE)
    agree(world.rt, request_id, by=BOB)


SCOPES = {
    "person": (one_stage(named(BOB)), BOB),
    "group": (one_stage(APPROVERS_GROUP), BOB),
    "package approvers": (one_stage(Approver(kind=ApproverKind.PACKAGE_APPROVERS)), BOB),
    "owner": (one_stage(OWNER), BOB),
    "manager": (one_stage(MANAGER), MIA),
}


def _lose(world: World, scope: str) -> None:
    """Take away what makes somebody an approver: the position, the membership, the ownership, the report, the job."""
    with transaction(world.rt.sessions) as tx:
        package = tx.get_one(AccessPackage, world.expenses)
        if scope == "person":
            tx.get_one(Person, (CONTOSO, BOB.object_id)).enabled = False
        elif scope == "group":
            tx.execute(delete(GroupMembership).where(GroupMembership.member_id == BOB.object_id))
        elif scope == "package approvers":
            package.approvers.clear()
        elif scope == "owner":
            package.owner_id = LEE.object_id
        else:
            tx.get_one(Person, (ANN.tenant_id, ANN.object_id)).manager_id = None


@pytest.mark.parametrize("scope", SCOPES)
def test_s25_whoever_lost_what_made_them_an_approver_decides_nothing(world: World, scope: str) -> None:
    hire(world.rt, MIA, manages=ANN)
    outcome, approver = SCOPES[scope]
    put_rule(world.rt, outcome)
    request_id = ask(world)
    assert deciding.decision_page(world.rt, request_id, approver).may_decide
    _lose(world, scope)
    with pytest.raises(NoLongerApprover):
        agree(world.rt, request_id, by=approver)
    assert the_request(world.rt, request_id).state is RequestState.PENDING_APPROVAL
    with reading(world.rt.sessions) as tx:
        refused = tx.scalars(select(AuditEvent).where(AuditEvent.action == "request.decisionRefused")).one()
    assert refused.actor_object_id == approver.object_id


def test_s25_an_alternate_decides_once_it_has_escalated_and_not_before(world: World) -> None:
    hire(world.rt, FAY)
    put_rule(world.rt, one_stage(named(BOB), escalate_after_days=3, alternates=(named(FAY),)))
    request_id = ask(world)
    assert deciding.inbox(world.rt, FAY).rows == ()
    with pytest.raises(NotFound):
        agree(world.rt, request_id, by=FAY)
    (asked, alternate) = request_page(world.rt, request_id, ANN).stages[0].asked
    assert (asked.is_asked, alternate.is_alternate, alternate.is_asked) == (True, True, False)
    forward(world, days=3)
    assert escalating.escalate_due(world.rt) == 1
    agree(world.rt, request_id, by=FAY)
    assert the_request(world.rt, request_id).state is RequestState.DELIVERING


def test_s23_an_approver_who_is_not_asked_sees_nothing(world: World) -> None:
    put_rule(world.rt, BOB_THEN_LEE)
    request_id = ask(world)
    assert deciding.inbox(world.rt, LEE).rows == ()
    for stranger in (LEE, WES):
        with pytest.raises(NotFound):
            deciding.decision_page(world.rt, request_id, stranger)
        with pytest.raises(NotFound):
            request_page(world.rt, request_id, stranger)


# --- S14: nobody for themself -----------------------------------------------------------------------------------------


def test_s14_a_sponsor_decides_where_the_rule_asks_the_sponsor(world: World) -> None:
    put_rule(world.rt, Stages(stages=(StageSpec(approvers=(SPONSOR,)), StageSpec(approvers=(APPROVERS_GROUP,)))))
    request_id = ask(world, sponsor=CY.ref)
    agree(world.rt, request_id, by=CY)
    assert the_request(world.rt, request_id).state is RequestState.PENDING_APPROVAL
    agree(world.rt, request_id, by=LEE)


def test_s14_a_sponsor_never_decides_alone(world: World) -> None:
    put_rule(world.rt, one_stage(SPONSOR, APPROVERS_GROUP))
    request_id = ask(world, sponsor=CY.ref)
    agree(world.rt, request_id, by=CY)
    assert the_request(world.rt, request_id).state is RequestState.PENDING_APPROVAL
    agree(world.rt, request_id, by=BOB)
    assert the_request(world.rt, request_id).state is RequestState.DELIVERING


def test_a_sponsor_whom_the_rule_names_besides_decides_as_the_sponsor(world: World) -> None:
    put_rule(world.rt, one_stage(named(CY), SPONSOR, APPROVERS_GROUP, quorum=2))
    request_id = ask(world, sponsor=CY.ref)
    agree(world.rt, request_id, by=CY)
    agree(world.rt, request_id, by=BOB)
    assert the_request(world.rt, request_id).state is RequestState.DELIVERING


def test_s14_a_sponsor_who_asks_as_well_decides_nothing(world: World) -> None:
    put_rule(world.rt, Stages(stages=(StageSpec(approvers=(SPONSOR,)), StageSpec(approvers=(APPROVERS_GROUP,)))))
    with pytest.raises(NobodyDecides):
        ask(world)


def test_s14_the_requestor_is_never_among_those_who_are_asked(world: World) -> None:
    put_rule(world.rt, one_stage(named(ANN), named(BOB)))
    request_id = ask(world)
    assert [each.name for each in the_request(world.rt, request_id).stages[0].approvers] == ["Bob Ray"]
    with pytest.raises(NotFound):
        agree(world.rt, request_id, by=ANN)


# --- S18, S21 ---------------------------------------------------------------------------------------------------------


def test_s18_what_a_package_gives_after_the_approval_is_not_delivered_unseen(world: World) -> None:
    directory = copy_directory(world.rt)
    request_id = ask(world)
    agree(world.rt, request_id, by=BOB)
    with transaction(world.rt.sessions) as tx:
        package = tx.get_one(AccessPackage, world.expenses)
        package.roles.append(ResourceRole(kind=RoleKind.GROUP, resource_id=TIER_0, resource_name="Tier 0 Admins"))
    delivering.pump(world.rt, CONTOSO)
    assert the_request(world.rt, request_id).state is RequestState.DELIVERY_FAILED
    assert directory.invited == []
    assert directory.members_of(TIER_0) == frozenset()


@pytest.mark.parametrize("how", ["denied", "withdrawn", "expired"])
def test_s21_what_ended_is_neither_approved_nor_denied_late(world: World, how: str) -> None:
    put_rule(world.rt, TWO_OF_GROUP)
    request_id = ask(world)
    seen = the_request(world.rt, request_id).content_hash
    if how == "denied":
        approving.deny(world.rt, request_id, by=LEE, seen=seen, justification="no")
    elif how == "withdrawn":
        requesting.withdraw(world.rt, request_id, by=ANN)
    else:
        forward(world, days=15)
        assert expiring.expire_requests(world.rt) == 1
    state = the_request(world.rt, request_id).state
    for decide in (approving.approve, approving.deny):
        with pytest.raises(StepNotAllowed):
            decide(world.rt, request_id, by=BOB, seen=seen, justification="late")
    assert the_request(world.rt, request_id).state is state


def test_s21_an_automatic_yes_or_no_leaves_nothing_to_decide(world: World) -> None:
    put_rule(world.rt, Deny(reason="not from here"))
    with pytest.raises(DeniedByRule, match="not from here"):
        ask(world)
    assert deciding.inbox(world.rt, BOB).rows == ()
