"""The rule workshop: the book, the form of a rule, what a change would do, and keeping it."""

import json
from collections.abc import Callable

import pytest

from selfservice.model.rulebook import ApproverRule, RuleChange, RuleVersion
from selfservice.services.runtime import WebRuntime
from selfservice.store.transaction import reading
from tests.web.browser import HTMX, Visitor
from tests.web.cast import CAST, identifier
from tests.web.house_rules import check_elements, parse_fragment
from tests.web.rule_forms import clause, fields_of, rule_form, stage
from tests.web.world import World

Visit = Callable[[str], Visitor]
NEW = "/rules/new?scope=tenant"
AUTOMATIC: dict[str, object] = {"outcome-kind": "automatic"}
BOB = f"person:{identifier('contoso')}:{CAST['bob'].object_id}:Bob Ray"


def rule_named(rt: WebRuntime, name: str) -> ApproverRule:
    with reading(rt.sessions) as tx:
        return tx.query(ApproverRule).filter_by(name=name).one()


def names_of(rt: WebRuntime) -> list[str]:
    with reading(rt.sessions) as tx:
        kept = tx.query(ApproverRule).filter(ApproverRule.removed_at.is_(None))
        return [row.name for row in sorted(kept, key=lambda row: row.value.order)]


def write(visitor: Visitor, path: str, **fields: object) -> str:
    """Fill in the form of a rule, press the button in `do`, and return the page that comes back."""
    filled = {**rule_form(visitor, path), **{name.replace("__", "-"): value for name, value in fields.items()}}
    answer = visitor.post(path, filled)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def confirm(visitor: Visitor, why: str = "the auditors asked for it") -> int:
    """Save what the page of the last look shows."""
    return visitor.post("/rules/book/save", {**fields_of(visitor, "/rules/book/save"), "why": why}).status_code


def review(visitor: Visitor, path: str, name: str, *parts: dict[str, object]) -> str:
    filled: dict[str, object] = {**rule_form(visitor, path), "name": name, "do": "review"}
    for part in parts:
        filled |= part
    answer = visitor.post(path, filled)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def test_the_rules_are_shown_in_the_order_in_which_they_are_read(visit: Visit) -> None:
    words = visit("ada").get("/rules").get_data(as_text=True)
    assert words.index("Short audits") < words.index("Contractors of ours") < words.index("Interns of ours")
    assert "When department is Audit or beneath it and length of access is at most 14 days" in words
    assert "Read where packages and catalogs say nothing." in words
    assert "An ordinary request is decided" in words
    assert "New rule" not in words


def test_an_auditor_reads_a_rule_with_its_versions_and_has_no_form(visit: Visit, world: World) -> None:
    ada = visit("ada")
    words = ada.get(f"/rules/{world.rule}").get_data(as_text=True)
    assert "the first rules" in words
    assert "Review and save" not in words
    assert ada.post(f"/rules/{world.rule}", {"do": "review"}).status_code == 404


def test_a_clause_is_added_and_removed_without_losing_what_is_typed(visit: Visit) -> None:
    dee = visit("dee")
    write(dee, NEW, name="Short", do="clause", about="days")
    once = {**fields_of(dee, NEW), **clause(0, "days", "atMost", "30"), "do": "clause", "about": "department"}
    words = dee.post(NEW, once).get_data(as_text=True)
    twice = fields_of(dee, NEW)
    assert (twice["name"], twice["clauses-0-typed"]) == (["Short"], ["30"])
    assert "Finance/* is Finance and every department beneath it." in words
    dee.post(NEW, {**twice, "do": "drop-clause:0"})
    left = fields_of(dee, NEW)
    assert left["clauses-1-attribute"] == ["department"]
    assert "clauses-0-attribute" not in left


def test_up_to_three_stages_are_added_and_their_people_travel_along(visit: Visit) -> None:
    dee = visit("dee")
    write(dee, NEW, name="Two stages", do="stage")
    dee.post(NEW, {**fields_of(dee, NEW), "outcome-stages-1-approvers-add": BOB, "do": "stage"})
    fields = fields_of(dee, NEW)
    assert fields["outcome-stages-1-approvers-chosen"] == [BOB]
    assert "outcome-stages-2-quorum" in fields
    dee.post(NEW, {**fields, "do": "stage"})
    assert "outcome-stages-3-quorum" not in fields_of(dee, NEW)
    dee.post(NEW, {**fields, "do": "drop-stage:0"})
    assert "outcome-stages-0-quorum" not in fields_of(dee, NEW)


def test_people_are_found_by_name_among_all_who_may_decide(visit: Visit) -> None:
    dee = visit("dee")
    found = write(dee, NEW, do="find", outcome__stages__0__approvers__search="lee wu")
    assert "Lee Wu" in found
    assert f">{CAST['wes'].name}" not in found


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (clause(0, "days", "atMost", "thirty"), "One whole number is needed here."),
        (clause(0, "department", "anyOf", ""), "Choose or write a value, or remove this clause."),
        (clause(0, "department", "atMost", "3"), "Only a number can be compared by size."),
        (clause(0, "favouriteColour", "anyOf", "red"), "Load the page again."),
        ({"outcome-kind": "deny", "outcome-reason": ""}, "Say in a sentence why it is refused."),
        (stage(0, escalate_after_days="3"), "Name somebody who decides in this stage."),
        (stage(0, BOB, escalate_after_days="3"), "Name the others and the days"),
        ({"name": ""}, "Name the rule."),
    ],
)
def test_what_is_wrong_in_a_rule_is_said_where_it_is(visit: Visit, part: dict[str, object], words: str) -> None:
    dee = visit("dee")
    answer = dee.post(NEW, {**rule_form(dee, NEW), "name": "Wrong", "do": "review", **part})
    assert answer.status_code == 400
    assert words in answer.get_data(as_text=True)


def test_trying_a_rule_shows_the_example_that_it_would_break(visit: Visit, rt: WebRuntime) -> None:
    dee = visit("dee")
    words = write(dee, NEW, name="All", do="try", outcome__kind="automatic")
    assert "Breaks the example “An ordinary request is decided”" in words
    assert "1 of 1 waiting request would go another way" in words
    assert "All" not in names_of(rt)


def test_trying_answers_htmx_with_the_preview_alone(visit: Visit) -> None:
    dee = visit("dee")
    filled = {**rule_form(dee, NEW), "name": "All", "do": "try", "csrf_token": dee.csrf_token(), **AUTOMATIC}
    answer = dee.send("POST", NEW, data=filled, headers=HTMX)
    words = answer.get_data(as_text=True)
    check_elements(parse_fragment(answer))
    assert words.strip().startswith('<div id="preview"')
    assert "Breaks the example" in words
    half = dee.send("POST", NEW, data={**filled, **clause(0, "days", "atMost")}, headers=HTMX)
    assert "Not complete yet" in half.get_data(as_text=True)


def test_a_broken_example_stops_the_save_and_is_named(visit: Visit, rt: WebRuntime) -> None:
    dee = visit("dee")
    assert "It cannot be saved" in review(dee, NEW, "All", AUTOMATIC)
    answer = dee.post("/rules/book/save", {**fields_of(dee, "/rules/book/save"), "why": "it is quicker"})
    assert answer.status_code == 409
    assert "The example “An ordinary request is decided” would not be true any more" in answer.get_data(as_text=True)
    assert "All" not in names_of(rt)


def test_a_new_rule_is_looked_at_and_kept_with_its_reason(visit: Visit, rt: WebRuntime) -> None:
    dee = visit("dee")
    parts = (clause(0, "jobTitle", "anyOf", "Trainee\nStudent"), stage(0, BOB, justification_required="y"))
    words = review(dee, NEW, "Trainees", *parts)
    assert "When job title is Trainee or Student" in words
    assert "This will mail 1 person about each request" in words
    assert confirm(dee, "") == 400
    assert confirm(dee) == 303
    kept = rule_named(rt, "Trainees").value
    assert [each.values for each in kept.clauses] == [("Trainee", "Student")]
    shown = dee.get(f"/rules/{kept.id}").get_data(as_text=True)
    assert "the auditors asked for it" in shown
    assert fields_of(dee, f"/rules/{kept.id}")["outcome-stages-0-approvers-chosen"] == [BOB]


def test_a_rule_that_is_saved_as_it_is_says_that_nothing_changes(visit: Visit, world: World) -> None:
    dee = visit("dee")
    review(dee, f"/rules/{world.rule}", "Contractors of ours")
    assert confirm(dee) == 409


def test_the_form_gives_back_every_part_of_a_rule(visit: Visit, rt: WebRuntime, world: World) -> None:
    dee = visit("dee")
    before = rule_named(rt, "Contractors of ours").value
    review(dee, f"/rules/{world.rule}", "Contractors")
    assert confirm(dee) == 303
    after = rule_named(rt, "Contractors").value
    assert (after.clauses, after.outcome, after.note) == (before.clauses, before.outcome, before.note)
    assert (after.position, after.band, after.version) == (before.position, before.band, 2)


def test_a_change_meanwhile_is_shown_and_not_overwritten(visit: Visit, rt: WebRuntime, world: World) -> None:
    dee, other = visit("dee"), visit("dee")
    review(dee, f"/rules/{world.rule}", "Mine")
    review(other, f"/rules/{world.rule}", "Theirs")
    assert confirm(other) == 303
    answer = dee.post("/rules/book/save", {**fields_of(dee, "/rules/book/save"), "why": "I was first"})
    assert answer.status_code == 409
    assert "Dee Fox changed the rule “Theirs” meanwhile." in answer.get_data(as_text=True)
    assert "Mine" not in names_of(rt)
    assert confirm(dee, "seen and still wanted") == 303
    assert "Mine" in names_of(rt)


def test_a_rule_is_changed_further_from_its_last_look(visit: Visit) -> None:
    dee = visit("dee")
    review(dee, NEW, "Trainees", clause(0, "jobTitle", "anyOf", "Trainee"), stage(0, BOB))
    dee.post(NEW, {**fields_of(dee, "/rules/book/save"), "do": "edit"})
    fields = fields_of(dee, NEW)
    assert fields["name"] == ["Trainees"]
    assert fields["clauses-0-typed"] == ["Trainee"]
    assert fields["outcome-stages-0-approvers-chosen"] == [BOB]


def test_a_rule_is_removed_with_a_reason_and_its_versions_stay(visit: Visit, rt: WebRuntime, world: World) -> None:
    dee = visit("dee")
    assert "When job title is Contractor" in dee.get(f"/rules/{world.rule}/remove").get_data(as_text=True)
    assert confirm(dee) == 303
    assert "Contractors of ours" not in names_of(rt)
    with reading(rt.sessions) as tx:
        assert tx.get_one(RuleVersion, (world.rule, 2)).removed


def test_rules_change_their_places(visit: Visit, rt: WebRuntime, world: World) -> None:
    dee = visit("dee")
    dee.get("/rules")
    fields = fields_of(dee, f"/rules/{world.rule}/move")
    assert dee.post(f"/rules/{world.rule}/move", fields).status_code == 303
    assert names_of(rt) == ["Short audits", "Interns of ours", "Contractors of ours"]
    assert dee.post(f"/rules/{world.rule}/move", fields).status_code == 409


def test_what_was_lost_on_the_way_is_no_change(visit: Visit) -> None:
    for nonsense in ("", "no json", "{}", "[]", "[1]", json.dumps([{"put": None}])):
        answer = visit("dee").post("/rules/book/save", {"edits": nonsense, "seen": "1", "why": "because"})
        assert answer.status_code == 409, nonsense


def test_a_second_person_agrees_to_a_change(visit: Visit, rt: WebRuntime, world: World) -> None:
    bob, dee = visit("bob"), visit("dee")
    assert dee.post("/rules/book/second-person", {"on": "yes"}).status_code == 303
    assert "A second person must agree" in review(bob, f"/rules/{world.package_rule}", "Longer audits")
    assert confirm(bob) == 303
    assert "Longer audits" not in names_of(rt)
    with reading(rt.sessions) as tx:
        change = tx.query(RuleChange).filter_by(proposed_by_name="Bob Ray", why="the auditors asked for it").one().id
    assert "Longer audits" in dee.get(f"/rules/changes/{change}").get_data(as_text=True)
    assert dee.post(f"/rules/changes/{change}/agree").status_code == 303
    assert "Longer audits" in names_of(rt)
    shown = dee.get(f"/rules/{world.package_rule}").get_data(as_text=True)
    assert "Bob Ray, agreed by Dee Fox" in shown


def test_s15_nobody_agrees_to_their_own_change_of_rules(visit: Visit, rt: WebRuntime, world: World) -> None:
    bob = visit("bob")
    words = bob.get(f"/rules/changes/{world.change}").get_data(as_text=True)
    assert "somebody else who keeps these rules must agree" in words
    assert bob.post(f"/rules/changes/{world.change}/agree").status_code == 403
    assert rule_named(rt, "Short audits").enabled


def test_a_change_is_rejected_with_a_reason_or_taken_back(visit: Visit, world: World) -> None:
    dee = visit("dee")
    assert dee.post(f"/rules/changes/{world.change}/reject", {"why": ""}).status_code == 400
    assert dee.post(f"/rules/changes/{world.change}/reject", {"why": "they go on"}).status_code == 303
    assert dee.post(f"/rules/changes/{world.change}/agree").status_code == 409
    assert visit("bob").post(f"/rules/changes/{world.change}/withdraw").status_code == 409


def test_s22_an_owner_sees_and_writes_only_their_part(visit: Visit, rt: WebRuntime, world: World) -> None:
    bob = visit("bob")
    words = bob.get("/rules").get_data(as_text=True)
    assert "Short audits" in words
    assert "Contractors" not in words and "An ordinary request" not in words and "Ask for a second person" not in words
    review(bob, f"/rules/{world.package_rule}", "Audits")
    assert confirm(bob) == 303
    assert "Audits" in names_of(rt)


@pytest.mark.parametrize("who", ["bob", "cal", "lee", "ada", "wim", "ann"])
def test_s22_what_is_not_ones_own_cannot_be_reached_by_any_field(
    visit: Visit, rt: WebRuntime, world: World, who: str
) -> None:
    visitor = visit(who)
    foreign = {
        "put": world.rule,
        "name": "Taken",
        "band": "first",
        "scope": "",
        "when": [],
        "then": {"automatic": True},
    }
    moved = {**foreign, "put": None, "band": "package", "scope": world.other_package}
    away = ({"remove": world.rule}, {"move": world.rule, "position": 2})
    for edit in (foreign, *away) if who == "wim" else (foreign, moved, *away, {"secondPerson": True}):
        sent = {"edits": json.dumps([edit]), "seen": "9", "why": "because"}
        assert visitor.post("/rules/book/save", sent).status_code in {404, 409}, edit
    for scope in (world.other_package, identifier("nothing")):
        if who != "wim":
            assert visitor.post(f"/rules/new?scope={scope}", {"name": "Taken"}).status_code == 404
    assert names_of(rt) == ["Short audits", "Contractors of ours", "Interns of ours"]


def test_rules_appear_in_the_navigation_of_those_who_have_to_do_with_them(visit: Visit) -> None:
    has = {who: 'href="/rules"' in visit(who).get("/").get_data(as_text=True) for who in ("bob", "dee", "ada", "lee")}
    assert has == {"bob": True, "dee": True, "ada": True, "lee": False}
