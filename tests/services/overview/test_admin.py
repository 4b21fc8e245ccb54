"""Admins and auditors: all of their own tenant, and nothing of another one."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from selfservice.model.actor import Actor, Role
from selfservice.model.audit import AuditEvent
from selfservice.model.delivery import Delivery, DeliveryState, DeliveryStep, StepKind
from selfservice.model.mirror import MirrorKind, MirrorState, TenantBrake, TenantPolicy
from selfservice.model.refusal import NotFound
from selfservice.model.unable import UnableTo
from selfservice.services.overview import admin
from selfservice.services.overview.admin_deliveries import SHOWN
from selfservice.store.transaction import reading, transaction
from tests.services.making import (
    ANN,
    BOB,
    CONTOSO,
    DEE,
    EVE,
    EXPENSES_APPROVERS,
    EXPENSES_USERS,
    FABRIKAM,
    START,
    TIER_0,
    WES,
    WOODGROVE,
    World,
)
from tests.services.overview.conftest import CountQueries
from tests.services.overview.journeys import Journey, begin

AUDITOR = Actor(tenant_id=CONTOSO, object_id=BOB.object_id, name="Bob Ray", roles=frozenset({Role.AUDITOR}))
WOODGROVE_ADMIN = Actor(tenant_id=WOODGROVE, object_id=WES.object_id, name="Wes Hall", roles=frozenset({Role.ADMIN}))


def fail(world: World) -> Journey:
    journey = begin(world)
    refusal = UnableTo("Contoso does not allow invitations.", code="invitations-off", request_id="graph-77")
    journey.directory.fail("invite", refusal)
    return journey.agree().work()


def delivery_of(world: World, journey: Journey) -> str:
    with reading(world.rt.sessions) as tx:
        return tx.scalars(select(Delivery.id).where(Delivery.request_id == journey.request_id)).one()


def test_s23_deliveries_are_seen_by_those_who_oversee_them_alone(world: World) -> None:
    delivery_id = delivery_of(world, begin(world).deliver())
    for viewer in (DEE, AUDITOR, EVE):
        (row,) = admin.deliveries(world.rt, viewer).rows
        assert (row.id, row.guest_name, row.tenant.name, row.home.name) == (
            delivery_id,
            "Gus Ray",
            "Contoso",
            "Fabrikam",
        )
    for stranger in (ANN, BOB, WOODGROVE_ADMIN):
        assert admin.deliveries(world.rt, stranger).rows == ()
        with pytest.raises(NotFound):
            admin.delivery_page(world.rt, delivery_id, stranger)


def test_failed_deliveries_can_be_picked_out(world: World) -> None:
    failed = fail(world)
    begin(world, form_key="form-2", guest_address="ida@partner.example").deliver()
    (row,) = admin.deliveries(world.rt, DEE, state="failed").rows
    assert (row.request_id, row.cause, row.tone) == (failed.request_id, "Contoso does not allow invitations.", "bad")
    assert len(admin.deliveries(world.rt, DEE, state="done").rows) == 1
    assert admin.deliveries(world.rt, DEE, state="working").rows == ()
    assert len(admin.deliveries(world.rt, DEE, state="'; --").rows) == 2


def test_a_delivery_shows_every_step_with_its_evidence(world: World) -> None:
    page = admin.delivery_page(world.rt, delivery_of(world, fail(world)), DEE)
    invite = next(step for step in page.steps if step.kind == "invite")
    assert (invite.state, invite.code, invite.graph_request_id) == ("failed", "invitations-off", "graph-77")
    assert len(invite.client_request_id) == 36
    assert invite.words == "Gus Ray could not be invited to Contoso"
    assert [step.state for step in page.steps] == ["done", "done", "failed", *["skipped"] * 5]
    assert page.can_retry


@pytest.mark.parametrize(
    ("kind", "note", "words"),
    [
        (StepKind.PROFILE, "companyName, jobTitle", "company, job title"),
        (StepKind.PROFILE, "nothing to add", "nothing to add"),
        (StepKind.INVITE, "invited", "invited"),
    ],
)
def test_the_details_that_were_filled_in_are_named_in_words(
    world: World, kind: StepKind, note: str, words: str
) -> None:
    delivery_id = delivery_of(world, begin(world).deliver())
    with transaction(world.rt.sessions) as tx:
        tx.scalars(select(DeliveryStep).filter_by(delivery_id=delivery_id, kind=kind)).one().note = note
    shown = {step.kind: step.note for step in admin.delivery_page(world.rt, delivery_id, DEE).steps}
    assert shown[kind] == words


def test_an_auditor_looks_and_does_not_retry(world: World) -> None:
    delivery_id = delivery_of(world, fail(world))
    for auditor in (AUDITOR, EVE):
        assert not admin.delivery_page(world.rt, delivery_id, auditor).can_retry


def test_s23_the_audit_trail_of_a_resource_tenant_is_its_own(world: World) -> None:
    begin(world)
    begin(world, form_key="form-w", package_id=world.design)
    assert {row.tenant.name for row in admin.audit(world.rt, DEE).rows} == {"Contoso"}
    assert {row.tenant.name for row in admin.audit(world.rt, WOODGROVE_ADMIN).rows} == {"Woodgrove"}
    for nobody in (ANN, BOB, WES):
        assert admin.audit(world.rt, nobody).rows == ()


def test_a_home_tenant_s_auditor_follows_what_its_people_ask_for_everywhere(world: World) -> None:
    begin(world).deliver()
    begin(world, form_key="form-w", package_id=world.design)
    rows = admin.audit(world.rt, EVE).rows
    assert {row.tenant.name for row in rows} == {"Contoso", "Woodgrove"}
    assert {"request.submit", "request.approve", "delivery.done", "assignment.start"} <= {row.action for row in rows}


def test_an_event_says_who_what_why_when_and_by_which_call(world: World) -> None:
    begin(world).deliver()
    rows = admin.audit(world.rt, DEE).rows
    assert [row.number for row in rows] == sorted((row.number for row in rows), reverse=True)
    submit = next(row for row in rows if row.action == "request.submit")
    assert submit.actor_tenant is not None
    assert (submit.actor_name, submit.actor_tenant.name, submit.why, submit.at) == (
        "Ann Lee",
        "Fabrikam",
        "month-end close",
        START,
    )
    invited = next(row for row in rows if ("step", "invite") in row.details)
    assert (invited.is_system, invited.actor_tenant) == (True, None)
    assert invited.graph_request_id.startswith("graph-")


def test_the_trail_is_narrowed_by_action_object_and_person(world: World) -> None:
    journey = begin(world).agree()
    rt = world.rt
    assert [row.action for row in admin.audit(rt, DEE, action="request.submit").rows] == ["request.submit"]
    assert len(admin.audit(rt, DEE, action="request").rows) == 2
    assert len(admin.audit(rt, DEE, object_id=journey.request_id).rows) == 2
    for person in (BOB.object_id, BOB.object_id.upper(), "bob"):
        assert [row.action for row in admin.audit(rt, DEE, person=person).rows] == ["request.approve"]
    for pattern in ("%", "_", "re_uest"):
        assert admin.audit(rt, DEE, action=pattern).rows == ()
        assert admin.audit(rt, DEE, person=pattern).rows == ()


def test_the_trail_goes_on_where_it_stopped(world: World) -> None:
    for number in range(30):
        begin(world, form_key=f"f{number}", guest_address=f"gus{number}@partner.example")
    first = admin.audit(world.rt, DEE)
    second = admin.audit(world.rt, DEE, first.next_after)
    with reading(world.rt.sessions) as tx:
        every = tx.scalars(select(AuditEvent.number).order_by(AuditEvent.number.desc())).all()
    assert [row.number for row in (*first.rows, *second.rows)] == every
    assert second.next_after is None


def test_a_tenant_tells_how_fresh_its_mirror_is_and_what_failed(world: World) -> None:
    with transaction(world.rt.sessions) as tx:
        tx.add(MirrorState(tenant_id=CONTOSO, kind=MirrorKind.USERS, synced_at=START))
        tx.add(
            MirrorState(
                tenant_id=CONTOSO,
                kind=MirrorKind.GROUPS,
                synced_at=START - timedelta(hours=2),
                failed_at=START,
                failure="Contoso does not let us read groups.",
                failure_next_step="Grant Group.Read.All.",
            )
        )
    (row,) = admin.tenants(world.rt, DEE)
    told = {each.kind: (each.state_words, each.tone, each.failure) for each in row.mirror}
    assert told["users"] == ("up to date", "good", "")
    assert told["groups"] == ("could not be read", "bad", "Contoso does not let us read groups.")
    assert told["policies"] == ("not read yet", "waiting", "")
    assert (row.people, row.guests, row.groups, row.applications) == (3, 0, 3, 1)


def test_a_policy_that_stops_us_is_told_as_bad(world: World) -> None:
    with transaction(world.rt.sessions) as tx:
        tx.add(TenantPolicy(tenant_id=CONTOSO, allow_invites_from="none"))
        tx.add(TenantBrake(tenant_id=CONTOSO, pulled_at=START, cause="Something suspicious.", next_step="Ask."))
    (row,) = admin.tenants(world.rt, DEE)
    assert (row.policies[0].words, row.policies[0].tone) == (
        "Nobody may invite guests, not even this application.",
        "bad",
    )
    assert row.brake is not None
    assert (row.brake.cause, row.can_release) == ("Something suspicious.", True)
    assert not admin.tenants(world.rt, AUDITOR)[0].can_release


def test_s23_only_the_tenant_one_is_signed_in_at_is_told(world: World) -> None:
    told = {who.name: [row.tenant.tenant_id for row in admin.tenants(world.rt, who)] for who in (DEE, EVE, ANN)}
    assert told == {"Dee Fox": [CONTOSO], "Eve Stone": [FABRIKAM], "Ann Lee": []}


def test_packages_say_how_many_wait_and_hold(world: World) -> None:
    first = begin(world).deliver()
    begin(world, form_key="form-2", guest_address="ida@partner.example", directory=first.directory)
    (row,) = admin.packages(world.rt, DEE)
    assert (row.name, row.state_words, row.waiting, row.held) == ("Expenses", "published", 1, 1)
    assert [each.name for each in admin.packages(world.rt, WOODGROVE_ADMIN)] == ["Design studio"]
    for nobody in (ANN, BOB, EVE):
        assert admin.packages(world.rt, nobody) == ()


def test_the_form_offers_the_tenant_s_own_things_and_says_what_is_unsafe(world: World) -> None:
    form = admin.package_form(world.rt, DEE)
    groups = {choice.object_id: choice.unsafe for choice in form.groups}
    assert groups[EXPENSES_USERS] is None
    assert "administrators" in (groups[TIER_0] or "")
    assert [(app.name, [role.name for role in app.roles]) for app in form.applications] == [
        ("Expenses", ["Reads expense reports"])
    ]
    assert [person.name for person in form.people] == ["Bob Ray", "Dee Fox", "Lee Wu"]
    assert form.draft is None


def test_the_form_of_a_package_holds_what_it_says_now(world: World) -> None:
    form = admin.package_form(world.rt, DEE, world.expenses, search="tier")
    assert form.draft is not None
    assert (form.draft.name, form.chosen, [each.name for each in form.approvers]) == (
        "Expenses",
        ("member of Expenses Users",),
        ["Expenses Approvers"],
    )
    assert form.owner is not None
    assert form.owner.name == "Bob Ray"
    assert [choice.object_id for choice in form.groups] == [EXPENSES_USERS, TIER_0]
    assert EXPENSES_APPROVERS not in [choice.object_id for choice in form.groups]


@pytest.mark.parametrize("stranger", [ANN, BOB, AUDITOR, EVE, WOODGROVE_ADMIN], ids=lambda actor: str(actor.roles))
def test_s22_nobody_but_the_tenant_s_admin_has_the_form(world: World, stranger: Actor) -> None:
    with pytest.raises(NotFound):
        admin.package_form(world.rt, stranger, world.expenses)


def test_admin_pages_cost_the_same_however_much_there_is(world: World, queries: CountQueries) -> None:
    first = begin(world).deliver()

    def costs() -> list[int]:
        return [
            queries(lambda: admin.deliveries(world.rt, DEE)),
            queries(lambda: admin.audit(world.rt, DEE)),
            queries(lambda: admin.packages(world.rt, DEE)),
            queries(lambda: admin.tenants(world.rt, DEE)),
        ]

    few = costs()
    for number in range(6):
        begin(
            world, form_key=f"m{number}", guest_address=f"gus{number}@partner.example", directory=first.directory
        ).agree()
    first.work().mail()
    assert costs() == few


def test_every_state_of_a_delivery_has_a_filter_of_its_own() -> None:
    assert sorted(state for states in SHOWN.values() for state in states) == sorted(DeliveryState)
