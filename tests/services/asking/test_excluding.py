"""Two packages that nobody may hold together, in whichever order they are asked for."""

from datetime import timedelta

import pytest

from selfservice.model.actor import Actor
from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.delivery import StepState
from selfservice.model.guest import Guest, GuestOrigin
from selfservice.model.package import AccessPackage, PackageApprover, PartyKind
from selfservice.model.refusal import NotFound
from selfservice.services import excluding, requesting
from selfservice.services.eligibility import EndDateRefused, TextRefused
from selfservice.services.excluding import Excluded, Pair, PairRefused
from selfservice.store.transaction import reading, transaction
from tests.services.asking.asking import approve, ask, events, recheck, request_of
from tests.services.making import ANN, BOB, CONTOSO, DEE, EXPENSES_USERS, START, WES, World, make_package

GUS = "gus@partner.example"


@pytest.fixture
def payments(world: World) -> str:
    """Return another package of Contoso, which Bob decides about."""
    package = make_package(world.rt, CONTOSO, "Payments", gives=EXPENSES_USERS)
    package.approvers.append(PackageApprover(kind=PartyKind.PERSON, object_id=BOB.object_id, name=BOB.name))
    with transaction(world.rt.sessions) as tx:
        tx.add(package)
    return package.id


def exclude(world: World, other: str) -> str:
    return excluding.exclude(world.rt, Pair(package_id=other, other_id=world.expenses), by=DEE, reason="four eyes")


def hold(world: World, request_id: str, state: AssignmentState = AssignmentState.ACTIVE) -> None:
    """Let the guest of a request hold what was asked for."""
    request = request_of(world.rt, request_id)
    with transaction(world.rt.sessions) as tx:
        guest = Guest(
            tenant_id=CONTOSO,
            object_id="9f000000-0000-4000-8000-000000000001",
            origin=GuestOrigin.INVITED,
            address=request.guest_address,
            address_key=request.guest_key,
            display_name="Gus Ray",
            ensured_at=START,
        )
        tx.add(guest)
        tx.flush()
        tx.add(
            Assignment(
                tenant_id=CONTOSO,
                package_id=request.package_id,
                package_name=request.package_name,
                request_id=request.id,
                guest_id=guest.id,
                sponsor_tenant_id=ANN.tenant_id,
                sponsor_object_id=ANN.object_id,
                sponsor_name=ANN.name,
                state=state,
                starts_at=START,
                ends_on=request.ends_on,
            )
        )


@pytest.mark.parametrize("is_first", [True, False])
def test_it_does_not_matter_which_of_the_two_comes_first(world: World, payments: str, is_first: bool) -> None:
    exclude(world, payments)
    first, second = (payments, world.expenses) if is_first else (world.expenses, payments)
    ask(world, 1, package_id=first, guest_address=GUS)
    with pytest.raises(Excluded) as refusal:
        ask(world, 2, package_id=second, guest_address="GUS@Partner.example")
    assert "four eyes" in refusal.value.cause
    assert events(world.rt, "request.refusedByExclusion")[0].object_id == second
    assert ask(world, 3, package_id=second, guest_address="ida@partner.example")


@pytest.mark.parametrize(
    ("state", "stands"),
    [(AssignmentState.ACTIVE, True), (AssignmentState.ENDING, True), (AssignmentState.ENDED, False)],
)
def test_what_is_held_counts_until_it_is_gone(
    world: World, payments: str, state: AssignmentState, stands: bool
) -> None:
    exclude(world, payments)
    earlier = ask(world, 1, package_id=payments, guest_address=GUS)
    hold(world, earlier, state)
    requesting.withdraw(world.rt, earlier, by=ANN)
    if stands:
        with pytest.raises(Excluded):
            ask(world, 2, guest_address=GUS)
    else:
        assert ask(world, 2, guest_address=GUS)


def test_it_is_looked_at_once_more_before_anything_is_delivered_and_the_earlier_one_wins(
    world: World, payments: str
) -> None:
    first = ask(world, 1, package_id=payments, guest_address=GUS)
    world.rt.clock.forward(timedelta(minutes=1))  # type: ignore[attr-defined]
    second = ask(world, 2, guest_address=GUS)
    exclude(world, payments)
    for request_id in (first, second):
        approve(world, request_id)
    assert (recheck(world, first).state, recheck(world, second).state) == (StepState.DONE, StepState.FAILED)
    assert "four eyes" in recheck(world, second).cause


def test_an_exception_holds_for_one_guest_until_the_end_of_its_day(world: World, payments: str) -> None:
    pair = exclude(world, payments)
    until = START.date() + timedelta(days=3)
    excluding.allow_until(world.rt, pair, by=DEE, guest_address="Gus@partner.example", until=until, reason="quarter")
    for number, guest in enumerate((GUS, "ida@partner.example")):
        ask(world, number, package_id=payments, guest_address=guest)
    with pytest.raises(Excluded):
        ask(world, 3, guest_address="ida@partner.example")
    world.rt.clock.forward(timedelta(days=3))  # type: ignore[attr-defined]
    request_id = ask(world, 4, guest_address=GUS)
    approve(world, request_id)
    world.rt.clock.forward(timedelta(days=1))  # type: ignore[attr-defined]
    assert recheck(world, request_id).state is StepState.FAILED
    (allowed,) = events(world.rt, "exclusion.allow")
    assert (allowed.why, allowed.details["guest"]) == ("quarter", GUS)


def test_an_exception_can_be_prolonged_and_taken_back(world: World, payments: str) -> None:
    pair = exclude(world, payments)
    ask(world, 1, package_id=payments, guest_address=GUS)
    ids = {
        excluding.allow_until(
            world.rt, pair, by=DEE, guest_address=GUS, until=START.date() + timedelta(days=days), reason="quarter"
        )
        for days in (1, 2)
    }
    (exception,) = ids
    excluding.end_exception(world.rt, exception, by=DEE)
    with pytest.raises(Excluded):
        ask(world, 2, guest_address=GUS)


def test_a_pair_that_is_lifted_excludes_nothing(world: World, payments: str) -> None:
    pair = exclude(world, payments)
    ask(world, 1, package_id=payments, guest_address=GUS)
    excluding.lift(world.rt, pair, by=DEE, why="reorganised")
    assert ask(world, 2, guest_address=GUS)
    assert [each.why for each in events(world.rt, "exclusion.remove")] == ["reorganised"]


def test_a_pair_is_one_pair_however_it_is_written_and_never_one_package(world: World, payments: str) -> None:
    exclude(world, payments)
    with pytest.raises(PairRefused):
        excluding.exclude(world.rt, Pair(package_id=world.expenses, other_id=payments), by=DEE, reason="again")
    with pytest.raises(PairRefused):
        excluding.exclude(world.rt, Pair(package_id=payments, other_id=payments), by=DEE, reason="itself")
    with pytest.raises(NotFound):
        excluding.exclude(world.rt, Pair(package_id=payments, other_id=world.design), by=DEE, reason="elsewhere")


@pytest.mark.parametrize(
    ("days", "reason", "name"), [(-1, "late", EndDateRefused), (367, "long", EndDateRefused), (1, " ", TextRefused)]
)
def test_an_exception_has_an_end_and_a_reason(
    world: World, payments: str, days: int, reason: str, name: type[Exception]
) -> None:
    pair, until = exclude(world, payments), START.date() + timedelta(days=days)
    with pytest.raises(name):
        excluding.allow_until(world.rt, pair, by=DEE, guest_address=GUS, until=until, reason=reason)


@pytest.mark.parametrize("stranger", [ANN, BOB, WES], ids=lambda actor: str(actor.name))
def test_s22_only_an_admin_of_the_tenant_says_what_excludes_what(world: World, payments: str, stranger: Actor) -> None:
    pair, until = exclude(world, payments), START.date()
    for attempt in (
        lambda: excluding.exclude(
            world.rt, Pair(package_id=payments, other_id=world.expenses), by=stranger, reason="x"
        ),
        lambda: excluding.lift(world.rt, pair, by=stranger, why="x"),
        lambda: excluding.allow_until(world.rt, pair, by=stranger, guest_address=GUS, until=until, reason="x"),
    ):
        with pytest.raises(NotFound):
            attempt()
    with reading(world.rt.sessions) as tx:
        assert tx.get(AccessPackage, payments) is not None
