"""P10: what it costs to begin a review of a million guests, beside one bare INSERT ... SELECT of as many rows."""

import resource
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

from sqlalchemy import Engine, MetaData, create_engine, quoted_name, text
from sqlalchemy.engine import make_url

from selfservice.bench.guests import MAKER, TENANT, Company, reviewer_of, seed
from selfservice.bench.installing import runtime
from selfservice.bench.measuring import Figure, Pair, WrongAnswer, times_slower
from selfservice.bench.scale import Setup
from selfservice.model.actor import Actor
from selfservice.model.review import ReviewCampaign, ReviewItem
from selfservice.model.review_plan import ReviewPlan, ScopeKind, plan_to_data
from selfservice.model.tables import metadata
from selfservice.services import posting
from selfservice.services.overview.reviews import review_page
from selfservice.services.reviews import starting
from selfservice.services.runtime import Runtime
from selfservice.store.engine import create_sessions
from selfservice.store.transaction import reading, transaction

SCHEMA = "selfservice_bench"
"""Where our tables are made in a database that is not our own; it is dropped afterwards."""

BARE = """
INSERT INTO peer (run_id, subject_id, tenant_id, guest_id, reviewer, because, flags, sampled, state, basis, address,
    company)
SELECT :run_id, guest.id, guest.tenant_id, guest.id,
    min(assignment.sponsor_tenant_id || '/' || assignment.sponsor_object_id), 'sponsors', 1, false, 'open',
    guest.standing || '|' || count(assignment.id) || '|' || max(assignment.ends_on) || '|'
    || min(assignment.sponsor_object_id) || '|' || max(assignment.sponsor_object_id),
    min(coalesce(person.mail_key, guest.address_key)), min(coalesce(person.company_name, ''))
FROM guest
LEFT JOIN assignment ON assignment.guest_id = guest.id AND assignment.state IN ('active', 'ending', 'endFailed')
LEFT JOIN person ON person.tenant_id = guest.tenant_id AND person.object_id = guest.object_id
WHERE guest.tenant_id = :tenant AND guest.standing IN ('active', 'blocked')
GROUP BY guest.id
"""
"""The least that has to be done: as many rows of the same guests, accesses and people, in one statement, without
asking whether the sponsor is still there, who comes next, what was seen last time, or what is striking.
"""

PLAN = ReviewPlan(name="All guests", scope=ScopeKind.TENANT)


KILOBYTES = 1024


@dataclass(frozen=True, kw_only=True)
class Place:
    """A database full of guests, and a runtime over it."""

    rt: Runtime
    engine: Engine


def run(setup: Setup) -> Mapping[str, Figure]:
    """Measure; the items have to be those that a walk over the guests, one by one, gives."""
    company = Company(guests=setup.scale.guests, sponsors=setup.scale.sponsors)
    with _place(setup) as place:
        setup.say(f"  making {company.guests:,} guests of {company.sponsors:,} sponsors ({place.engine.dialect.name})")
        seed(place.engine, company)
        before = _peak()
        run_id = _start(place)
        grown = _peak() - before
        began = perf_counter()
        page = review_page(place.rt, run_id, _first_reviewer(place, run_id))
        first_page = perf_counter() - began
        if not page.items:
            raise WrongAnswer("the first page of a reviewer is empty")
        _check(place, run_id, company, setup.scale.checked)
        setup.say("  beginning a review against one bare statement")
        _make_peer(place)
        pair = Pair(ours=lambda _half: _timed_start(place), theirs=lambda _half: _timed_bare(place))
        return {
            "over_bare": times_slower(pair, setup.scale.review_rounds),
            "first_page_s": _one(first_page),
            "memory_mb": _one(max(grown, 1) / KILOBYTES),
        }


@contextmanager
def _place(setup: Setup) -> Iterator[Place]:
    url, apart = setup.url, make_url(setup.url).get_backend_name() != "sqlite"
    outside = create_engine(setup.url)
    if apart:
        with outside.begin() as connection:
            connection.execute(text(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"))
            connection.execute(text(f"CREATE SCHEMA {SCHEMA}"))
        inside = make_url(setup.url).update_query_dict({"options": f"-csearch_path={SCHEMA}"})
        url = inside.render_as_string(hide_password=False)
    engine, sessions = create_engine(url), create_sessions(url)
    try:
        metadata.create_all(engine)
        yield Place(rt=runtime(url, sessions), engine=engine)
    finally:
        sessions.close()
        engine.dispose()
        if apart:
            with outside.begin() as connection:
                connection.execute(text(f"DROP SCHEMA {SCHEMA} CASCADE"))
        outside.dispose()


def _start(place: Place) -> str:
    rt = place.rt
    with transaction(rt.sessions) as tx:
        campaign = ReviewCampaign(
            tenant_id=TENANT,
            body=plan_to_data(PLAN),
            first_start=rt.clock().date(),
            next_start=rt.clock().date(),
            created_at=rt.clock(),
            created_by_tenant_id=MAKER.tenant_id,
            created_by_object_id=MAKER.object_id,
            created_by_name=MAKER.name,
        )
        tx.add(campaign)
        tx.flush()
        run = starting.begin(tx, rt, campaign, by=MAKER)
    if run is None:
        raise WrongAnswer("no run was begun")
    starting.fill(rt, run.id)
    return run.id


def _timed_start(place: Place) -> float:
    began = perf_counter()
    run_id = _start(place)
    taken = perf_counter() - began
    with place.engine.begin() as connection:
        for table in ("review_item", "review_tally"):
            connection.execute(text(f"DELETE FROM {table}"))
        connection.execute(text("DELETE FROM review_run WHERE id = :id"), {"id": run_id})
    _tidy(place)
    return taken


def _make_peer(place: Place) -> None:
    """Make a table like ours for the peer, and empty ours."""
    with place.engine.begin() as connection:
        peer = ReviewItem.metadata.tables[ReviewItem.__tablename__].to_metadata(MetaData(), name="peer")
        peer.primary_key.name = quoted_name("pk_peer", quote=None)
        for index in peer.indexes:
            index.name = quoted_name("ix_peer", quote=None)
        peer.create(connection)
        for emptied in ("review_item", "review_tally"):
            connection.execute(text(f"DELETE FROM {emptied}"))
    _tidy(place)


def _timed_bare(place: Place) -> float:
    began = perf_counter()
    with place.engine.begin() as connection:
        connection.execute(text(BARE), {"run_id": "f" * 32, "tenant": TENANT})
    taken = perf_counter() - began
    with place.engine.begin() as connection:
        connection.execute(text("DELETE FROM peer"))
    _tidy(place)
    return taken


def _tidy(place: Place) -> None:
    """Leave nothing behind that the next round would pay for."""
    with place.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if place.engine.dialect.name == "sqlite":
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        else:
            for table in ("review_item", "review_tally", "peer"):
                connection.execute(text(f"VACUUM {table}"))


def _check(place: Place, run_id: str, company: Company, checked: int) -> None:
    with reading(place.rt.sessions) as tx:
        total = tx.scalar(text("SELECT count(*) FROM review_item WHERE run_id = :id"), {"id": run_id})
        if total != company.guests:
            raise WrongAnswer(f"{total} items instead of {company.guests}")
        for number in range(0, company.guests, max(1, company.guests // checked)):
            expected = reviewer_of(company, number)
            item = tx.get(ReviewItem, (run_id, company.guest_id(number)))
            if item is None or item.reviewer != expected:
                raise WrongAnswer(f"guest {number}: {item and item.reviewer!r} instead of {expected!r}")


def _first_reviewer(place: Place, run_id: str) -> Actor:
    with reading(place.rt.sessions) as tx:
        busiest = "SELECT reviewer FROM review_tally WHERE run_id = :id ORDER BY open DESC, reviewer LIMIT 1"
        ref = posting.ref_of(str(tx.scalar(text(busiest), {"id": run_id})))
    return Actor(tenant_id=ref.tenant_id, object_id=ref.object_id, name="a reviewer")


def _one(value: float) -> Figure:
    return Figure(value=value, low=value, high=value)


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
