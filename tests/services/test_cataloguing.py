"""Cataloguing: what an admin may offer, and what no admin can."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from selfservice.model.actor import Actor, Role
from selfservice.model.application import Application
from selfservice.model.audit import AuditEvent
from selfservice.model.group import Group
from selfservice.model.package import AccessPackage, PackageClosed, PackageIncomplete, PackageState, PartyKind, RoleKind
from selfservice.model.person import Person
from selfservice.model.publishing import NotPublishable
from selfservice.model.refusal import NotAllowed, NotFound, Refused
from selfservice.model.request import AccessRequest
from selfservice.services import approving, cataloguing, requesting
from selfservice.services.approving import ContentChanged
from selfservice.services.cataloguing import PackageDraft, PartyChoice, RoleChoice
from selfservice.services.choosing import DaysRefused, LaunchAddressRefused, NoDoor, UnknownInDirectory
from selfservice.services.eligibility import TextRefused
from selfservice.store.transaction import reading, transaction
from tests.services.making import (
    ANN,
    BOB,
    CONTOSO,
    DEE,
    DESIGN_MEMBERS,
    EVE,
    EXPENSES_APP,
    EXPENSES_APPROVERS,
    EXPENSES_USERS,
    FABRIKAM,
    READER,
    START,
    TIER_0,
    WES,
    WOODGROVE,
    World,
    make_runtime,
)
from tests.services.test_requesting import make_ask, the_request

AUDITOR = Actor(tenant_id=CONTOSO, object_id=BOB.object_id, name="Bob Ray", roles=frozenset({Role.AUDITOR}))
WOODGROVE_ADMIN = Actor(tenant_id=WOODGROVE, object_id=WES.object_id, name="Wes Hall", roles=frozenset({Role.ADMIN}))
GROUP = RoleChoice(kind=RoleKind.GROUP, resource_id=EXPENSES_USERS)
READS = RoleChoice(kind=RoleKind.APP_ROLE, resource_id=EXPENSES_APP, role_id=READER)
DRAFT = PackageDraft(
    tenant_id=CONTOSO,
    name="Books",
    description="Read the books.",
    launch_url="https://books.contoso.example/",
    max_days=90,
    for_self=True,
    for_others=True,
    roles=(GROUP, READS),
    approvers=(PartyChoice(kind=PartyKind.GROUP, object_id=EXPENSES_APPROVERS),),
    owner=PartyChoice(kind=PartyKind.PERSON, object_id=BOB.object_id),
)


def the_package(world: World, package_id: str) -> AccessPackage:
    with reading(world.rt.sessions) as tx:
        return tx.get_one(AccessPackage, package_id)


def actions(world: World, object_id: str) -> list[str]:
    with reading(world.rt.sessions) as tx:
        found = tx.scalars(select(AuditEvent).where(AuditEvent.object_id == object_id).order_by(AuditEvent.number))
        return [event.action for event in found]


def test_a_package_takes_its_names_from_the_mirror(world: World) -> None:
    package = the_package(world, cataloguing.create_package(world.rt, DRAFT, by=DEE))
    assert package.state is PackageState.DRAFT
    assert [role.words for role in package.roles] == ["member of Expenses Users", "Reads expense reports in Expenses"]
    assert [(who.name, who.kind) for who in package.approvers] == [("Expenses Approvers", PartyKind.GROUP)]
    assert package.owner_name == "Bob Ray"
    with reading(world.rt.sessions) as tx:
        assert cataloguing.draft_of(tx, package) == DRAFT


def test_a_package_is_born_closed_opens_and_closes_again(world: World) -> None:
    package_id = cataloguing.create_package(world.rt, DRAFT, by=DEE)
    ask = make_ask(world, package_id=package_id)
    with pytest.raises(PackageClosed):
        requesting.submit(world.rt, ask, by=ANN)
    cataloguing.publish(world.rt, package_id, by=DEE)
    assert requesting.submit(world.rt, ask, by=ANN)
    cataloguing.retire(world.rt, package_id, by=DEE)
    with pytest.raises(PackageClosed):
        requesting.submit(world.rt, replace(ask, form_key="form-2", guest_address="ida@partner.example"), by=ANN)
    assert actions(world, package_id) == ["package.create", "package.publish", "package.retire"]


@pytest.mark.parametrize("stranger", [ANN, BOB, AUDITOR, EVE, WOODGROVE_ADMIN], ids=lambda actor: str(actor.roles))
def test_s22_nobody_but_the_tenant_s_admin_changes_its_catalog(world: World, stranger: Actor) -> None:
    for attempt in (
        lambda: cataloguing.create_package(world.rt, DRAFT, by=stranger),
        lambda: cataloguing.change_package(world.rt, world.expenses, DRAFT, by=stranger),
        lambda: cataloguing.publish(world.rt, world.expenses, by=stranger),
        lambda: cataloguing.retire(world.rt, world.expenses, by=stranger),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert the_package(world, world.expenses).state is PackageState.PUBLISHED


def test_an_admin_cannot_make_a_package_in_a_home_tenant(world: World) -> None:
    admin = Actor(tenant_id=FABRIKAM, object_id=EVE.object_id, name="Eve", roles=frozenset({Role.ADMIN}))
    with pytest.raises(NotFound):
        cataloguing.create_package(world.rt, replace(DRAFT, tenant_id=FABRIKAM), by=admin)


def test_a_draft_cannot_move_a_package_to_another_tenant(world: World) -> None:
    cataloguing.change_package(world.rt, world.expenses, replace(DRAFT, tenant_id=WOODGROVE), by=DEE)
    assert the_package(world, world.expenses).tenant_id == CONTOSO


@pytest.mark.parametrize(
    "role",
    [
        RoleChoice(kind=RoleKind.GROUP, resource_id=DESIGN_MEMBERS),
        RoleChoice(kind=RoleKind.GROUP, resource_id=EXPENSES_APP),
        RoleChoice(kind=RoleKind.APP_ROLE, resource_id=EXPENSES_APP, role_id=None),
        RoleChoice(kind=RoleKind.APP_ROLE, resource_id=EXPENSES_APP, role_id=EXPENSES_USERS),
        RoleChoice(kind=RoleKind.APP_ROLE, resource_id=EXPENSES_USERS, role_id=READER),
        RoleChoice(kind=RoleKind.GROUP, resource_id="'; DROP TABLE access_package; --"),
    ],
    ids=["another tenant's", "an app as a group", "no role", "not its role", "a group as an app", "no id"],
)
def test_s46_an_id_that_the_tenant_s_mirror_does_not_have_is_refused(world: World, role: RoleChoice) -> None:
    with pytest.raises(UnknownInDirectory):
        cataloguing.create_package(world.rt, replace(DRAFT, roles=(role,)), by=DEE)


@pytest.mark.parametrize(
    "party",
    [
        PartyChoice(kind=PartyKind.PERSON, object_id=ANN.object_id),
        PartyChoice(kind=PartyKind.PERSON, object_id=EXPENSES_APPROVERS),
        PartyChoice(kind=PartyKind.GROUP, object_id=DESIGN_MEMBERS),
        PartyChoice(kind=PartyKind.GROUP, object_id=BOB.object_id),
    ],
)
def test_s46_approvers_and_owner_are_people_or_groups_of_the_tenant(world: World, party: PartyChoice) -> None:
    for draft in (replace(DRAFT, approvers=(party,)), replace(DRAFT, owner=party)):
        with pytest.raises(UnknownInDirectory):
            cataloguing.create_package(world.rt, draft, by=DEE)


def test_a_leaver_is_no_approver(world: World) -> None:
    with transaction(world.rt.sessions) as tx:
        tx.get_one(Person, (CONTOSO, BOB.object_id)).enabled = False
    with pytest.raises(UnknownInDirectory):
        cataloguing.create_package(world.rt, DRAFT, by=DEE)


def test_s45_a_group_of_administrators_is_never_offered(world: World) -> None:
    tier_0 = RoleChoice(kind=RoleKind.GROUP, resource_id=TIER_0)
    with pytest.raises(NotPublishable, match="administrators"):
        cataloguing.create_package(world.rt, replace(DRAFT, roles=(GROUP, tier_0)), by=DEE)
    with pytest.raises(NotPublishable):
        cataloguing.change_package(world.rt, world.expenses, replace(DRAFT, roles=(tier_0,)), by=DEE)
    assert [role.resource_id for role in the_package(world, world.expenses).roles] == [EXPENSES_USERS]


@pytest.mark.parametrize(
    ("kind", "key", "facts"),
    [
        (Group, EXPENSES_USERS, {"role_assignable": True}),
        (Group, EXPENSES_USERS, {"dynamic": True}),
        (Group, EXPENSES_USERS, {"synced": True}),
        (Group, EXPENSES_USERS, {"removed_at": START}),
        (Application, EXPENSES_APP, {"app_id": "00000003-0000-0000-c000-000000000000"}),
        (Application, EXPENSES_APP, {"owner_tenant_id": "f8cdef31-a31e-4b4a-93e4-5f571e91255a"}),
        (Application, EXPENSES_APP, {"enabled": False}),
    ],
)
def test_s44_s45_publishing_checks_again_what_was_safe_when_it_was_written(
    world: World, kind: type[Group | Application], key: str, facts: dict[str, object]
) -> None:
    package_id = cataloguing.create_package(world.rt, DRAFT, by=DEE)
    with transaction(world.rt.sessions) as tx:
        found = tx.get_one(kind, (CONTOSO, key))
        for name, value in facts.items():
            setattr(found, name, value)
    with pytest.raises(NotPublishable):
        cataloguing.publish(world.rt, package_id, by=DEE)
    assert the_package(world, package_id).state is PackageState.DRAFT


@pytest.mark.parametrize(("facts", "refusal"), [({"roles": ()}, "gives nothing"), ({"approvers": ()}, "Nobody")])
def test_what_gives_nothing_or_has_no_approver_is_not_published(
    world: World, facts: dict[str, object], refusal: str
) -> None:
    package_id = cataloguing.create_package(world.rt, replace(DRAFT, **facts), by=DEE)  # type: ignore[arg-type]
    with pytest.raises(PackageIncomplete, match=refusal):
        cataloguing.publish(world.rt, package_id, by=DEE)


@pytest.mark.parametrize("facts", [{"roles": ()}, {"approvers": ()}], ids=["no roles", "no approvers"])
def test_a_published_package_is_never_emptied(world: World, facts: dict[str, object]) -> None:
    with pytest.raises(PackageIncomplete):
        cataloguing.change_package(world.rt, world.expenses, replace(DRAFT, **facts), by=DEE)  # type: ignore[arg-type]
    package = the_package(world, world.expenses)
    assert (len(package.roles), len(package.approvers)) == (1, 1)


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"name": "  "}, TextRefused),
        ({"name": "x" * 121}, TextRefused),
        ({"description": "x" * 2001}, TextRefused),
        ({"max_days": 0}, DaysRefused),
        ({"max_days": 366}, DaysRefused),
        ({"for_self": False, "for_others": False}, NoDoor),
    ],
)
def test_a_draft_that_makes_no_sense_is_refused(world: World, facts: dict[str, object], refusal: type[Refused]) -> None:
    with pytest.raises(refusal):
        cataloguing.create_package(world.rt, replace(DRAFT, **facts), by=DEE)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "address",
    [
        "http://books.contoso.example/",
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example/",
        "https:///path",
        "https://",
        "https://user:pw@books.contoso.example/",
        "https://books.contoso.example@evil.example/",
        "https://books.contoso.example:8443/",
        "https://books.contoso.example:port/",
        "https://books.contoso.example\\@evil.example/",
        "https://books.contoso.example/\r\nSet-Cookie: x=1",
        "https://books.contoso.example/a b",
        "HTTPS",
        "books.contoso.example",
        "https://" + "x" * 2000,
        "https://[books",
    ],
)
def test_s51_a_launch_link_is_a_plain_https_address(world: World, address: str) -> None:
    with pytest.raises(LaunchAddressRefused):
        cataloguing.create_package(world.rt, replace(DRAFT, launch_url=address), by=DEE)


def test_s51_a_launch_link_leads_to_allowed_hosts_where_any_are_named(world: World) -> None:
    rt = make_runtime(world.rt.settings.database_url, redirect_hosts=("Books.contoso.example",))
    assert cataloguing.create_package(rt, DRAFT, by=DEE)
    assert cataloguing.create_package(rt, replace(DRAFT, launch_url=""), by=DEE)
    for host in ("evil.example", "books.contoso.example.evil.example", "x.books.contoso.example"):
        with pytest.raises(LaunchAddressRefused, match=host):
            cataloguing.create_package(rt, replace(DRAFT, launch_url=f"https://{host}/"), by=DEE)
    rt.sessions.close()


def test_a_change_of_what_is_given_makes_an_approver_look_again(world: World) -> None:
    request_id = requesting.submit(world.rt, make_ask(world), by=ANN)
    seen = the_request(world, request_id).content_hash
    cataloguing.change_package(world.rt, world.expenses, replace(DRAFT, roles=(READS,)), by=DEE)
    with pytest.raises(ContentChanged):
        approving.approve(world.rt, request_id, by=BOB, seen=seen, justification="")
    again = the_request(world, request_id)
    assert again.content_hash != seen
    assert again.package_fingerprint == the_package(world, world.expenses).fingerprint
    assert "request.contentChanged" in actions(world, request_id)
    approving.approve(world.rt, request_id, by=BOB, seen=again.content_hash, justification="")


def test_a_change_of_words_leaves_what_an_approver_saw(world: World) -> None:
    request_id = requesting.submit(world.rt, make_ask(world), by=ANN)
    seen = the_request(world, request_id).content_hash
    version = the_package(world, world.expenses).version
    world.rt.clock.forward(timedelta(hours=1))  # type: ignore[attr-defined]
    cataloguing.change_package(
        world.rt, world.expenses, replace(DRAFT, roles=(GROUP,), description="Better words."), by=DEE
    )
    package = the_package(world, world.expenses)
    assert (package.version, package.changed_at) == (version + 1, START + timedelta(hours=1))
    assert the_request(world, request_id).content_hash == seen
    assert actions(world, request_id) == ["request.submit"]


def test_a_decided_request_is_not_touched_by_a_later_change(world: World) -> None:
    request_id = requesting.submit(world.rt, make_ask(world), by=ANN)
    seen = the_request(world, request_id).content_hash
    approving.approve(world.rt, request_id, by=BOB, seen=seen, justification="")
    cataloguing.change_package(world.rt, world.expenses, replace(DRAFT, roles=(READS,)), by=DEE)
    assert the_request(world, request_id).content_hash == seen


def test_a_retired_package_is_not_changed(world: World) -> None:
    cataloguing.retire(world.rt, world.expenses, by=DEE)
    with pytest.raises(NotAllowed):
        cataloguing.change_package(world.rt, world.expenses, DRAFT, by=DEE)


def test_what_is_chosen_twice_is_given_once(world: World) -> None:
    twice = replace(DRAFT, roles=(GROUP, GROUP), approvers=DRAFT.approvers * 2)
    package = the_package(world, cataloguing.create_package(world.rt, twice, by=DEE))
    assert (len(package.roles), len(package.approvers)) == (1, 1)


def test_no_request_is_left_behind_by_a_refused_change(world: World) -> None:
    before = the_package(world, world.expenses).fingerprint
    with pytest.raises(DaysRefused):
        cataloguing.change_package(world.rt, world.expenses, replace(DRAFT, max_days=0, roles=(READS,)), by=DEE)
    assert the_package(world, world.expenses).fingerprint == before
    with reading(world.rt.sessions) as tx:
        assert tx.scalars(select(AccessRequest)).all() == []
