"""S23: what one resource tenant writes never reaches the people of another: no page, search, mail or error says it.

The pages are found by the application's own map, so that whoever adds one is held to this without doing anything.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Table, func, select, update
from sqlalchemy.orm import Session

from selfservice.factory import create_app
from selfservice.model.mail import OutboxMail
from selfservice.model.tables import metadata
from selfservice.services.requesting import Ask, submit
from selfservice.services.runtime import WebRuntime
from selfservice.store.engine import create_sessions
from selfservice.store.transaction import reading, transaction
from tests.web.browser import Visitor
from tests.web.cast import CAST, ENDS_ON, identifier
from tests.web.world import World, actor_of, make_runtime, make_world

CANARY = {identifier("contoso"): "zqcontoso", identifier("woodgrove"): "zqwoodgrove"}
WORDS = frozenset(
    ("name", "description", "justification", "message", "reason", "why", "display_name", "company", "note", "title")
) | frozenset(("guest_name", "guest_company", "package_name", "cause", "answer", "text", "resource_name", "owner_name"))
"""Columns of words that people write or read."""

FOREIGN = {"bob": "woodgrove", "cal": "woodgrove", "dee": "woodgrove", "wes": "contoso", "wim": "contoso"}
"""Who decides, only works, and administers at one tenant; and whose words they must never read."""

SEARCHED = ("search", "q", "find", "person", "who", "text", "guest")


def plant(tx: Session) -> None:
    """Write a canary into every word that belongs to a resource tenant."""
    for table in metadata.tables.values():
        if "tenant_id" in table.c:
            for tenant_id, canary in CANARY.items():
                _mark(tx, table, canary, tenant_id)


def _mark(tx: Session, table: Table, canary: str, tenant_id: str) -> None:
    words = [column for column in table.c if column.name in WORDS and column.type.python_type is str]
    for column in words:
        marked = func.substr(column, 1, 80).concat(f" {canary}")
        tx.execute(update(table).where(table.c.tenant_id == tenant_id, column != "").values({column.name: marked}))


def ids(tx: Session) -> dict[str, list[str]]:
    """Return every id that an address may hold, by what an address calls it."""
    found = {"tenant_id": list(CANARY)}
    for name, table in metadata.tables.items():
        if [column.name for column in table.primary_key] == ["id"]:
            found[f"{name}_id"] = [str(key) for key in tx.scalars(select(table.c.id).limit(4))]
    return found


def addresses(site: Flask, known: dict[str, list[str]]) -> Iterator[str]:
    """Yield every page of the application: with each thing that it may be about, and each search for a canary."""
    for rule in site.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint in ("static", "signing_in.start"):
            continue
        if not rule.arguments:
            yield rule.rule
            for canary in CANARY.values():
                yield f"{rule.rule}?{'&'.join(f'{name}={canary}' for name in SEARCHED)}"
        elif len(rule.arguments) == 1:
            (argument,) = rule.arguments
            for value in _values(argument, known):
                yield re.sub(r"<[^>]+>", value, rule.rule)


def _values(argument: str, known: dict[str, list[str]]) -> list[str]:
    kind = argument.removesuffix("_id")
    return [value for name, values in known.items() if kind in name for value in values]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def marked(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[WebRuntime, World]]:
    """Return a runtime over a world in which every word of a tenant carries its canary."""
    rt = make_runtime(tmp_path, request.getfixturevalue(f"{request.param}_url"))
    world = make_world(rt)
    with transaction(rt.sessions) as tx:
        plant(tx)
    yield rt, world
    rt.sessions.close()


@pytest.fixture
def walled(marked: tuple[WebRuntime, World]) -> Iterator[WebRuntime]:
    """Return the same as a web process has it: behind the wall, where there is one."""
    rt = marked[0]
    sessions = create_sessions(rt.settings.database_url, walled=True)
    yield replace(rt, sessions=sessions)
    sessions.close()


def crawl(rt: WebRuntime, walled: WebRuntime, who: str) -> dict[str, tuple[int, str]]:
    """Open every page as somebody, and return what each said."""
    site = create_app(walled)
    visitor = Visitor(site)
    assert visitor.sign_in(who).status_code == 303
    with reading(rt.sessions) as tx:
        known = ids(tx)
    answers = {}
    for address in addresses(site, known):
        answer = visitor.client.get(address, base_url=visitor.base_url)
        answers[address] = (answer.status_code, answer.get_data(as_text=True))
    return answers


def test_s23_no_page_says_a_word_of_another_tenant(marked: tuple[WebRuntime, World], walled: WebRuntime) -> None:
    for who, foreign in FOREIGN.items():
        said = crawl(marked[0], walled, who)
        # What was typed into a search comes back in its field.
        leaks = [
            address for address, (_, text) in said.items() if f"zq{foreign}" in text and f"=zq{foreign}" not in address
        ]
        assert leaks == [], who
        assert [address for address, (status, _) in said.items() if status >= 500] == []
        own = [address for address, (_, text) in said.items() if f"zq{CAST[who].tenant}" in text and "?" not in address]
        assert own or who == "cal"


@pytest.mark.parametrize("who", ["ann", "dee"])
def test_s23_the_second_wall_changes_no_page_that_the_first_one_shows(
    marked: tuple[WebRuntime, World], walled: WebRuntime, who: str
) -> None:
    plain, behind = crawl(marked[0], marked[0], who), crawl(marked[0], walled, who)
    assert {address: status for address, (status, _) in plain.items()} == {
        address: status for address, (status, _) in behind.items()
    }
    own = f"zq{CAST[who].tenant}" if who != "ann" else "zqcontoso"
    telling = [{page for page, (_, text) in said.items() if own in text} for said in (plain, behind)]
    assert telling[0] == telling[1]


def test_s23_no_mail_says_a_word_of_another_tenant(marked: tuple[WebRuntime, World]) -> None:
    rt, world = marked
    for number, package_id in enumerate((world.package, world.other_package)):
        _ask_again(rt, package_id, f"new{number}@partner.example")
    with reading(rt.sessions) as tx:
        mails = tx.scalars(select(OutboxMail)).all()
        told = [(mail.to_address, json.dumps(mail.facts)) for mail in mails]
    assert any("zqcontoso" in facts for _, facts in told)
    for address, facts in told:
        for here, there in (("contoso", "woodgrove"), ("woodgrove", "contoso")):
            assert not (address.endswith(f"@{here}.example") and f"zq{there}" in facts), address


def _ask_again(rt: WebRuntime, package_id: str, address: str) -> None:
    ask = Ask(
        form_key=address,
        package_id=package_id,
        for_self=False,
        justification="for the close",
        ends_on=ENDS_ON,
        guest_address=address,
        guest_name="New Guest",
    )
    submit(rt, ask, by=actor_of(CAST["ann"]))
