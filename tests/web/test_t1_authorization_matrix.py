"""T1: every route, method, person and object against a table that was written by hand (authorization.csv).

`in` sends to the sign-in page. A route that the table does not know fails the suite.
"""

import csv
import json
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from selfservice.model.audit import AuditEvent
from selfservice.model.lifecycle import DEFAULT
from selfservice.model.lifecycle_limits import LIMITS
from selfservice.model.review import Verdict
from selfservice.services import braking
from selfservice.services.overview import reviews
from selfservice.services.reviews import several
from selfservice.services.runtime import WebRuntime
from selfservice.store.transaction import transaction
from tests.web.browser import Visitor
from tests.web.cast import CAST, ENDS_ON, NOW, identifier
from tests.web.world import World, actor_of, content_hash, pull_brake

TABLE = Path(__file__).with_name("authorization.csv")
NOT_DATA = ("endpoint", "method", "object")
ARGUMENT = {
    "catalog": "package_id",
    "catalog_asking": "package_id",
    "requests": "request_id",
    "decide": "request_id",
    "away": "delegation_id",
    "guests": "assignment_id",
    "guests_time": "assignment_id",
    "guests.person": "guest_id",
    "guests_acts": "act_id",
    "proposals": "proposal_id",
    "proposals.several": "bundle",
    "proposals.accept_all": "bundle",
    "proposals.decline_all": "bundle",
    "reviews": "run_id",
    "reviews_campaigns": "campaign_id",
    "reviews_campaigns.close": "run_id",
    "reviews_campaigns.evidence": "run_id",
    "still_needed": "token",
    "guests_redeem": "guest_id",
    "guests_treat": "guest_id",
    "guests_treat.listed": "treatment_id",
    "guests_treat.call_off": "treatment_id",
    "admin": "tenant_id",
    "admin_packages": "package_id",
    "admin_catalogs": "catalog_id",
    "admin_organizations": "organization_id",
    "admin_exclusions": "exclusion_id",
    "admin_exclusions.end": "exception_id",
    "admin_tags": "tag",
    "admin_deliveries": "delivery_id",
    "admin_mails": "mail_id",
    "drift": "finding_id",
    "rules": "change_id",
    "rules_editing": "rule_id",
    "rules_examples": "example_id",
    "rules_replays": "replay_id",
    "static": "filename",
}
OF_ITEMS = frozenset({"reviews.answer", "reviews.item", "reviews.take_back"})
ABSENT = "0" * 32
ADMINS = frozenset({"dee", "wim"})
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


def read_table() -> list[dict[str, str]]:
    with TABLE.open(newline="") as file:
        return list(csv.DictReader(file))


ROWS = read_table()
PEOPLE = tuple(name for name in ROWS[0] if name not in NOT_DATA)
READING = [row for row in ROWS if row["method"] == "GET"]
CHANGING = [row for row in ROWS if row["method"] == "POST"]


def name_of(row: dict[str, str]) -> str:
    return f"{row['endpoint']}-{row['object']}"


def address(site: Flask, world: World, row: dict[str, str]) -> str:
    endpoint, thing = row["endpoint"], row["object"]
    values: dict[str, Any] = {}
    if endpoint == "static":
        values["filename"] = "favicon.svg"
    elif thing != "-":
        known = {"absent": ABSENT, "tenant": identifier("contoso"), "tag": "sensitive", "token": ABSENT}
        values[ARGUMENT.get(endpoint) or ARGUMENT[endpoint.partition(".")[0]]] = known.get(thing) or getattr(
            world, thing
        )
    if endpoint in OF_ITEMS:
        values["item_id"] = world.item
    with site.test_request_context(base_url="https://selfservice.example"):
        return site.url_for(endpoint, **values)


def form_of(rt: WebRuntime, world: World, row: dict[str, str]) -> dict[str, object]:
    """Return what a person who may do it would send."""
    if row["endpoint"].startswith("decide."):
        request_id = getattr(world, row["object"], "")
        seen = content_hash(rt, request_id) if request_id else "0" * 64
        return {"seen": seen, "reason": "no", "justification": "yes", "question": "why?", "why": "a mistake"}
    if row["endpoint"].startswith("away."):
        week = {"starts_on": NOW.date().isoformat(), "ends_on": (NOW.date() + timedelta(days=6)).isoformat()}
        return {**week, "person": CAST["cal"].object_id}
    if row["endpoint"].startswith("reviews."):
        return answer_form(rt, world)
    return {
        "form_key": "form",
        "pick": f"{world.waiting}.{content_hash(rt, world.waiting)}",
        "answer": "yes",
        "justification": "for the close",
        "ends_on": ENDS_ON.isoformat(),
        "new_end": (ENDS_ON + timedelta(days=1)).isoformat(),
        **settings_fields(),
        "guest_address": "new@partner.example",
        "guest_name": "New Guest",
        "sponsor": "me",
        "why": "no longer needed",
        "name": "Ledger",
        "max_days": "30",
        "for_others": "y",
        "roles": f"group:{identifier('users')}::Users",
        "approvers": f"group:{identifier('approvers')}::Approvers",
        "owner": f"group:{identifier('approvers')}::Approvers",
        "package": world.package,
        "domains": "ledger.example",
        "first": world.package,
        "second": world.draft,
        "reason": "never both",
        **drift_fields(world),
        "until": ENDS_ON.isoformat(),
        "address": "newer@partner.example",
        "user_type": "Member",
        **rule_fields(world),
    }


def drift_fields(world: World) -> dict[str, object]:
    """Return the fields of every form about a difference."""
    dates = {f"{name}-until": ENDS_ON.isoformat() for name in ("accept", "adopt")}
    return {
        **{f"{name}-why": "as agreed" for name in ("repair", "revoke", "accept", "adopt")},
        **dates,
        "adopt-package": world.package,
    }


def answer_form(rt: WebRuntime, world: World) -> dict[str, object]:
    """Return the fields of every form about a review, as its reviewer would send them."""
    cy = actor_of(CAST["cy"])
    basis = reviews.item_page(rt, world.run, world.item, cy).item.basis
    bulk = several.prepare_many(rt, world.run, [(world.item, basis)], Verdict.KEEP, by=cy)
    return {"basis": basis, "verdict": "keep", "why": "needed", "pick": f"{world.item}.{basis}", "token": bulk.token}


def settings_fields() -> dict[str, object]:
    """Return the fields of how a tenant looks after its guests."""
    days = dict.fromkeys(LIMITS, "10")
    return {"read_version": "0", "mode": "report", "warn_days": "14, 1", "remind_days": "3", **days}


def rule_fields(world: World) -> dict[str, object]:
    """Return the fields of every form about rules."""
    return {
        "seen": "1",
        "edits": json.dumps([{"remove": world.package_rule}]),
        "position": "2",
        "on": "yes",
        "tag": "month-end",
        "least_quorum": "2",
        "outcome-kind": "deny",
        "outcome-reason": "no",
        "days": "30",
        "whom": "other",
        "expected-kind": "stages",
        "expected-stages-0-approvers-chosen": "packageApprovers:::",
        "expected-stages-0-quorum": "1",
        "expected-stages-0-days_to_answer": "14",
    }


def enter(site: Flask, who: str) -> Visitor:
    visitor = Visitor(site)
    if who in CAST:
        visitor.sign_in(who)
    return visitor


def verdict(visitor: Visitor, row: dict[str, str], path: str, form: dict[str, object]) -> str:
    answer = visitor.send("GET", path) if row["method"] == "GET" else visitor.post(path, form)
    if answer.status_code == 303 and answer.headers["Location"].startswith("/sign-in?"):
        return "in"
    return str(answer.status_code)


def test_t1_the_table_knows_every_route(site: Flask) -> None:
    routes = {
        (rule.endpoint, method)
        for rule in site.url_map.iter_rules()
        for method in rule.methods or ()
        if method not in {"HEAD", "OPTIONS"}
    }
    assert routes == {(row["endpoint"], row["method"]) for row in ROWS}


def test_t1_the_table_knows_everybody() -> None:
    assert set(PEOPLE) == {"stranger", *CAST}


@pytest.mark.parametrize("row", READING, ids=name_of)
def test_t1_who_may_look(site: Flask, rt: WebRuntime, world: World, row: dict[str, str]) -> None:
    path = address(site, world, row)
    found = {who: verdict(enter(site, who), row, path, {}) for who in PEOPLE}
    assert found == {who: row[who] for who in PEOPLE}


@pytest.mark.parametrize("row", CHANGING, ids=name_of)
def test_t1_who_may_change(
    fresh: Callable[[], WebRuntime], serve: Callable[[WebRuntime], Flask], world: World, row: dict[str, str]
) -> None:
    found: dict[str, str] = {}
    used = True
    for who in PEOPLE:
        if used:
            rt = fresh()
            pull_brake(rt, identifier("contoso"))
            stop_lifecycle(rt, identifier("contoso"))
            site = serve(rt)
        found[who] = verdict(enter(site, who), row, address(site, world, row), form_of(rt, world, row))
        # Whoever was refused has left the world as it was.
        used = found[who] == "303"
    assert found == {who: row[who] for who in PEOPLE}


@pytest.mark.parametrize("row", CHANGING, ids=name_of)
def test_t1_nothing_changes_without_the_token_of_the_session(
    site: Flask, rt: WebRuntime, world: World, row: dict[str, str]
) -> None:
    path, form = address(site, world, row), form_of(rt, world, row)
    for who in CAST:
        visitor = enter(site, who)
        before = count_of_events(rt)
        stopped_before = row[who] == "403" and row["endpoint"].startswith(("admin", "drift"))
        assert visitor.send("POST", path, data=form).status_code == (
            403 if stopped_before and who not in ADMINS else 400
        )
        assert count_of_events(rt) == before


@pytest.mark.parametrize("who", ["stranger", "ann", "bob", "dee"])
def test_s26_no_other_method_reaches_a_route(site: Flask, world: World, who: str) -> None:
    open_methods = defaultdict(set)
    for row in ROWS:
        open_methods[address(site, world, row)].add(row["method"])
    visitor = enter(site, who)
    reached = {
        (path, method): status
        for path, allowed in open_methods.items()
        for method in METHODS
        if method not in allowed and (status := visitor.send(method, path).status_code) != 405
    }
    assert reached == {}


def stop_lifecycle(rt: WebRuntime, tenant_id: str) -> None:
    """Stop the lifecycle of a tenant, as too many acts in one day do."""
    with transaction(rt.sessions) as tx:
        braking.brake(tx, rt, tenant_id, DEFAULT)


def count_of_events(rt: WebRuntime) -> int:
    with transaction(rt.sessions) as tx:
        return int(tx.execute(select(func.count()).select_from(AuditEvent)).scalar_one())
