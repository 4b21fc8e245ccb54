"""The second wall: PostgreSQL itself hides rows of other tenants, whatever a statement forgets to ask."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from selfservice.model.audit import AuditEvent
from selfservice.model.tables import metadata
from selfservice.services.runtime import WebRuntime
from selfservice.services.sight import scope_of
from selfservice.store.engine import Sessions, create_sessions
from selfservice.store.scope import EVERYTHING, NOBODY, Scope, enter
from selfservice.store.transaction import reading
from tests.web.cast import CAST, identifier
from tests.web.world import actor_of, make_runtime, make_world

pytestmark = pytest.mark.postgres
WOODGROVE, CONTOSO = identifier("woodgrove"), identifier("contoso")
OWN = {"browser_session", "mail_preference", "delegation", "stage_approver", "proposal_asked", "guest_sponsor"}
"""Tables whose `tenant_id` is the tenant of the person whose row it is."""


@pytest.fixture
def rt(postgres_url: str, tmp_path: Path) -> Iterator[WebRuntime]:
    """Return a runtime over the world of the web tests, on PostgreSQL."""
    runtime = make_runtime(tmp_path, postgres_url)
    make_world(runtime)
    yield runtime
    runtime.sessions.close()


@pytest.fixture
def walled(postgres_url: str) -> Iterator[Sessions]:
    """Return sessions of a web process, behind the wall."""
    sessions = create_sessions(postgres_url, walled=True)
    yield sessions
    enter(NOBODY)
    sessions.close()


def scope(rt: WebRuntime, walled: Sessions, who: str) -> Scope:
    """Return the scope of one of the cast, as a web process finds it out."""
    return scope_of(WebRuntime(**{**vars(rt), "sessions": walled}), actor_of(CAST[who]))


def seen(sessions: Sessions, table: str) -> set[str]:
    """Return the tenants whose rows a statement without any condition finds."""
    with reading(sessions) as tx:
        return set(tx.scalars(select(metadata.tables[table].c.tenant_id).distinct()))


def test_every_table_of_a_tenant_is_walled_for_its_owner_too(rt: WebRuntime) -> None:
    wanted = {name for name, table in metadata.tables.items() if "tenant_id" in table.c} - OWN
    with reading(rt.sessions) as tx:
        found = tx.execute(text("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"))
        assert wanted | {"request_revision"} == set(found.scalars())


def test_nobody_sees_nothing_and_a_worker_everything(rt: WebRuntime, walled: Sessions) -> None:
    enter(NOBODY)
    assert seen(walled, "access_package") == set()
    assert seen(walled, "access_request") == set()
    enter(EVERYTHING)
    assert seen(walled, "access_package") == {CONTOSO, WOODGROVE} == seen(rt.sessions, "access_package")


def test_a_statement_that_forgets_the_tenant_finds_no_row_of_another(rt: WebRuntime, walled: Sessions) -> None:
    both = [name for name, table in metadata.tables.items() if "tenant_id" in table.c and name not in OWN]
    for who, foreign in (("bob", WOODGROVE), ("dee", WOODGROVE), ("wes", CONTOSO), ("wim", CONTOSO)):
        enter(scope(rt, walled, who))
        leaks = {name for name in both if name not in ("decision", "request_message") and foreign in seen(walled, name)}
        assert leaks == set(), (who, json.dumps(sorted(leaks)))
        assert seen(walled, "access_request") == {CAST[who].tenant_id}


def test_the_wall_takes_nothing_away_that_is_ones_own(rt: WebRuntime, walled: Sessions) -> None:
    enter(scope(rt, walled, "ann"))
    assert seen(walled, "access_request") == {CONTOSO, WOODGROVE}
    enter(scope(rt, walled, "bob"))
    with reading(rt.sessions) as tx:
        total = tx.scalar(select(func.count()).select_from(AuditEvent).where(AuditEvent.tenant_id == CONTOSO))
    with reading(walled) as tx:
        assert tx.scalar(select(func.count()).select_from(AuditEvent).where(AuditEvent.tenant_id == CONTOSO)) == total


def test_whoever_is_asked_in_another_tenant_sees_that_request(rt: WebRuntime, walled: Sessions) -> None:
    with reading(rt.sessions) as tx:
        tx.execute(
            text(
                "INSERT INTO stage_approver"
                " (stage_id, tenant_id, object_id, name, because, is_alternate, quiet, asked_at)"
                " SELECT s.id, :tenant, :person, 'Cal', '', false, false, :at FROM approval_stage s"
                " JOIN access_request r ON r.id = s.request_id WHERE r.tenant_id = :woodgrove"
            ),
            {
                "tenant": CONTOSO,
                "person": CAST["cal"].object_id,
                "woodgrove": WOODGROVE,
                "at": datetime(2026, 11, 24, tzinfo=UTC),
            },
        )
        tx.commit()
    enter(scope(rt, walled, "cal"))
    assert WOODGROVE in seen(walled, "access_request")
