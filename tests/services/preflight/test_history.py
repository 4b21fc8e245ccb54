"""A list of domains that Graph does not show is learned from its refusals."""

from datetime import timedelta

from selfservice.model.delivery import DeliveryStep, StepKind, StepState
from selfservice.model.unable import UnableTo
from selfservice.services import retrying
from selfservice.store.transaction import reading
from tests.services.making import DEE, HandClock, World
from tests.services.overview.journeys import Journey, begin
from tests.services.preflight.asking import card_of, invite, know, texts

REFUSED = UnableTo(
    "Contoso does not allow guests from this domain.",
    code="domain-blocked",
    owner="the help desk of Contoso",
    next_step="Ask for the domain to be allowed.",
)


def refused(world: World) -> Journey:
    """Let an invitation to the partner be refused by the tenant's own list of domains."""
    journey = begin(world)
    journey.directory.fail("invite", REFUSED)
    return journey.deliver()


def test_a_refusal_is_remembered_for_the_next_who_asks(world: World) -> None:
    know(world.rt)
    refused(world)
    card = card_of(world, invite(world, "lou@partner.example"))
    assert "On 10 Jan 2027 an invitation to partner.example was refused" in texts(card, "note")
    [line] = [each for each in card.lines if "was refused" in each.text]
    assert "Collaboration restrictions" in line.ready_text
    assert "Microsoft Graph v1.0 has no call for this setting" in line.ready_text
    assert "was refused" not in texts(card_of(world, invite(world, "lou@other.example")))


def test_a_refusal_is_forgotten_after_a_month(world: World) -> None:
    know(world.rt)
    refused(world)
    assert isinstance(world.rt.clock, HandClock)
    world.rt.clock.forward(timedelta(days=31))
    later = invite(world, "lou@partner.example", ends_on=world.rt.clock().date() + timedelta(days=10))
    assert "was refused" not in texts(card_of(world, later))


def test_a_refusal_is_forgotten_once_one_is_let_in(world: World) -> None:
    know(world.rt)
    journey = refused(world)
    with reading(world.rt.sessions) as tx:
        [step] = [each for each in tx.query(DeliveryStep) if each.kind is StepKind.INVITE]
    assert step.state is StepState.FAILED
    retrying.retry_delivery(world.rt, step.delivery_id, by=DEE)
    journey.work()
    assert "was refused" not in texts(card_of(world, invite(world, "lou@partner.example")))
