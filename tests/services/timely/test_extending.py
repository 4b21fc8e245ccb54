"""An access goes on: who may ask, how it is decided, and what happens at its edges."""

from datetime import date, timedelta

import pytest

from selfservice.model.actor import Actor
from selfservice.model.assignment import Assignment, AssignmentState, Lapse
from selfservice.model.delivery import Delivery, DeliveryKind
from selfservice.model.mail import MailKind
from selfservice.model.package import AccessPackage
from selfservice.model.refusal import NotFound
from selfservice.model.request import AccessRequest, RequestState, StepNotAllowed
from selfservice.model.rules.clause import Clause, Operator
from selfservice.model.rules.facts import Attribute
from selfservice.model.rules.outcome import Automatic
from selfservice.services import approving, expiring, extending, lapsing
from selfservice.services.eligibility import DuplicateRequest, EndDateRefused
from selfservice.services.extending import PackageChanged
from selfservice.services.granting import AccessOver
from selfservice.services.lapsing import ExtensionPending
from selfservice.store.transaction import reading, transaction
from tests.services.making import ANN, BOB, CONTOSO, CY, DEE, START, World
from tests.services.rules.writing import new, save
from tests.services.timely.making import access, hold, mails, over, until

SOON = START.date() + timedelta(days=5)


def request(world: World, request_id: str) -> AccessRequest:
    with reading(world.rt.sessions) as tx:
        return tx.get_one(AccessRequest, request_id)


def agree(world: World, request_id: str, ends_on: date | None = None) -> None:
    seen = request(world, request_id).content_hash
    approving.approve(world.rt, request_id, by=BOB, seen=seen, justification="", ends_on=ends_on)


def test_an_extension_is_decided_like_any_request_and_then_the_access_ends_later(world: World) -> None:
    held = hold(world, "Gus", SOON)

    request_id = extending.extend(world.rt, held, until(world, held, 60), by=ANN)
    assert access(world, held).ends_on == SOON
    agree(world, request_id)

    after = access(world, held)
    assert (after.ends_on, after.extensions, after.state) == (
        START.date() + timedelta(days=60),
        1,
        AssignmentState.ACTIVE,
    )
    assert request(world, request_id).state is RequestState.DELIVERED
    assert [mail.to_address for mail in mails(world, MailKind.ACCESS_EXTENDED)] == ["gus@partner.example"]


def test_the_same_form_asks_once_and_a_second_form_is_refused_while_the_first_waits(world: World) -> None:
    held = hold(world, "Gus", SOON)

    first = extending.extend(world.rt, held, until(world, held, 60), by=ANN)

    assert extending.extend(world.rt, held, until(world, held, 60), by=ANN) == first
    with pytest.raises(DuplicateRequest):
        extending.extend(world.rt, held, until(world, held, 60, form_key="another"), by=ANN)


@pytest.mark.parametrize("stranger", [CY, BOB, DEE])
def test_a_stranger_cannot_extend_or_let_expire(world: World, stranger: Actor) -> None:
    held = hold(world, "Gus", SOON)

    for do in (
        lambda: extending.extend(world.rt, held, until(world, held, 60), by=stranger),
        lambda: lapsing.let_expire(world.rt, held, by=stranger),
        lambda: lapsing.think_again(world.rt, held, by=stranger),
    ):
        with pytest.raises(NotFound):
            do()
    assert access(world, held).end_decision is None


@pytest.mark.parametrize("days", [0, 5, 91])
def test_an_extension_must_be_later_than_the_end_and_within_the_days_of_the_package(world: World, days: int) -> None:
    held = hold(world, "Gus", SOON)

    with pytest.raises(EndDateRefused):
        extending.extend(world.rt, held, until(world, held, days), by=ANN)


@pytest.mark.parametrize("days", [6, 90])
def test_the_first_and_the_last_possible_day_are_taken(world: World, days: int) -> None:
    held = hold(world, "Gus", SOON)

    assert extending.extend(world.rt, held, until(world, held, days), by=ANN)


def test_a_denied_extension_leaves_the_access_as_it_is(world: World) -> None:
    held = hold(world, "Gus", SOON)
    request_id = extending.extend(world.rt, held, until(world, held, 60), by=ANN)

    seen = request(world, request_id).content_hash
    approving.deny(world.rt, request_id, by=BOB, seen=seen, justification="not needed")

    assert (access(world, held).ends_on, access(world, held).state) == (SOON, AssignmentState.ACTIVE)


def test_an_access_ends_on_its_day_while_its_extension_waits_and_the_extension_with_it(world: World) -> None:
    held = hold(world, "Gus", SOON)
    request_id = extending.extend(world.rt, held, until(world, held, 60), by=ANN)

    world.forward(timedelta(days=6))
    assert expiring.end_due_access(world.rt) == 1

    assert access(world, held).state is AssignmentState.ENDING
    assert request(world, request_id).state is RequestState.EXPIRED
    with pytest.raises(StepNotAllowed):
        agree(world, request_id)


def test_an_approver_cannot_shorten_an_extension_below_what_is_held(world: World) -> None:
    held = hold(world, "Gus", SOON)
    request_id = extending.extend(world.rt, held, until(world, held, 60), by=ANN)

    with pytest.raises(EndDateRefused):
        agree(world, request_id, ends_on=SOON)
    assert request(world, request_id).state is RequestState.PENDING_APPROVAL
    agree(world, request_id, ends_on=SOON + timedelta(days=1))
    assert access(world, held).ends_on == SOON + timedelta(days=1)


def test_an_access_that_is_over_is_not_extended(world: World) -> None:
    held = hold(world, "Gus", SOON)
    over(world, held)

    with pytest.raises(AccessOver):
        extending.extend(world.rt, held, until(world, held, 60), by=ANN)


def test_an_access_lasts_through_its_last_day_and_can_still_be_extended_on_it(world: World) -> None:
    held = hold(world, "Gus", START.date())

    assert expiring.end_due_access(world.rt) == 0
    assert extending.extend(world.rt, held, until(world, held, 10), by=ANN)


def test_what_the_package_gives_now_is_not_slipped_into_an_extension(world: World) -> None:
    held = hold(world, "Gus", SOON)
    with transaction(world.rt.sessions) as tx:
        tx.get_one(AccessPackage, world.expenses).roles[0].resource_id = "90000000-0000-4000-8000-000000000003"

    with pytest.raises(PackageChanged):
        extending.extend(world.rt, held, until(world, held, 60), by=ANN)


def test_letting_expire_is_kept_and_can_be_thought_over(world: World) -> None:
    held = hold(world, "Gus", SOON)

    lapsing.let_expire(world.rt, held, by=ANN)
    assert (access(world, held).end_decision, access(world, held).end_decided_by) == (Lapse.LET_EXPIRE, "Ann Lee")
    lapsing.think_again(world.rt, held, by=ANN)
    assert access(world, held).end_decision is None


def test_what_is_to_go_on_is_not_let_expire_at_the_same_time(world: World) -> None:
    held = hold(world, "Gus", SOON)
    extending.extend(world.rt, held, until(world, held, 60), by=ANN)

    with pytest.raises(ExtensionPending):
        lapsing.let_expire(world.rt, held, by=ANN)


def test_an_access_that_cannot_be_ended_holds_up_no_other(world: World) -> None:
    broken, whole = hold(world, "Ada", SOON), hold(world, "Gus", SOON)
    with transaction(world.rt.sessions) as tx:
        # A delivery that is under way for a request that is delivered: stopping it is refused.
        request_id = tx.get_one(Assignment, broken).request_id
        at = world.rt.clock()
        tx.add(
            Delivery(
                tenant_id=CONTOSO, kind=DeliveryKind.GRANT, request_id=request_id, created_at=at, due_at=at, steps=[]
            )
        )
    world.forward(timedelta(days=6))

    assert expiring.end_due_access(world.rt) == 1
    assert access(world, whole).state is AssignmentState.ENDING
    assert access(world, broken).state is AssignmentState.ACTIVE


def test_a_rule_extends_without_a_decision_and_only_what_is_held(world: World) -> None:
    clause = Clause(attribute=Attribute.EXTENSION, operator=Operator.ANY_OF, values=("yes",))
    save(world.rt, new("Whoever has it keeps it", Automatic(), clauses=(clause,)))
    held = hold(world, "Gus", SOON)

    request_id = extending.extend(world.rt, held, until(world, held, 60), by=ANN)

    assert request(world, request_id).state is RequestState.DELIVERED
    assert access(world, held).ends_on == START.date() + timedelta(days=60)
    assert [mail.to_address for mail in mails(world, MailKind.ACCESS_EXTENDED)] == [
        "ann@fabrikam.example",
        "gus@partner.example",
    ]
