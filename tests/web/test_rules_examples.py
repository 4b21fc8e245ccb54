"""Examples that must stay true, and past requests under changed rules."""

from collections.abc import Callable

from selfservice.model.rulebook import ApproverRule, ReplayState, RuleExample, RuleReplay
from selfservice.services.rules.replaying import work_due
from selfservice.services.runtime import WebRuntime
from selfservice.store.transaction import reading, transaction
from tests.web.browser import HTMX, Visitor
from tests.web.cast import CAST
from tests.web.rule_forms import clause, fields_of, rule_form, stage
from tests.web.world import World

Visit = Callable[[str], Visitor]
NEW = "/rules/examples/new?scope=tenant"
RULE = "/rules/new?scope=tenant"
AUTOMATIC: dict[str, object] = {"outcome-kind": "automatic"}


def examples_of(rt: WebRuntime) -> list[str]:
    with reading(rt.sessions) as tx:
        return sorted(row.name for row in tx.query(RuleExample))


def replay(visitor: Visitor, *parts: dict[str, object]) -> str:
    """Ask for a replay of a new rule and return its address."""
    filled: dict[str, object] = {**rule_form(visitor, RULE), "name": "Short", "do": "replay"}
    for part in parts:
        filled |= part
    answer = visitor.post(RULE, filled)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return str(answer.headers["Location"])


def test_an_example_takes_what_the_rules_say_now(visit: Visit, rt: WebRuntime, world: World) -> None:
    dee = visit("dee")
    case = {"name": "Audits are quick", "package": world.package, "department": "Audit", "days": "7", "whom": "self"}
    dee.post(NEW, {**rule_form(dee, NEW), **case, "do": "answer"})
    fields = fields_of(dee, NEW)
    assert fields["expected-kind"] == ["automatic"]
    assert fields["department"] == ["Audit"]
    assert dee.post(NEW, {**fields, "do": "save"}).status_code == 303
    assert examples_of(rt) == ["An ordinary request is decided", "Audits are quick"]


def test_an_example_that_is_not_true_cannot_be_kept(visit: Visit, rt: WebRuntime, world: World) -> None:
    dee = visit("dee")
    case = {"name": "All is quick", "package": world.package, "expected-kind": "automatic"}
    answer = dee.post(NEW, {**rule_form(dee, NEW), **case, "do": "save"})
    assert answer.status_code == 409
    assert "All is quick" in answer.get_data(as_text=True)
    assert "All is quick" not in examples_of(rt)


def test_what_is_wrong_in_an_example_is_said(visit: Visit) -> None:
    dee = visit("dee")
    filled = {**rule_form(dee, NEW), "name": "", "days": "0", "answers": "no key", "do": "save"}
    answer = dee.post(NEW, filled)
    words = answer.get_data(as_text=True)
    assert answer.status_code == 400
    for problem in ("Name it by what must stay true.", "Choose a package.", "From 1 to 365 days.", "as key: value"):
        assert problem in words
    asked = dee.post(NEW, {**filled, "do": "answer"})
    assert "Choose a package first." in asked.get_data(as_text=True)


def test_an_example_is_changed_and_removed(visit: Visit, rt: WebRuntime, world: World) -> None:
    dee, path = visit("dee"), f"/rules/examples/{world.example}"
    fields = rule_form(dee, path)
    assert fields["package"] == [world.package]
    assert dee.post(path, {**fields, "name": "Decided by people", "do": "save"}).status_code == 303
    assert examples_of(rt) == ["Decided by people"]
    assert dee.post(f"{path}/remove").status_code == 303
    assert examples_of(rt) == []


def test_s22_an_owner_keeps_examples_of_their_package_alone(visit: Visit, rt: WebRuntime, world: World) -> None:
    bob, path = visit("bob"), f"/rules/examples/new?scope={world.package}"
    case = {"name": "Long ones are decided", "package": world.package, "days": "60"}
    fields = {**rule_form(bob, path), **case, **_expected(), "do": "save"}
    assert bob.post(path, {**fields, "package": world.other_package}).status_code == 404
    assert bob.post(path, fields).status_code == 303
    assert "Long ones are decided" in examples_of(rt)
    assert bob.post(f"/rules/examples/{world.example}/remove").status_code == 404


def _expected() -> dict[str, object]:
    return {name.replace("outcome", "expected"): value for name, value in stage(0, "packageApprovers:::").items()}


def test_a_replay_shows_how_far_it_is_and_then_what_would_differ(visit: Visit, rt: WebRuntime) -> None:
    dee = visit("dee")
    path = replay(dee, AUTOMATIC, clause(0, "guestDomain", "anyOf", "partner.example"))
    assert "waiting for the worker" in dee.get(path).get_data(as_text=True)
    assert dee.send("GET", f"{path}?seen=0", headers=HTMX).status_code == 204
    work_due(rt)
    words = dee.fragment(f"{path}?seen=0")
    assert "now automatic" in words
    assert "Gus Ray" in words
    assert "every 1s" not in words


def test_a_replay_leads_back_to_the_change_that_it_is_about(visit: Visit, rt: WebRuntime) -> None:
    dee = visit("dee")
    path = replay(dee, clause(0, "jobTitle", "anyOf", "Trainee"))
    work_due(rt)
    assert "every one would go the same way" in dee.get(path).get_data(as_text=True)
    assert "When job title is Trainee" in dee.get(f"{path}/review").get_data(as_text=True)
    dee.get(f"{RULE}&replay={path.rpartition('/')[2]}")
    assert fields_of(dee, RULE)["clauses-0-typed"] == ["Trainee"]
    dee.get(f"{path}/review")
    assert dee.post("/rules/book/save", {**fields_of(dee, "/rules/book/save"), "why": "replayed"}).status_code == 303
    with reading(rt.sessions) as tx:
        assert tx.query(ApproverRule).filter_by(name="Short").count() == 1


def test_a_replay_that_failed_says_why(visit: Visit, rt: WebRuntime, world: World) -> None:
    with transaction(rt.sessions) as tx:
        kept = tx.get_one(RuleReplay, world.replay)
        kept.state, kept.failure = ReplayState.FAILED, "A rule that it needs is gone."
    assert "A rule that it needs is gone." in visit("dee").get(f"/rules/replays/{world.replay}").get_data(as_text=True)


def test_an_owner_replays_the_requests_for_their_package(visit: Visit, rt: WebRuntime, world: World) -> None:
    bob, path = visit("bob"), f"/rules/{world.package_rule}"
    filled = {**rule_form(bob, path), **clause(0, "department", "anyOf", "Finance"), "do": "replay"}
    asked = bob.post(path, {**filled, **clause(1, "days", "atMost", "300")})
    assert asked.status_code == 303
    work_due(rt)
    words = bob.get(asked.headers["Location"]).get_data(as_text=True)
    assert "now automatic" in words
    assert "/requests/" not in words.partition("What would differ")[2]
    assert CAST["wes"].name not in words
