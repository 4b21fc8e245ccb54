"""Who decides, in which order, how long they take, when it escalates, and what would help: as the rules say."""

from datetime import timedelta

import pytest

from selfservice.model.actor import Actor
from selfservice.model.crossing.finding import Level
from selfservice.model.package import AccessPackage
from selfservice.model.request import AccessRequest
from selfservice.model.rules.clause import Clause, Operator
from selfservice.model.rules.facts import Attribute
from selfservice.model.rules.outcome import OWNER, Approver, ApproverKind, Automatic, Deny, Stages, StageSpec
from selfservice.services import approving
from selfservice.services.requesting import submit
from selfservice.store.transaction import reading, transaction
from tests.services.making import ANN, BOB, CY, DEE, LEE, START, HandClock, World
from tests.services.preflight.asking import about, card_of, invite, know, make_ask, texts, write_rule


def person(actor: Actor, *, quiet: bool = False) -> Approver:
    return Approver(
        kind=ApproverKind.PERSON, tenant_id=actor.tenant_id, object_id=actor.object_id, name=actor.name, quiet=quiet
    )


THREE = Stages(
    stages=(
        StageSpec(approvers=(person(CY),), escalate_after_days=3, days_to_answer=7, alternates=(person(DEE),)),
        StageSpec(approvers=(person(BOB), person(LEE)), quorum=2),
        StageSpec(approvers=(OWNER,), justification_required=True),
    )
)


def test_stages_come_in_their_order_with_escalation_and_quorum(world: World) -> None:
    write_rule(world.rt, THREE)
    first, second, third = card_of(world).stages
    assert (first.names, first.escalate_after_days, first.alternates, first.days_to_answer) == (
        ("Cy Novak",),
        3,
        ("Dee Fox",),
        7,
    )
    assert (second.names, second.quorum) == (("Bob Ray", "Lee Wu"), 2)
    assert (third.names, third.justification_required, third.number) == (("Bob Ray",), True, 3)


def test_a_rule_that_grants_at_once_is_told_so(world: World) -> None:
    write_rule(world.rt, Automatic(), about("partner.example"))
    card = card_of(world, invite(world, "gus@partner.example"))
    assert (card.is_automatic, card.stages, card.rule_name) == (True, (), "rule 1")
    assert "granted at once" in texts(card, "ok")
    assert card_of(world, invite(world, "gus@other.example")).stages


def test_a_rule_that_says_no_is_red_with_what_would_help(world: World) -> None:
    longer = Clause(attribute=Attribute.DAYS, operator=Operator.AT_LEAST, number=11)
    write_rule(world.rt, Deny(reason="ten days are enough"), longer)
    card = card_of(world)
    assert card.level is Level.STOP
    assert "ten days are enough" in texts(card, "stop")
    assert any("10 days" in advice for advice in card.advice)
    assert card_of(world, make_ask(world, ends_on=START.date() + timedelta(days=10))).level is not Level.STOP


def test_a_better_outcome_within_reach_is_pointed_out(world: World) -> None:
    short = Clause(attribute=Attribute.DAYS, operator=Operator.AT_MOST, number=14)
    write_rule(world.rt, Automatic(), short)
    card = card_of(world)
    assert card.stages
    assert any("14 days" in advice for advice in card.advice)
    assert card_of(world, make_ask(world, ends_on=START.date() + timedelta(days=14))).advice == ()


def test_a_rule_about_the_guest_says_nothing_before_the_guest_is_named(world: World) -> None:
    others = Clause(attribute=Attribute.GUEST_DOMAIN, operator=Operator.NONE_OF, values=("partner.example",))
    write_rule(world.rt, Deny(reason="only partners"), others)
    know(world.rt)
    card = card_of(world, invite(world, ""))
    assert card.level is Level.OK
    assert "type the address first" in texts(card)
    assert "only partners" in texts(card_of(world, invite(world, "gus@other.example")), "stop")


def test_the_usual_wait_is_that_of_the_last_decisions(world: World) -> None:
    for number in range(5):
        request_id = submit(world.rt, invite(world, f"g{number}@partner.example", form_key=f"f{number}"), by=ANN)
        assert isinstance(world.rt.clock, HandClock)
        world.rt.clock.forward(timedelta(hours=5))
        with reading(world.rt.sessions) as tx:
            seen = tx.get_one(AccessRequest, request_id).content_hash
        approving.approve(world.rt, request_id, by=BOB, seen=seen, justification="agreed")
    [stage] = card_of(world).stages
    assert stage.usual_hours == pytest.approx(5)


def test_those_who_fall_back_are_told_so(world: World) -> None:
    write_rule(world.rt, Stages(stages=(StageSpec(approvers=(person(ANN),), fallback=(person(DEE),)),)))
    know(world.rt)
    card = card_of(world)
    assert card.stages[0].names == ("Dee Fox",)
    assert "would decide for themselves" in texts(card, "note")


def test_tags_that_make_it_stricter_are_told(world: World) -> None:
    with transaction(world.rt.sessions) as tx:
        tx.get_one(AccessPackage, world.expenses).tags = ["sensitive"]
    write_rule(world.rt, Automatic())
    card = card_of(world)
    assert (card.is_automatic, card.stages[0].quorum) == (False, 2)
    assert any("sensitive" in said for said in card.tightened)
