"""What admins do and auditors see."""

from collections.abc import Callable

import pytest
from sqlalchemy import delete

from selfservice.model.application import RoleHolder
from selfservice.model.delivery import Delivery, DeliveryState
from selfservice.model.mail import MailState, OutboxMail
from selfservice.model.mirror import MirrorKind, MirrorState, TenantBrake
from selfservice.model.package import AccessPackage, PackageState
from selfservice.model.person import Person
from selfservice.services.runtime import WebRuntime
from selfservice.store.transaction import reading, transaction
from tests.web.browser import Visitor
from tests.web.cast import CAST, Clock, identifier
from tests.web.world import RecordingWaker, World, pull_brake

Visit = Callable[[str], Visitor]
LEDGER = {
    "name": "Ledger",
    "description": "Read the ledger.",
    "max_days": "30",
    "for_others": "y",
    "roles": [
        f"group:{identifier('users')}::Users",
        f"appRole:{identifier('contoso app')}:{identifier('reader')}:Reader",
    ],
    "approvers": [f"person:{CAST['lee'].object_id}::Lee Wu", f"group:{identifier('approvers')}::Approvers"],
    "owner": f"person:{CAST['bob'].object_id}::Bob Ray",
}


def package_at(rt: WebRuntime, location: str) -> AccessPackage:
    with reading(rt.sessions) as tx:
        return tx.get_one(AccessPackage, location.partition("?")[0].rpartition("/")[2])


def test_an_admin_writes_a_package_and_publishes_it(visit: Visit, rt: WebRuntime) -> None:
    dee = visit("dee")
    dee.form("/admin/packages/new")
    made = dee.post("/admin/packages/new", LEDGER)
    assert made.status_code == 303
    package = package_at(rt, made.headers["Location"])
    assert package.state is PackageState.DRAFT
    assert [role.words for role in package.roles] == ["member of contoso users", "Reader in Ledger"]
    assert [approver.name for approver in package.approvers] == ["Lee Wu", "Approvers"]
    assert (package.owner_name, package.max_days, package.for_self) == ("Bob Ray", 30, False)
    assert "Saved" in dee.get(made.headers["Location"]).get_data(as_text=True)
    assert dee.post(f"/admin/packages/{package.id}/publish").status_code == 303
    assert "Ledger" in visit("ann").get("/catalog").get_data(as_text=True)


def test_what_a_package_says_is_in_its_form_and_can_be_changed(visit: Visit, world: World, rt: WebRuntime) -> None:
    dee = visit("dee")
    words = dee.get(f"/admin/packages/{world.package}").get_data(as_text=True)
    assert "contoso users" in words
    changed = dee.post(f"/admin/packages/{world.package}", {**LEDGER, "name": "Expenses and travel"})
    assert changed.status_code == 303
    assert package_at(rt, changed.headers["Location"]).name == "Expenses and travel"


def test_s45_a_group_that_can_hold_directory_roles_is_shown_with_the_reason_and_refused(visit: Visit) -> None:
    dee = visit("dee")
    words = dee.get("/admin/packages/new").get_data(as_text=True)
    assert "The group can hold directory roles" in words
    forged = {**LEDGER, "roles": [f"group:{identifier('tier 0')}::Users"]}
    refused = dee.post("/admin/packages/new", forged)
    assert refused.status_code == 409
    assert "Tier 0 Admins cannot be given" in refused.get_data(as_text=True)


@pytest.mark.parametrize(
    "forged",
    [
        {"roles": [f"group:{identifier('nothing')}::Users"]},
        {"roles": [f"appRole:{identifier('woodgrove app')}:{identifier('reader')}:Reader"]},
        {"approvers": [f"person:{CAST['wes'].object_id}::Lee Wu"]},
        {"owner": f"person:{CAST['ann'].object_id}::Bob Ray"},
    ],
)
def test_s46_ids_that_the_tenant_does_not_have_are_refused(visit: Visit, forged: dict[str, object]) -> None:
    refused = visit("dee").post("/admin/packages/new", {**LEDGER, **forged})
    assert refused.status_code == 409
    assert "Read the ledger." in refused.get_data(as_text=True)


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("owner", ""), ("owner", "group"), ("owner", "appRole:a:b:c"), ("max_days", "400")],
)
def test_what_is_wrong_in_a_package_is_named(visit: Visit, field: str, value: str) -> None:
    refused = visit("dee").post("/admin/packages/new", {**LEDGER, field: value})
    assert refused.status_code == 400
    assert f'href="#{field}"' in refused.get_data(as_text=True)


def test_looking_for_a_group_keeps_what_is_typed_and_chosen(visit: Visit) -> None:
    found = visit("dee").post("/admin/packages/new", {**LEDGER, "role_search": "tier", "find": "role_search"})
    words = found.get_data(as_text=True)
    assert "Read the ledger." in words
    assert "Tier 0 Admins" in words
    assert f'value="group:{identifier("users")}::Users" checked' in words


def test_an_admin_retires_a_package(visit: Visit, world: World, rt: WebRuntime) -> None:
    assert visit("dee").post(f"/admin/packages/{world.package}/retire").status_code == 303
    assert package_at(rt, world.package).state is PackageState.RETIRED
    assert "Expenses</a>" not in visit("ann").get("/catalog").get_data(as_text=True)


def test_an_admin_tries_a_failed_delivery_again(
    visit: Visit, world: World, rt: WebRuntime, waker: RecordingWaker
) -> None:
    dee = visit("dee")
    words = dee.get(f"/admin/deliveries/{world.failed_delivery}").get_data(as_text=True)
    assert "Contoso refuses the domain partner.example." in words
    assert identifier("call") in words
    assert dee.post(f"/admin/deliveries/{world.failed_delivery}/retry").status_code == 303
    with reading(rt.sessions) as tx:
        assert tx.get_one(Delivery, world.failed_delivery).state is DeliveryState.WORKING
    assert ("pump", CAST["dee"].tenant_id) in waker.woken
    assert dee.post(f"/admin/deliveries/{world.failed_delivery}/retry").status_code == 403


def test_an_admin_sends_a_failed_mail_again(visit: Visit, world: World, rt: WebRuntime, waker: RecordingWaker) -> None:
    dee = visit("dee")
    page = f"/admin/deliveries/{world.failed_delivery}"
    assert "A mail to ann@fabrikam.example could not be sent" in dee.get(page).get_data(as_text=True)
    assert "Send again" not in visit("ada").get(page).get_data(as_text=True)
    sent = dee.post(f"/admin/mails/{world.failed_mail}/resend")
    assert (sent.status_code, sent.headers["Location"]) == (303, f"/requests/{world.failed}")
    with reading(rt.sessions) as tx:
        assert tx.get_one(OutboxMail, world.failed_mail).state is MailState.QUEUED
    assert ("mail",) in waker.woken
    assert "could not be sent" not in dee.get(page).get_data(as_text=True)
    assert dee.post(f"/admin/mails/{world.failed_mail}/resend").status_code == 403


def test_an_admin_lets_deliveries_go_on(visit: Visit, rt: WebRuntime) -> None:
    pull_brake(rt, identifier("contoso"))
    dee = visit("dee")
    assert "Writing to Contoso has stopped" in dee.get("/admin").get_data(as_text=True)
    assert dee.post(f"/admin/tenants/{identifier('contoso')}/release").status_code == 303
    with reading(rt.sessions) as tx:
        assert tx.get(TenantBrake, identifier("contoso")) is None


def test_deliveries_are_found_by_their_state(visit: Visit) -> None:
    dee = visit("dee")
    assert "Lou Fry" in dee.get("/admin/deliveries?state=failed").get_data(as_text=True)
    assert "Kim Poe" not in dee.get("/admin/deliveries?state=failed").get_data(as_text=True)
    assert dee.send("GET", "/admin/deliveries?state=nonsense").status_code == 200


def test_an_auditor_reads_the_trail_and_filters_it(visit: Visit, world: World) -> None:
    ada = visit("ada")
    assert "request.submit" in ada.get("/admin/audit").get_data(as_text=True)
    approvals = ada.get("/admin/audit?action=request.approve").get_data(as_text=True)
    assert "ok for the close" in approvals
    assert "request.submit" not in approvals
    about = ada.get(f"/admin/audit?object_id={world.waiting}").get_data(as_text=True)
    assert "Gus Ray works on the month-end close." in about
    assert "Lou Fry works" not in about


def test_s23_no_auditor_reads_another_tenants_trail(visit: Visit) -> None:
    assert "Ida Moe" not in visit("ada").get("/admin/audit").get_data(as_text=True)
    assert "Gus Ray" not in visit("wim").get("/admin/audit").get_data(as_text=True)


def test_s11_a_role_that_the_directory_took_away_ends_mid_session(visit: Visit, rt: WebRuntime, clock: Clock) -> None:
    dee = visit("dee")
    assert dee.send("GET", "/admin").status_code == 200
    clock.pass_time(rt.settings.intervals.mirror * 3)
    with transaction(rt.sessions) as tx:
        tx.add(MirrorState(tenant_id=CAST["dee"].tenant_id, kind=MirrorKind.ROLE_HOLDERS, synced_at=clock()))
        tx.execute(delete(RoleHolder).where(RoleHolder.object_id == CAST["dee"].object_id))
        tx.add(RoleHolder(tenant_id=CAST["ada"].tenant_id, object_id=CAST["ada"].object_id, role="Auditor"))
    assert dee.send("GET", "/admin").status_code == 403
    assert dee.post("/admin/packages/new", LEDGER).status_code == 403


def test_s09_a_person_who_is_switched_off_is_nobody_at_once(visit: Visit, world: World, rt: WebRuntime) -> None:
    bob = visit("bob")
    form = bob.form(f"/decide/{world.waiting}", action=f"/decide/{world.waiting}/approve")
    with transaction(rt.sessions) as tx:
        tx.get_one(Person, (CAST["bob"].tenant_id, CAST["bob"].object_id)).enabled = False
    assert bob.send("POST", f"/decide/{world.waiting}/approve", data=form).status_code == 401
    assert bob.send("GET", "/decide").status_code == 303


def test_the_first_page_of_an_admin_leads_to_what_failed(visit: Visit) -> None:
    assert "Delivery failed: Lou Fry at Contoso" in visit("dee").get("/").get_data(as_text=True)
