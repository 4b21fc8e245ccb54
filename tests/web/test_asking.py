"""Asking for oneself and inviting a guest."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.request import AccessRequest, RequestState
from selfservice.services.runtime import WebRuntime
from selfservice.store.transaction import reading, transaction
from tests.web.browser import Visitor
from tests.web.cast import CAST, ENDS_ON, NOW
from tests.web.world import RecordingWaker, World, pull_brake

Visit = Callable[[str], Visitor]
GUEST = {
    "guest_address": "New@Partner.example",
    "guest_name": "New Guest",
    "guest_company": "Partner",
    "justification": "New Guest audits the close.",
    "message": "Hello,\nwelcome.",
}
HIDDEN = {
    "id": "0" * 32,
    "version": "9",
    "state": "delivered",
    "tenant_id": CAST["wes"].tenant_id,
    "package_id": "0" * 32,
    "package_name": "Everything",
    "package_fingerprint": "0" * 64,
    "extends_id": "0" * 32,
    "requestor_tenant_id": CAST["wes"].tenant_id,
    "requestor_object_id": CAST["wes"].object_id,
    "requestor_name": "Somebody else",
    "requestor_mail": "else@evil.example",
    "for_self": "1",
    "guest_key": "else@evil.example",
    "sponsor_tenant_id": CAST["wes"].tenant_id,
    "sponsor_object_id": CAST["wes"].object_id,
    "sponsor_name": "Somebody else",
    "submitted_at": "2020-01-01T00:00:00+00:00",
    "changed_at": "2020-01-01T00:00:00+00:00",
    "approver_id": CAST["cal"].object_id,
    "stages": "none",
    "roles": "Admin",
    "answers": "everything",
    "terms_version": "9",
    "requestor_department": "Somewhere else",
    "guest_domain": "evil.example",
    "rule_id": "0" * 32,
    "rule_version": "9",
    "why": "because",
}


def request_at(rt: WebRuntime, location: str) -> AccessRequest:
    with reading(rt.sessions) as tx:
        return tx.get_one(AccessRequest, location.rpartition("/")[2])


def test_an_employee_asks_for_themself(visit: Visit, world: World, rt: WebRuntime, waker: RecordingWaker) -> None:
    eve = visit("eve")
    form = eve.form(f"/catalog/{world.package}/ask")
    asked = eve.post(f"/catalog/{world.package}/ask", {**form, "justification": "for the close"})
    assert asked.status_code == 303
    request = request_at(rt, asked.headers["Location"])
    assert (request.for_self, request.guest_address) == (True, CAST["eve"].user_name)
    assert request.ends_on == NOW.date() + timedelta(days=90)
    assert ("mail",) in waker.woken
    assert "waiting for a decision" in eve.get(asked.headers["Location"]).get_data(as_text=True)


def test_an_employee_invites_a_guest_and_answers_for_them(visit: Visit, world: World, rt: WebRuntime) -> None:
    eve = visit("eve")
    form = eve.form(f"/catalog/{world.package}/invite")
    asked = eve.post(f"/catalog/{world.package}/invite", {**form, **GUEST, "ends_on": ENDS_ON.isoformat()})
    assert asked.status_code == 303
    request = request_at(rt, asked.headers["Location"])
    assert request.guest_key == "new@partner.example"
    assert (request.guest_name, request.guest_company) == ("New Guest", "Partner")
    assert request.sponsor_object_id == CAST["eve"].object_id
    assert request.ends_on == ENDS_ON
    assert request.message == "Hello,\nwelcome."


def test_the_same_form_sent_twice_asks_once(visit: Visit, world: World) -> None:
    eve = visit("eve")
    form = {**eve.form(f"/catalog/{world.package}/invite"), **GUEST}
    first = eve.post(f"/catalog/{world.package}/invite", form)
    second = eve.post(f"/catalog/{world.package}/invite", form)
    assert first.headers["Location"] == second.headers["Location"]


def test_a_sponsor_is_found_by_name_without_losing_what_is_typed(visit: Visit, world: World, rt: WebRuntime) -> None:
    eve = visit("eve")
    form = {**eve.form(f"/catalog/{world.package}/invite"), **GUEST, "sponsor_search": "Cy Nov"}
    found = eve.post(f"/catalog/{world.package}/invite", {**form, "find": "yes"}).get_data(as_text=True)
    assert "Cy Novak" in found
    assert "New Guest audits the close." in found
    asked = eve.post(f"/catalog/{world.package}/invite", {**form, "sponsor": CAST["cy"].object_id})
    assert request_at(rt, asked.headers["Location"]).sponsor_name == "Cy Novak"


def test_htmx_gets_the_sponsors_alone(visit: Visit, world: World) -> None:
    eve = visit("eve")
    data = {"csrf_token": eve.csrf_token(), "sponsor_search": "Cy Nov", "find": "yes"}
    answer = eve.send("POST", f"/catalog/{world.package}/invite", data=data, headers={"HX-Request": "true"})
    assert answer.get_data(as_text=True).lstrip().startswith('<fieldset class="field" id="sponsors">')


def test_a_person_of_another_tenant_cannot_be_the_sponsor(visit: Visit, world: World) -> None:
    eve = visit("eve")
    form = {**eve.form(f"/catalog/{world.package}/invite"), **GUEST, "sponsor": CAST["bob"].object_id}
    refused = eve.post(f"/catalog/{world.package}/invite", form)
    assert refused.status_code == 409
    assert "New Guest audits the close." in refused.get_data(as_text=True)


@pytest.mark.parametrize("missing", ["guest_address", "guest_name", "justification", "ends_on", "form_key"])
def test_what_is_missing_is_named_beside_its_field(visit: Visit, world: World, missing: str) -> None:
    eve = visit("eve")
    form = {**eve.form(f"/catalog/{world.package}/invite"), **GUEST, missing: ""}
    refused = eve.post(f"/catalog/{world.package}/invite", form)
    assert refused.status_code == 400
    words = refused.get_data(as_text=True)
    assert f'href="#{missing}"' in words
    assert "Something here needs another look" in words


@pytest.mark.parametrize("ends_on", ["2026-11-23", "2027-02-23", "2100-01-01"])
def test_an_end_date_beyond_the_package_is_refused(visit: Visit, world: World, ends_on: str) -> None:
    eve = visit("eve")
    form = {**eve.form(f"/catalog/{world.package}/invite"), **GUEST, "ends_on": ends_on}
    assert eve.post(f"/catalog/{world.package}/invite", form).status_code == 409


def test_a_second_request_for_the_same_guest_is_refused_with_the_way_on(visit: Visit, world: World) -> None:
    ann = visit("ann")
    form = {**ann.form(f"/catalog/{world.package}/invite"), **GUEST, "guest_address": "gus@partner.example"}
    refused = ann.post(f"/catalog/{world.package}/invite", form)
    assert refused.status_code == 409
    assert "Next step" in refused.get_data(as_text=True)


def test_before_you_ask_says_who_decides_and_what_stands_in_the_way(visit: Visit, world: World, rt: WebRuntime) -> None:
    eve, path = visit("eve"), f"/catalog/{world.package}/before"
    assert "Bob Ray" in eve.fragment(path, form={"guest_address": "new@partner.example"})
    assert "holds" in eve.fragment(path, form={"guest_address": "kim@partner.example"})
    pull_brake(rt, CAST["bob"].tenant_id)
    assert "on hold" in eve.fragment(path, form={"guest_address": "new@partner.example"})


def test_s24_no_form_field_reaches_a_column_that_it_was_not_made_for(
    visit: Visit, world: World, rt: WebRuntime
) -> None:
    eve = visit("eve")
    form = {**HIDDEN, **eve.form(f"/catalog/{world.package}/invite"), **GUEST}
    asked = eve.post(f"/catalog/{world.package}/invite", form)
    request = request_at(rt, asked.headers["Location"])
    for column, forged in HIDDEN.items():
        if hasattr(request, column):
            assert str(getattr(request, column)) != forged, column
    assert request.state is RequestState.PENDING_APPROVAL
    assert request.requestor == request.sponsor
    assert request.requestor_object_id == CAST["eve"].object_id


def test_s24_the_fuzz_knows_every_column() -> None:
    typed = {"justification", "message", "ends_on", "guest_address", "guest_name", "guest_company", "form_key"}
    assert {column.key for column in AccessRequest.__table__.columns} - typed <= set(HIDDEN)


def test_s22_an_absent_request_and_anothers_request_look_the_same(visit: Visit, world: World) -> None:
    eve = visit("eve")
    pages = [eve.get(f"/requests/{each}", status=404).get_data(as_text=True) for each in ("0" * 32, world.waiting)]
    # The token in the form for signing out holds the second in which it was made.
    absent, anothers = (re.sub(r'name="csrf_token" value="[^"]+"', "", page) for page in pages)
    assert absent == anothers


def test_s22_ids_are_random_and_long(world: World) -> None:
    ids = {world.package, world.waiting, world.assignment, world.failed_delivery}
    assert len(ids) == 4
    assert all(len(each) == 32 and int(each, 16) >= 0 for each in ids)


def test_a_requestor_withdraws_while_nobody_has_decided(visit: Visit, world: World, rt: WebRuntime) -> None:
    ann = visit("ann")
    assert ann.form(f"/requests/{world.waiting}/withdraw")
    assert ann.post(f"/requests/{world.waiting}/withdraw").status_code == 303
    assert request_at(rt, world.waiting).state is RequestState.CANCELED
    assert ann.post(f"/requests/{world.waiting}/withdraw").status_code == 409


def test_the_request_page_is_silent_while_nothing_changes(visit: Visit, world: World, rt: WebRuntime) -> None:
    ann = visit("ann")
    with transaction(rt.sessions) as tx:
        tx.get_one(AccessRequest, world.failed).state = RequestState.DELIVERING
    shown = ann.fragment(f"/requests/{world.failed}")
    again = shown.partition('data-hx-get="')[2].partition('"')[0].replace("&amp;", "&")
    assert again.startswith(f"/requests/{world.failed}?seen=")
    assert ann.send("GET", again, headers={"HX-Request": "true"}).status_code == 204
    with transaction(rt.sessions) as tx:
        tx.get_one(AccessRequest, world.failed).state = RequestState.DELIVERED
    assert ann.send("GET", again, headers={"HX-Request": "true"}).status_code == 200


def test_the_guest_page_follows_an_end_until_it_is_done(visit: Visit, world: World, rt: WebRuntime) -> None:
    cy = visit("cy")
    path = f"/guests/{world.assignment}"
    assert "data-hx-get" not in cy.fragment(path)
    assert cy.post(f"{path}/end", {"why": "no longer needed"}).status_code == 303
    again = cy.fragment(path).partition('data-hx-get="')[2].partition('"')[0].replace("&amp;", "&")
    assert again.startswith(f"{path}?seen=")
    assert cy.send("GET", again, headers={"HX-Request": "true"}).status_code == 204
    with transaction(rt.sessions) as tx:
        tx.get_one(Assignment, world.assignment).state = AssignmentState.ENDED
    assert "data-hx-get" not in cy.fragment(again)


def test_a_failed_delivery_says_cause_owner_and_next_step(visit: Visit, world: World) -> None:
    words = visit("ann").get(f"/requests/{world.failed}").get_data(as_text=True)
    assert "Contoso refuses the domain partner.example." in words
    assert "An admin of Contoso" in words
    assert "Ask them to allow the domain, then try again." in words


def test_a_delivered_request_offers_the_way_in(visit: Visit, world: World) -> None:
    words = visit("ann").get(f"/requests/{world.delivered}").get_data(as_text=True)
    assert "https://apps.example/start" in words


@pytest.mark.parametrize("search", ["%", "_", "\\", "'; DROP TABLE access_package; --", "a" * 5000])
def test_s36_a_search_is_text_and_nothing_else(visit: Visit, search: str) -> None:
    answer = visit("ann").send("GET", "/catalog", query={"search": search})
    assert answer.status_code == 200
    assert "Nothing fits" in answer.get_data(as_text=True)


def test_the_catalog_shows_what_fits_and_says_when_nothing_does(visit: Visit, world: World) -> None:
    ann = visit("ann")
    everything = ann.get("/catalog").get_data(as_text=True)
    assert "Expenses" in everything
    assert "Design files" in everything
    assert "Payroll" not in everything
    assert "Design files" not in ann.get("/catalog?tenant=contoso").get_data(as_text=True)
    assert "Nothing fits" in ann.get("/catalog?search=zzz").get_data(as_text=True)
    assert "Expenses</a>" not in ann.fragment("/catalog?search=design")


def test_the_two_doors_lead_straight_to_their_forms(visit: Visit, world: World) -> None:
    ann = visit("ann")
    assert f"/catalog/{world.package}/ask" in ann.get("/catalog?door=self").get_data(as_text=True)
    assert f"/catalog/{world.package}/invite" in ann.get("/catalog?door=invite").get_data(as_text=True)
    assert 'name="door" value="invite"' in ann.get("/catalog?door=invite").get_data(as_text=True)
    assert "nonsense" not in ann.get("/catalog?door=nonsense").get_data(as_text=True)
