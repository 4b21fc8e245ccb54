"""Where a role ends: at another home tenant, at a tenant that both asks and gives, and at whoever is no person."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select

from selfservice.model.actor import Actor, ActorKind, Role
from selfservice.model.approval import ApprovalStage, StageApprover, StageState
from selfservice.model.refusal import NotFound
from selfservice.model.request import AccessRequest
from selfservice.services import authority, ending
from selfservice.services.overview import admin, deciding, guests, requests
from selfservice.store.transaction import reading, transaction
from tests.services.making import ANN, BOB, CY, DEE, EVE, LEE, WES, WOODGROVE, World, make_runtime, make_settings
from tests.services.making import make_world as fill
from tests.services.overview.journeys import Journey, begin

WOODGROVE_AUDITOR = Actor(
    tenant_id=WOODGROVE,
    object_id="d0000000-0000-4000-8000-000000000012",
    name="Ivo Kern",
    roles=frozenset({Role.AUDITOR}),
)


@pytest.fixture
def two_homes(database_url: str) -> Iterator[World]:
    """Return the small company in which Woodgrove's people may ask too, besides giving."""
    tenants = make_settings().tenants
    both = {**tenants, "woodgrove": replace(tenants["woodgrove"], is_home=True)}
    rt = make_runtime(database_url, tenants=both)
    yield fill(rt)
    rt.sessions.close()


def not_a_person(actor: Actor) -> Actor:
    return replace(actor, kind=ActorKind.SYSTEM)


def the_request(journey: Journey) -> AccessRequest:
    with reading(journey.rt.sessions) as tx:
        request = tx.get_one(AccessRequest, journey.request_id)
        assert request.stages[0].asks(BOB.ref)
        return request


def test_s23_a_home_tenant_s_auditor_sees_nothing_of_what_another_home_asks_for(two_homes: World) -> None:
    theirs = begin(two_homes, by=WES).deliver()
    assert admin.deliveries(two_homes.rt, EVE).rows == ()
    assert admin.audit(two_homes.rt, EVE).rows == ()
    with pytest.raises(NotFound):
        requests.request_page(two_homes.rt, theirs.request_id, EVE)
    with pytest.raises(NotFound):
        guests.guest_page(two_homes.rt, theirs.assignment_id, EVE)


def test_s23_an_auditor_of_a_tenant_that_asks_and_gives_oversees_what_it_gives_alone(two_homes: World) -> None:
    outside = begin(two_homes, by=WES).deliver()
    inside = begin(two_homes, form_key="form-w", package_id=two_homes.design)
    assert admin.deliveries(two_homes.rt, WOODGROVE_AUDITOR).rows == ()
    with pytest.raises(NotFound):
        requests.request_page(two_homes.rt, outside.request_id, WOODGROVE_AUDITOR)
    assert requests.request_page(two_homes.rt, inside.request_id, WOODGROVE_AUDITOR).row.id == inside.request_id


@pytest.mark.parametrize("actor", [ANN, BOB, DEE, EVE], ids=lambda actor: actor.name)
def test_s22_who_is_no_person_sees_no_request_by_anybody_s_identity(world: World, actor: Actor) -> None:
    request = the_request(begin(world))
    assert authority.may_see_request(world.rt.settings, request, by=actor)
    assert not authority.may_see_request(world.rt.settings, request, by=not_a_person(actor))


@pytest.mark.parametrize("actor", [ANN, DEE], ids=lambda actor: actor.name)
def test_s22_who_is_no_person_neither_looks_at_nor_ends_an_access(world: World, actor: Actor) -> None:
    journey = begin(world).deliver()
    nobody = not_a_person(actor)
    with pytest.raises(NotFound):
        guests.guest_page(world.rt, journey.assignment_id, nobody)
    with pytest.raises(NotFound):
        ending.end_access(world.rt, journey.assignment_id, by=nobody, why="over")
    assert guests.guest_page(world.rt, journey.assignment_id, actor).row.can_end


@pytest.mark.parametrize("actor", [DEE, EVE], ids=lambda actor: actor.name)
def test_s23_a_role_is_a_person_s_and_nobody_else_s(world: World, actor: Actor) -> None:
    begin(world).deliver()
    assert len(admin.deliveries(world.rt, actor).rows) == 1
    assert admin.deliveries(world.rt, not_a_person(actor)).rows == ()
    assert admin.audit(world.rt, not_a_person(actor)).rows == ()


@pytest.mark.parametrize(("actor", "shown"), [(ANN, 1), (CY, 1), (BOB, 0)])
def test_s22_requests_of_one_s_own_follow_from_tenant_and_object_id_together(
    world: World, actor: Actor, shown: int
) -> None:
    begin(world, sponsor=CY.ref)
    elsewhere = replace(actor, tenant_id=WOODGROVE)
    with reading(world.rt.sessions) as tx:
        mine = tx.scalars(select(AccessRequest.id).where(authority.own_requests(actor))).all()
        theirs = tx.scalars(select(AccessRequest.id).where(authority.own_requests(elsewhere))).all()
    assert (len(mine), len(theirs)) == (shown, 0)


def test_s22_an_inbox_follows_from_tenant_and_object_id_together(world: World) -> None:
    begin(world)
    with reading(world.rt.sessions) as tx:
        asked = [
            tx.scalars(select(AccessRequest.id).where(authority.awaits(by, [by.ref]))).all()
            for by in (BOB, replace(BOB, tenant_id=WOODGROVE))
        ]
    assert [len(found) for found in asked] == [1, 0]


def test_an_approver_of_a_later_stage_is_not_asked_before_it_opens(world: World) -> None:
    journey = begin(world)
    with transaction(world.rt.sessions) as tx:
        later = ApprovalStage(position=1, state=StageState.WAITING, spec={"approvers": ["owner"]})
        later.approvers = [StageApprover(tenant_id=DEE.tenant_id, object_id=DEE.object_id, name=DEE.name, because="")]
        request = tx.get_one(AccessRequest, journey.request_id)
        request.stages.append(later)
    assert [row.id for row in deciding.inbox(world.rt, LEE).rows] == [journey.request_id]
    assert deciding.inbox(world.rt, DEE).rows == ()
    assert deciding.inbox(world.rt, CY).rows == ()
