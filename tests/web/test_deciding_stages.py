"""Deciding in stages: who decides when, for a shorter time, after a question, for somebody who is away."""

import re
from collections.abc import Callable
from datetime import date

from selfservice.model.actor import PersonRef
from selfservice.model.approval import StageState
from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.request import AccessRequest, RequestState
from selfservice.services.delegating import delegate
from selfservice.services.runtime import WebRuntime
from selfservice.store.transaction import reading, transaction
from tests.web.browser import Visitor
from tests.web.cast import CAST, ENDS_ON, NOW
from tests.web.house_rules import HTML, text_of
from tests.web.ruled import kept, stage, staged
from tests.web.world import World, actor_of

Visit = Callable[[str], Visitor]


def words(visitor: Visitor, path: str) -> str:
    visitor.get(path)
    return text_of(visitor.document)


def approve(visitor: Visitor, request_id: str, **said: str) -> int:
    form = visitor.form(f"/decide/{request_id}", action=f"/decide/{request_id}/approve")
    return visitor.post(f"/decide/{request_id}/approve", {**form, **said}).status_code


def seen_on(visitor: Visitor) -> set[str]:
    """Return what the forms of the page say has been seen."""
    assert visitor.document is not None
    fields = visitor.document.iter(f"{HTML}input")
    return {field.get("value", "") for field in fields if field.get("name") == "seen"}


def hand_over(rt: WebRuntime, who: str, to: str) -> None:
    member = PersonRef(tenant_id=CAST[to].tenant_id, object_id=CAST[to].object_id)
    today = NOW.date()
    delegate(rt, by=actor_of(CAST[who]), to=member, starts_on=today, ends_on=today, reason="holiday")


def test_each_stage_says_who_decides_and_how_far_it_is(visit: Visit, world: World, rt: WebRuntime) -> None:
    request_id = staged(rt, world, stage("bob"), stage("lee", "cal", quorum=2), stage("dee"))
    bob = visit("bob")
    shown = words(bob, f"/decide/{request_id}")
    assert "Stage 1 of 3: now" in shown
    assert "Stage 3 of 3: later" in shown
    assert approve(bob, request_id, justification="fine") == 303
    assert approve(visit("lee"), request_id) == 303
    shown = words(visit("cal"), f"/decide/{request_id}")
    assert "Stage 1 of 3: agreed" in shown
    assert "“fine”" in shown
    assert "Stage 2 of 3: now 1 of 2 agreed" in shown
    assert "Lee Wu agreed" in shown


def test_a_request_is_delivered_only_after_the_last_stage(visit: Visit, world: World, rt: WebRuntime) -> None:
    request_id = staged(rt, world, stage("bob"), stage("lee"))
    assert visit("lee").send("GET", f"/decide/{request_id}").status_code == 404
    approve(visit("bob"), request_id)
    assert kept(rt, request_id)[0].state is RequestState.PENDING_APPROVAL
    approve(visit("lee"), request_id)
    assert kept(rt, request_id)[0].state is RequestState.DELIVERING


def test_an_approver_agrees_to_a_shorter_time(visit: Visit, world: World, rt: WebRuntime) -> None:
    bob = visit("bob")
    form = bob.form(f"/decide/{world.waiting}", action=f"/decide/{world.waiting}/approve")
    assert form["ends_on"] == ENDS_ON.isoformat()
    assert approve(bob, world.waiting, ends_on="2026-12-31") == 303
    assert kept(rt, world.waiting)[0].ends_on == date(2026, 12, 31)
    assert "until 31 Dec 2026 only" in words(bob, f"/decide/{world.waiting}")


def test_a_longer_time_is_refused_and_what_was_typed_is_kept(visit: Visit, world: World, rt: WebRuntime) -> None:
    bob = visit("bob")
    assert approve(bob, world.waiting, ends_on="2027-03-31", justification="for the audit") == 409
    shown = text_of(bob.document)
    assert "You can agree to a shorter time, not to a longer one" in shown
    assert "for the audit" in shown
    assert kept(rt, world.waiting)[0].ends_on == ENDS_ON


def test_a_reason_is_asked_for_where_the_rule_wants_one(visit: Visit, world: World, rt: WebRuntime) -> None:
    request_id = staged(rt, world, stage("bob", justification=True))
    bob = visit("bob")
    assert "Why do you agree?" in words(bob, f"/decide/{request_id}")
    assert approve(bob, request_id) == 409
    assert "The rule wants a reason with every decision." in text_of(bob.document)
    assert approve(bob, request_id, justification="needed for the close") == 303


def test_s17_a_stale_page_decides_nothing_and_shows_what_changed(visit: Visit, world: World, rt: WebRuntime) -> None:
    request_id = staged(rt, world, stage("bob", "lee", quorum=2))
    lee = visit("lee")
    form = lee.form(f"/decide/{request_id}", action=f"/decide/{request_id}/approve")
    approve(visit("bob"), request_id, ends_on="2026-12-31")
    answer = lee.post(f"/decide/{request_id}/approve", {**form, "justification": "as agreed by phone"})
    assert answer.status_code == 409
    shown = text_of(lee.document)
    assert "What changed since you opened it" in shown
    assert "Bob Ray agreed to a shorter time" in shown
    assert re.search("20 Feb\\S* 2027\\s?31 Dec\\S* 2026", shown)
    assert "as agreed by phone" in shown
    request = kept(rt, request_id)[0]
    assert request.state is RequestState.PENDING_APPROVAL
    assert seen_on(lee) == {request.content_hash}
    anew = {"seen": request.content_hash, "ends_on": request.ends_on.isoformat()}
    assert lee.post(f"/decide/{request_id}/approve", anew).status_code == 303
    assert kept(rt, request_id)[0].state is RequestState.DELIVERING


def test_a_page_with_a_mistake_shows_what_changed_as_well(visit: Visit, world: World, rt: WebRuntime) -> None:
    request_id = staged(rt, world, stage("bob", "lee", quorum=2))
    lee = visit("lee")
    form = lee.form(f"/decide/{request_id}", action=f"/decide/{request_id}/deny")
    approve(visit("bob"), request_id, ends_on="2026-12-31")
    assert lee.post(f"/decide/{request_id}/deny", form).status_code == 400
    shown = text_of(lee.document)
    assert "Say in a sentence why not." in shown
    assert "What changed since you opened it" in shown


def test_a_question_is_asked_and_answered_before_the_decision(visit: Visit, world: World, rt: WebRuntime) -> None:
    bob, ann, path = visit("bob"), visit("ann"), f"/requests/{world.waiting}"
    form = bob.form(f"/decide/{world.waiting}", action=f"/decide/{world.waiting}/ask")
    assert bob.post(f"/decide/{world.waiting}/ask", {**form, "question": "Which ledger?"}).status_code == 303
    assert "a question is open" in words(bob, "/decide")
    answer = ann.form(path, action=f"{path}/answer")
    assert ann.post(f"{path}/answer", {**answer, "answer": "The one of March."}).status_code == 303
    shown = words(bob, f"/decide/{world.waiting}")
    assert "You asked" in shown
    assert "The one of March." in shown
    assert "a question is open" not in words(bob, "/decide")
    assert kept(rt, world.waiting)[0].state is RequestState.PENDING_APPROVAL


def test_an_empty_question_is_sent_back(visit: Visit, world: World) -> None:
    bob = visit("bob")
    answer = bob.post(f"/decide/{world.waiting}/ask", {"question": "  "})
    assert answer.status_code == 400
    assert "Type your question." in text_of(bob.document)


def test_an_approval_is_withdrawn_with_a_reason_and_the_access_ends(visit: Visit, world: World, rt: WebRuntime) -> None:
    bob, path = visit("bob"), f"/decide/{world.delivered}/withdraw"
    assert "Withdraw my approval" in words(bob, f"/decide/{world.delivered}")
    form = bob.form(path)
    assert bob.post(path, {**form, "why": " "}).status_code == 400
    assert "Say in a sentence why you withdraw it." in text_of(bob.document)
    assert bob.post(path, {**form, "why": "wrong person"}).status_code == 303
    with reading(rt.sessions) as tx:
        assert tx.get_one(Assignment, world.assignment).state is AssignmentState.ENDING
    shown = words(bob, f"/decide/{world.delivered}")
    assert "“wrong person”" in shown
    assert "Withdraw my approval" not in shown


def test_an_approval_is_not_withdrawn_while_it_is_delivered_and_the_reason_is_kept(
    visit: Visit, world: World, rt: WebRuntime
) -> None:
    bob, path = visit("bob"), f"/decide/{world.waiting}/withdraw"
    approve(bob, world.waiting)
    assert bob.send("GET", path).status_code == 404
    assert bob.post(path, {"why": "wrong person after all"}).status_code == 403
    shown = text_of(bob.document)
    assert "The access is being given at this moment." in shown
    assert "wrong person after all" in shown
    assert kept(rt, world.waiting)[0].state is RequestState.DELIVERING


def test_a_voice_is_taken_back_while_others_still_decide(visit: Visit, world: World, rt: WebRuntime) -> None:
    request_id = staged(rt, world, stage("bob", "lee", quorum=2))
    bob, path = visit("bob"), f"/decide/{request_id}/withdraw"
    approve(bob, request_id)
    assert "You have decided" in words(bob, f"/decide/{request_id}")
    assert bob.post(path, {**bob.form(path), "why": "too early"}).status_code == 303
    shown = words(visit("ann"), f"/requests/{request_id}")
    assert "Taken back: “too early”" in shown
    assert "0 of 2 agreed" in shown
    assert approve(bob, request_id) == 303


def test_nobody_withdraws_anothers_approval(visit: Visit, world: World, rt: WebRuntime) -> None:
    lee, path = visit("lee"), f"/decide/{world.delivered}/withdraw"
    assert lee.send("GET", path).status_code == 404
    assert lee.post(path, {"why": "not mine"}).status_code == 403
    with reading(rt.sessions) as tx:
        assert tx.get_one(Assignment, world.assignment).state is AssignmentState.ACTIVE


def test_a_colleague_decides_for_somebody_who_is_away(visit: Visit, world: World, rt: WebRuntime) -> None:
    cal = visit("cal")
    assert cal.send("GET", f"/decide/{world.waiting}").status_code == 404
    hand_over(rt, "bob", "cal")
    assert "for Bob Ray, who is away" in words(cal, "/decide?whose=delegated")
    assert "Gus Ray" not in words(cal, "/decide?whose=mine")
    assert "You decide for Bob Ray, who is away." in words(cal, f"/decide/{world.waiting}")
    assert approve(cal, world.waiting) == 303
    shown = words(visit("ann"), f"/requests/{world.waiting}")
    assert "Cal Orr agreed for Bob Ray, who is away" in shown


def test_s14_whoever_answers_for_the_guest_is_told_why_they_may_not_decide(
    visit: Visit, world: World, rt: WebRuntime
) -> None:
    with transaction(rt.sessions) as tx:
        request = tx.get_one(AccessRequest, world.waiting)
        request.sponsor_tenant_id, request.sponsor_object_id = CAST["bob"].tenant_id, CAST["bob"].object_id
    bob = visit("bob")
    shown = words(bob, f"/decide/{world.waiting}")
    assert "Not yours to decide" in shown
    assert "answers for the guest" in shown
    seen = kept(rt, world.waiting)[0].content_hash
    assert bob.post(f"/decide/{world.waiting}/approve", {"seen": seen}).status_code == 403


def test_the_page_says_by_which_rule_these_people_decide(visit: Visit, world: World, rt: WebRuntime) -> None:
    request_id = staged(rt, world, stage("bob"))
    assert "Rule “Three pairs of eyes”, version 3" in words(visit("bob"), f"/decide/{request_id}")
    assert "the approvers named on the access package decide" in words(visit("bob"), f"/decide/{world.waiting}")


def test_a_stage_that_ended_asks_nobody_any_more(visit: Visit, world: World, rt: WebRuntime) -> None:
    request_id = staged(rt, world, stage("bob"), stage("lee"))
    bob = visit("bob")
    form = bob.form(f"/decide/{request_id}", action=f"/decide/{request_id}/deny")
    bob.post(f"/decide/{request_id}/deny", {**form, "reason": "not this year"})
    assert [each.state for each in kept(rt, request_id)[1]] == [StageState.DENIED, StageState.ENDED]
    shown = words(bob, f"/decide/{request_id}")
    assert "Stage 2 of 2: nobody is asked any more" in shown
    assert "Lee Wu agreed" not in shown
