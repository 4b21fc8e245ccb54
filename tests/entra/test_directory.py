"""The directory of a tenant, over the simulated Graph: users, groups, applications, policies and their changes."""

import uuid
from datetime import UTC, datetime

import pytest

from selfservice.entra.errors import DeltaExpired
from selfservice.model.directory import RedemptionState, UserType
from selfservice.model.unable import UnableTo
from selfservice.simulator.faults import FaultKind
from tests.entra.scripted import Graph, Scripted, error
from tests.entra.world import GROUPS, PEOPLE, TENANTS, World

GUEST, PENDING = PEOPLE["ida@partner.example"], PEOPLE["pat@partner.example"]
BOB, UNA, LEE = PEOPLE["bob@contoso.example"], PEOPLE["una@contoso.example"], PEOPLE["lee@contoso.example"]
EXPENSES, APPROVERS = GROUPS["Expenses Users"], GROUPS["Expenses Approvers"]
NOBODY = "99999999-9999-4999-8999-999999999999"


def test_a_guest_is_found_by_address_whatever_its_case(world: World) -> None:
    [guest] = world.directory("Contoso").find_users_by_address("IDA@partner.example")
    assert guest.object_id == GUEST
    assert guest.user_type is UserType.GUEST
    assert guest.redemption_state is RedemptionState.ACCEPTED
    assert guest.redemption_changed_at is not None
    assert guest.redemption_changed_at.tzinfo is UTC
    assert guest.enabled is True
    assert world.directory("Contoso").find_users_by_address("nobody@partner.example") == ()


def test_an_address_is_asked_for_as_an_advanced_query_where_the_plain_one_is_unsupported(graph: Graph) -> None:
    body = {"value": [{"id": GUEST, "proxyAddresses": ["smtp:ida@partner.example"]}, {"id": BOB}]}
    graph.script(error(400, "Request_UnsupportedQuery", "Unsupported Query."), Scripted(body=body))
    [guest] = graph.directory.find_users_by_address("ida@partner.example")
    assert guest.object_id == GUEST
    plain, advanced = graph.heard
    assert "consistencylevel" not in plain.headers
    assert advanced.headers["consistencylevel"] == "eventual"
    assert "$count=true" in advanced.path


def test_a_user_is_known_by_id_or_not_at_all(world: World) -> None:
    contoso = world.directory("Contoso")
    pending = contoso.get_user(PENDING)
    assert pending is not None
    assert pending.redemption_state is RedemptionState.PENDING
    assert contoso.get_user(NOBODY) is None
    assert world.directory("Woodgrove").get_user(PENDING) is None


def test_profile_properties_are_changed_and_nothing_else_can_be(world: World) -> None:
    contoso = world.directory("Contoso")
    done = contoso.update_user(GUEST, {"companyName": "Partner Ltd", "accountEnabled": False}, attempt_id="")
    assert done.request_id
    guest = contoso.get_user(GUEST)
    assert guest is not None
    assert (guest.company_name, guest.enabled) == ("Partner Ltd", False)
    forbidden: list[dict[str, object]] = [{"userType": "Member"}, {"mail": "x@y.example"}, {"passwordProfile": {}}, {}]
    for changes in forbidden:
        with pytest.raises(ValueError, match="properties"):
            contoso.update_user(GUEST, changes, attempt_id="")


def test_sponsors_are_added_and_taken_off_and_both_may_be_so_already(world: World) -> None:
    contoso = world.directory("Contoso")
    assert contoso.sponsors(GUEST) == (BOB,)
    assert not contoso.add_sponsor(GUEST, sponsor_id=LEE, is_group=False, attempt_id="").already
    assert contoso.add_sponsor(GUEST, sponsor_id=LEE, is_group=False, attempt_id="").already
    contoso.add_sponsor(GUEST, sponsor_id=APPROVERS, is_group=True, attempt_id="")
    assert set(contoso.sponsors(GUEST)) == {BOB, LEE, APPROVERS}
    assert not contoso.remove_sponsor(GUEST, sponsor_id=LEE, attempt_id="").already
    assert contoso.remove_sponsor(GUEST, sponsor_id=LEE, attempt_id="").already


def test_a_sixth_sponsor_is_refused_by_its_name(world: World) -> None:
    contoso = world.directory("Contoso")
    others = [oid for mail, oid in PEOPLE.items() if mail.endswith("@contoso.example") and oid != BOB]
    for sponsor in others[:4]:
        contoso.add_sponsor(GUEST, sponsor_id=sponsor, is_group=False, attempt_id="")
    with pytest.raises(UnableTo) as raised:
        contoso.add_sponsor(GUEST, sponsor_id=others[4], is_group=False, attempt_id="")
    assert raised.value.code == "sponsor-limit"


def test_a_member_is_added_and_taken_out_and_both_may_be_so_already(world: World) -> None:
    contoso, attempt = world.directory("Contoso"), str(uuid.uuid4())
    assert not contoso.is_member(EXPENSES, PENDING)
    assert not contoso.add_member(EXPENSES, PENDING, attempt_id=attempt).already
    assert contoso.is_member(EXPENSES, PENDING)
    assert contoso.add_member(EXPENSES, PENDING, attempt_id=attempt).already
    assert not contoso.remove_member(EXPENSES, PENDING, attempt_id=attempt).already
    assert contoso.remove_member(EXPENSES, PENDING, attempt_id=attempt).already
    [written] = world.written("POST", f"/groups/{EXPENSES}/members/$ref")
    assert written["client_request_id"] == attempt


def test_a_member_that_was_added_before_a_lost_answer_is_there_already(world: World) -> None:
    contoso = world.directory("Contoso")
    world.fault(FaultKind.DROP_AFTER, method="POST", path="/members/")
    with pytest.raises(UnableTo) as raised:
        contoso.add_member(EXPENSES, PENDING, attempt_id="")
    assert raised.value.outcome_unknown
    assert contoso.add_member(EXPENSES, PENDING, attempt_id="").already


def test_a_duplicate_that_cannot_be_confirmed_is_looked_at_again(graph: Graph) -> None:
    # The duplicate text alone is not believed: a list that still lags must not turn into a given role.
    graph.script(
        Scripted(status=400, body={"error": {"code": "x", "message": "added object references already exist"}}),
        Scripted(body={"value": []}),
    )
    with pytest.raises(UnableTo) as raised:
        graph.directory.add_member(EXPENSES, PENDING, attempt_id="")
    assert raised.value.code == "already-there"
    assert raised.value.transient


def test_an_object_that_is_not_there_yet_is_said_to_be_so(world: World) -> None:
    contoso = world.directory("Contoso")
    with pytest.raises(UnableTo) as raised:
        contoso.add_member(EXPENSES, NOBODY, attempt_id="")
    assert raised.value.code == "not-there-yet"
    assert raised.value.transient
    with pytest.raises(UnableTo) as unknown_user:
        contoso.update_user(NOBODY, {"companyName": "x"}, attempt_id="")
    assert unknown_user.value.code == "not-there-yet"


@pytest.mark.parametrize("kind", ["dynamic", "synced", "mail"])
def test_a_group_that_cannot_be_changed_says_so(world: World, kind: str) -> None:
    contoso = world.directory("Contoso")
    tenant = world.sim.world.tenants[TENANTS["Contoso"]]
    changes: dict[str, dict[str, object]] = {
        "dynamic": {"groupTypes": ["DynamicMembership"]},
        "synced": {"onPremisesSyncEnabled": True},
        "mail": {"mailEnabled": True},
    }
    tenant.groups.change(EXPENSES, changes[kind])
    group = contoso.get_group(EXPENSES)
    assert group is not None
    assert (group.dynamic, group.synced, group.mail_enabled) == tuple(
        kind == name for name in ("dynamic", "synced", "mail")
    )
    with pytest.raises(UnableTo) as raised:
        contoso.add_member(EXPENSES, PENDING, attempt_id="")
    assert raised.value.code == "not-writable-group"
    assert contoso.get_group(NOBODY) is None


def test_members_come_in_pages_and_are_users_alone(world: World) -> None:
    contoso = world.directory("Contoso")
    tenant = world.sim.world.tenants[TENANTS["Contoso"]]
    tenant.members.add(EXPENSES, APPROVERS)
    tenant.behaviour.page_size = 1
    found: list[str] = []
    link = None
    for _ in range(10):
        page = contoso.group_members(EXPENSES, link)
        found += page.items
        link = page.next_link
        if link is None:
            break
    assert set(found) == {UNA, GUEST}


def test_managers_are_told_for_members(world: World) -> None:
    managers = dict(world.directory("Contoso").managers(None).items)
    assert managers[LEE] == BOB
    assert managers[PEOPLE["tom@contoso.example"]] is None
    assert GUEST not in managers


def test_applications_are_found_with_their_roles(world: World) -> None:
    contoso = world.directory("Contoso")
    app = contoso.find_application("5e1f5e1f-0000-4000-8000-000000000001")
    assert app is not None
    assert {role.value for role in app.roles} == {"Admin", "Auditor"}
    assert all(role.enabled and role.for_users for role in app.roles)
    assert contoso.get_application(app.object_id) == app
    assert app.owner_tenant_id == TENANTS["Fabrikam"]
    [held] = contoso.app_role_assignments(app.object_id, None).items
    assert (held.principal_id, held.principal_type) == (PEOPLE["dee@contoso.example"], "User")
    assert contoso.find_application(NOBODY) is None
    assert contoso.get_application(NOBODY) is None


def test_policies_say_who_may_invite_and_what_partners_have(world: World) -> None:
    tenant = world.sim.world.tenants[TENANTS["Contoso"]]
    tenant.policies["authorization"]["allowInvitesFrom"] = "none"
    tenant.partners[NOBODY] = {"tenantId": NOBODY, "inboundTrust": {"isMfaAccepted": True}}
    policies = world.directory("Contoso").policies()
    assert policies.allow_invites_from == "none"
    assert policies.partners[NOBODY]["inboundTrust"] == {"isMfaAccepted": True}
    assert "b2bCollaborationInbound" in policies.cross_tenant_default
    assert policies.email_one_time_passcode == "default"


# --- changes ----------------------------------------------------------------------------------------------------------


def test_changes_are_followed_from_the_start_to_a_removal_and_a_restore(world: World) -> None:
    contoso = world.directory("Contoso")
    tenant = world.sim.world.tenants[TENANTS["Contoso"]]
    tenant.behaviour.page_size = 5
    first = contoso.users_delta(None)
    seen = {user.object_id for user in first.changed}
    page = first
    while page.next_link:
        page = contoso.users_delta(page.next_link)
        seen |= {user.object_id for user in page.changed}
    assert seen == set(tenant.users.live)
    tenant.users.remove(GUEST, "2026-11-24T00:00:00Z")
    after = contoso.users_delta(page.delta_link)
    assert [(gone.object_id, gone.permanently) for gone in after.removed] == [(GUEST, False)]
    assert after.changed == ()


def test_an_object_that_comes_twice_counts_as_it_was_last(graph: Graph) -> None:
    user, other = {"id": GUEST, "displayName": "New"}, {"id": BOB, "displayName": "Bob"}
    gone = {"id": GUEST, "@removed": {"reason": "deleted"}}
    link = {"@odata.deltaLink": "https://entra.simulator.localhost/v1.0/users/delta?$deltatoken=x"}
    graph.script(
        Scripted(body={"value": [user, other, gone], **link}),
        Scripted(body={"value": [gone, other, user, user], **link}),
    )
    first, second = graph.directory.users_delta(None), graph.directory.users_delta(None)
    assert [user.object_id for user in first.changed] == [BOB]
    assert [(removed.object_id, removed.permanently) for removed in first.removed] == [(GUEST, True)]
    assert {user.object_id for user in second.changed} == {GUEST, BOB}
    assert second.removed == ()


def test_a_place_in_the_changes_that_is_forgotten_is_a_named_failure(world: World) -> None:
    contoso = world.directory("Contoso")
    link = contoso.groups_delta(None).delta_link
    world.sim.world.tenants[TENANTS["Contoso"]].groups.epoch += 1
    with pytest.raises(DeltaExpired):
        contoso.groups_delta(link)
    assert contoso.groups_delta(None).changed
    assert contoso.applications_delta(None).changed


def test_a_page_of_a_proxy_says_nothing_about_the_directory(graph: Graph) -> None:
    page = Scripted(status=404, kind="text/html", content=b"<html>Not found</html>")
    graph.script(page, page, page)
    for call in (
        lambda: graph.directory.get_user(GUEST),
        lambda: graph.directory.remove_member(EXPENSES, GUEST, attempt_id=""),
        lambda: graph.directory.remove_sponsor(GUEST, sponsor_id=BOB, attempt_id=""),
    ):
        with pytest.raises(UnableTo) as raised:
            call()
        assert raised.value.code == "unexpected"


# --- answers of the wrong shape ---------------------------------------------------------------------------------------

ODD = [
    {},
    {"id": "1"},
    {"id": GUEST, "displayName": 7},
    {"id": GUEST, "accountEnabled": "true"},
    {"id": GUEST, "otherMails": "a@b"},
    {"id": GUEST, "otherMails": [None]},
    {"id": GUEST, "externalUserStateChangeDateTime": "yesterday"},
    {"id": GUEST, "externalUserStateChangeDateTime": "2026-11-24T00:00:00"},
    {"id": GUEST, "manager": "bob"},
]


@pytest.mark.parametrize("body", ODD)
def test_an_answer_of_the_wrong_shape_is_not_taken(graph: Graph, body: dict[str, object]) -> None:
    graph.script(Scripted(body=body))
    with pytest.raises(UnableTo) as raised:
        graph.directory.get_user(GUEST)
    assert raised.value.code == "unexpected-answer"
    assert raised.value.request_id == "the-request"


def test_a_value_that_graph_added_later_is_left_out(graph: Graph) -> None:
    body = {
        "id": GUEST.upper(),
        "userType": "Robot",
        "externalUserState": "unknownFutureValue",
        "externalUserStateChangeDateTime": "0001-01-01T00:00:00Z",
    }
    graph.script(Scripted(body=body))
    user = graph.directory.get_user(GUEST)
    assert user is not None
    assert (user.object_id, user.user_type, user.redemption_state) == (GUEST, None, None)
    assert user.redemption_changed_at is None


def test_a_moment_is_told_in_utc(graph: Graph) -> None:
    graph.script(Scripted(body={"id": GUEST, "externalUserStateChangeDateTime": "2026-11-24T13:00:00.1234567+02:00"}))
    user = graph.directory.get_user(GUEST)
    assert user is not None
    assert user.redemption_changed_at == datetime(2026, 11, 24, 11, 0, 0, 123456, tzinfo=UTC)


@pytest.mark.parametrize("body", [{}, {"value": {}}, {"value": [1]}, {"value": []}])
def test_a_page_of_changes_says_where_it_goes_on(graph: Graph, body: dict[str, object]) -> None:
    graph.script(Scripted(body=body))
    with pytest.raises(UnableTo) as raised:
        graph.directory.users_delta(None)
    assert raised.value.code == "unexpected-answer"


def test_a_list_without_an_end_is_a_fault(graph: Graph) -> None:
    link = "https://entra.simulator.localhost/v1.0/users/x/sponsors?$skiptoken=1"
    graph.script(*[Scripted(body={"value": [], "@odata.nextLink": link})] * 250)
    with pytest.raises(UnableTo) as raised:
        graph.directory.sponsors(GUEST)
    assert raised.value.code == "unexpected-answer"
    assert len(graph.heard) == 200
