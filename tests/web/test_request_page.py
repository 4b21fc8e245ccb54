"""A request as its requestor sees it: who decides, when, and what they can do meanwhile."""

from collections.abc import Callable
from datetime import timedelta

from selfservice.model.request import AccessRequest
from selfservice.model.rules.clause import Clause, Operator
from selfservice.model.rules.facts import Attribute
from selfservice.model.rules.outcome import Automatic, Stages
from selfservice.services import conversing
from selfservice.services.runtime import WebRuntime
from selfservice.store.transaction import transaction
from tests.web.browser import Visitor
from tests.web.cast import CAST, Clock
from tests.web.house_rules import text_of
from tests.web.ruled import asked, stage, staged, write_rule
from tests.web.world import World, actor_of

Visit = Callable[[str], Visitor]


def words(visitor: Visitor, path: str) -> str:
    visitor.get(path)
    return text_of(visitor.document)


def test_the_requestor_sees_names_order_and_when_others_are_asked(visit: Visit, world: World, rt: WebRuntime) -> None:
    request_id = staged(rt, world, stage("bob", alternates=["dee"]), stage("lee", "cal", quorum=2))
    shown = words(visit("ann"), f"/requests/{request_id}")
    assert shown.index("Bob Ray") < shown.index("Dee Fox") < shown.index("Stage 2 of 2: later")
    assert "Asked as well if nobody has answered by" in shown
    assert "2 of 2 must agree" in shown
    assert "Without an answer it expires" in shown


def test_a_reminder_is_sent_once_and_not_on_the_first_day(visit: Visit, world: World, clock: Clock) -> None:
    ann, path = visit("ann"), f"/requests/{world.waiting}"
    shown = words(ann, path)
    assert "You can remind them once at each stage, a day after they were asked." in shown
    early = ann.post(f"{path}/remind")
    assert early.status_code == 403
    assert "They were asked less than a day ago." in text_of(ann.document)
    clock.pass_time(timedelta(hours=25))
    ann = visit("ann")
    assert "a day after they were asked" not in words(ann, path)
    sent = ann.post(f"{path}/remind")
    assert sent.headers["Location"] == f"{path}?reminded=yes"
    assert "They have been reminded" in words(ann, f"{path}?reminded=yes")
    assert ann.post(f"{path}/remind").status_code == 403
    assert "can do so only once" in text_of(ann.document)


def test_nobody_but_the_requestor_reminds(visit: Visit, world: World, clock: Clock) -> None:
    clock.pass_time(timedelta(hours=25))
    for who in ("cy", "bob", "dee"):
        assert visit(who).post(f"/requests/{world.waiting}/remind").status_code == 404
        assert "Remind them" not in words(visit(who), f"/requests/{world.waiting}")


def test_a_question_is_answered_by_the_sponsor_too_and_by_nobody_else(
    visit: Visit, world: World, rt: WebRuntime
) -> None:
    path = f"/requests/{world.waiting}"
    conversing.ask(rt, world.waiting, by=actor_of(CAST["bob"]), text="Which ledger?")
    for who in ("bob", "dee"):
        assert "Your answer" not in words(visit(who), path)
        assert visit(who).post(f"{path}/answer", {"answer": "me"}).status_code == 404
    cy = visit("cy")
    form = cy.form(path, action=f"{path}/answer")
    assert cy.post(f"{path}/answer", {**form, "answer": " "}).status_code == 400
    assert "Type your answer." in text_of(cy.document)
    assert cy.post(f"{path}/answer", {**form, "answer": "The one of March."}).status_code == 303
    assert "Cy Novak answered" in words(visit("ann"), path)


def test_an_answer_that_comes_too_late_is_refused_with_its_words_kept(
    visit: Visit, world: World, rt: WebRuntime
) -> None:
    path = f"/requests/{world.waiting}"
    ann = visit("ann")
    early = ann.post(f"{path}/answer", {"answer": "The one of March."})
    assert early.status_code == 403
    assert "Nobody has asked anything yet." in text_of(ann.document)


def test_the_page_does_not_replace_itself_while_an_answer_is_typed(visit: Visit, world: World, rt: WebRuntime) -> None:
    ann, path = visit("ann"), f"/requests/{world.waiting}"
    assert "data-hx-get" in ann.get(path).get_data(as_text=True)
    conversing.ask(rt, world.waiting, by=actor_of(CAST["bob"]), text="Which ledger?")
    assert "data-hx-get" not in ann.get(path).get_data(as_text=True)


def test_an_open_question_waits_on_the_first_page(visit: Visit, world: World, rt: WebRuntime) -> None:
    conversing.ask(rt, world.waiting, by=actor_of(CAST["bob"]), text="Which ledger?")
    for who, told in (("ann", True), ("cy", True), ("eve", False)):
        assert ("A question about" in words(visit(who), "/")) is told


def test_the_smallest_change_that_would_help_is_said(visit: Visit, world: World, rt: WebRuntime) -> None:
    advice = "Ask for 30 days or less: then Bob Ray alone decides."
    with transaction(rt.sessions) as tx:
        request = tx.get_one(AccessRequest, world.waiting)
        request.why = {**request.why, "advice": [advice]}
    path = f"/requests/{world.waiting}"
    assert f"What would have made it quicker {advice}" in words(visit("ann"), path)
    bob = visit("bob")
    form = bob.form(f"/decide/{world.waiting}", action=f"/decide/{world.waiting}/deny")
    bob.post(f"/decide/{world.waiting}/deny", {**form, "reason": "too long"})
    shown = words(visit("ann"), path)
    assert f"What would help next time {advice}" in shown
    assert "“too long”" in shown


def test_what_a_rule_grants_says_so_instead_of_naming_people(visit: Visit, world: World, rt: WebRuntime) -> None:
    write_rule(rt, Automatic(), name="Everybody may")
    shown = words(visit("ann"), f"/requests/{asked(rt, world, address='zoe@supplier.example')}")
    assert "Who decided Nobody had to: a rule grants this without a decision." in shown
    assert "Why without a decision? Rule “Everybody may”, version 3" in shown


def test_advice_comes_from_the_rule_that_was_nearly_true(visit: Visit, world: World, rt: WebRuntime) -> None:
    short = Clause(attribute=Attribute.DAYS, operator=Operator.AT_MOST, number=30)
    write_rule(rt, Automatic(), clauses=[short], name="Short stays", position=0)
    write_rule(rt, Stages(stages=(stage("bob"), stage("lee"))), name="All others", position=1)
    shown = words(visit("ann"), f"/requests/{asked(rt, world)}")
    assert "What would have made it quicker Ask for 30 days or less" in shown
    assert "Not true: length of access is at most 30 days · here: 88 days" in shown
    assert "Rule “All others”, version 3" in shown


def test_s32_a_rule_and_a_question_are_shown_as_they_were_typed(visit: Visit, world: World, rt: WebRuntime) -> None:
    hostile = "<script>alert(1)</script>"
    write_rule(rt, Stages(stages=(stage("bob"),)), name=hostile)
    request_id = asked(rt, world)
    conversing.ask(rt, request_id, by=actor_of(CAST["bob"]), text=hostile)
    page = visit("ann").get(f"/requests/{request_id}").get_data(as_text=True)
    assert hostile not in page
    assert page.count("&lt;script&gt;") >= 2


def test_what_a_delegate_decided_is_said_with_both_names(visit: Visit, world: World, rt: WebRuntime) -> None:
    with transaction(rt.sessions) as tx:
        request = tx.get_one(AccessRequest, world.delivered)
        vote = request.stages[0].decisions[0]
        vote.principal_object_id, vote.principal_name = CAST["lee"].object_id, "Lee Wu"
    assert "Bob Ray agreed for Lee Wu, who is away" in words(visit("ann"), f"/requests/{world.delivered}")
