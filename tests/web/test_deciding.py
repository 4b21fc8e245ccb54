"""Deciding about a request, and ending an access."""

from collections.abc import Callable

import pytest

from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.request import AccessRequest, RequestState
from selfservice.services.runtime import WebRuntime
from selfservice.store.transaction import reading, transaction
from tests.web.browser import Visitor
from tests.web.cast import CAST
from tests.web.world import RecordingWaker, World, content_hash

Visit = Callable[[str], Visitor]


def state_of(rt: WebRuntime, request_id: str) -> RequestState:
    with reading(rt.sessions) as tx:
        return tx.get_one(AccessRequest, request_id).state


def test_an_approver_agrees_and_the_delivery_starts(
    visit: Visit, world: World, rt: WebRuntime, waker: RecordingWaker
) -> None:
    bob = visit("bob")
    form = bob.form(f"/decide/{world.waiting}", action=f"/decide/{world.waiting}/approve")
    assert form["seen"] == content_hash(rt, world.waiting)
    agreed = bob.post(f"/decide/{world.waiting}/approve", {**form, "justification": "ok"})
    assert agreed.headers["Location"] == f"/decide/{world.waiting}"
    assert state_of(rt, world.waiting) is RequestState.DELIVERING
    assert ("pump", CAST["bob"].tenant_id) in waker.woken
    assert "Bob Ray agreed" in bob.get(f"/decide/{world.waiting}").get_data(as_text=True)


def test_an_approver_says_no_with_a_reason_that_the_requestor_reads(visit: Visit, world: World, rt: WebRuntime) -> None:
    bob = visit("bob")
    form = bob.form(f"/decide/{world.waiting}", action=f"/decide/{world.waiting}/deny")
    assert bob.post(f"/decide/{world.waiting}/deny", {**form, "reason": "not this month"}).status_code == 303
    assert state_of(rt, world.waiting) is RequestState.DENIED
    assert "not this month" in visit("ann").get(f"/requests/{world.waiting}").get_data(as_text=True)


def test_a_no_needs_a_reason(visit: Visit, world: World, rt: WebRuntime) -> None:
    bob = visit("bob")
    form = bob.form(f"/decide/{world.waiting}", action=f"/decide/{world.waiting}/deny")
    refused = bob.post(f"/decide/{world.waiting}/deny", {**form, "reason": "  "})
    assert refused.status_code == 400
    assert "Say in a sentence why not." in refused.get_data(as_text=True)
    assert state_of(rt, world.waiting) is RequestState.PENDING_APPROVAL


def test_s20_the_second_approver_is_told_who_decided(visit: Visit, world: World) -> None:
    bob, lee = visit("bob"), visit("lee")
    form = lee.form(f"/decide/{world.waiting}", action=f"/decide/{world.waiting}/deny")
    bob.post(f"/decide/{world.waiting}/approve", {"seen": form["seen"]})
    late = lee.post(f"/decide/{world.waiting}/deny", {**form, "reason": "no"})
    assert late.status_code == 409
    assert "Bob Ray has approved this request already." in late.get_data(as_text=True)


def test_s17_a_decision_about_something_else_than_what_was_seen_is_refused(
    visit: Visit, world: World, rt: WebRuntime
) -> None:
    bob = visit("bob")
    form = bob.form(f"/decide/{world.waiting}", action=f"/decide/{world.waiting}/approve")
    with transaction(rt.sessions) as tx:
        tx.get_one(AccessRequest, world.waiting).justification = "for something else"
    refused = bob.post(f"/decide/{world.waiting}/approve", form)
    assert refused.status_code == 409
    assert "for something else" in refused.get_data(as_text=True)
    assert state_of(rt, world.waiting) is RequestState.PENDING_APPROVAL


def test_s27_looking_decides_nothing(visit: Visit, world: World, rt: WebRuntime) -> None:
    bob = visit("bob")
    for method in ("GET", "HEAD"):
        for path in ("", "/approve", "/deny", "/ask", "/withdraw"):
            bob.send(method, f"/decide/{world.waiting}{path}")
    assert state_of(rt, world.waiting) is RequestState.PENDING_APPROVAL


def test_the_inbox_holds_what_waits_and_then_what_is_settled(visit: Visit, world: World) -> None:
    bob = visit("bob")
    assert "Gus Ray" in bob.get("/decide").get_data(as_text=True)
    assert "Kim Poe" not in bob.get("/decide").get_data(as_text=True)
    assert "Kim Poe" in bob.get("/decide?show=decided").get_data(as_text=True)
    assert "Nothing waits for you" in visit("cal").get("/decide").get_data(as_text=True)


def test_s23_nothing_of_another_tenant_shows(visit: Visit, world: World) -> None:
    for path in ("/", "/decide", "/decide?show=decided", "/catalog"):
        words = visit("bob").get(path).get_data(as_text=True)
        assert "Ida Moe" not in words
        assert "Design files" not in words


def test_a_sponsor_ends_an_access_at_once(visit: Visit, world: World, rt: WebRuntime, waker: RecordingWaker) -> None:
    cy = visit("cy")
    form = cy.form(f"/guests/{world.assignment}/end")
    ended = cy.post(f"/guests/{world.assignment}/end", {**form, "why": "The close is done"})
    assert ended.headers["Location"] == f"/guests/{world.assignment}"
    with reading(rt.sessions) as tx:
        assignment = tx.get_one(Assignment, world.assignment)
    assert (assignment.state, assignment.end_reason) == (AssignmentState.ENDING, "The close is done")
    assert ("pump", CAST["bob"].tenant_id) in waker.woken
    assert cy.post(f"/guests/{world.assignment}/end", {"why": "again"}).status_code == 409


def test_an_end_needs_a_reason(visit: Visit, world: World) -> None:
    refused = visit("cy").post(f"/guests/{world.assignment}/end", {"why": " "})
    assert refused.status_code == 400
    assert "Say in a sentence why the access ends early." in refused.get_data(as_text=True)


@pytest.mark.parametrize("who", ["ann", "bob"])
def test_whoever_may_look_but_not_end_is_offered_no_button(visit: Visit, world: World, who: str) -> None:
    assert "End access now" not in visit(who).get(f"/guests/{world.assignment}").get_data(as_text=True)


def test_guests_are_listed_for_whoever_answers_for_them(visit: Visit) -> None:
    assert "Kim Poe" in visit("cy").get("/guests").get_data(as_text=True)
    assert "You answer for no guest" in visit("eve").get("/guests").get_data(as_text=True)
