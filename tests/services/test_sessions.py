"""Browser sessions: a random token in the browser, a row here; no row, nobody."""

import dataclasses
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from selfservice.config.settings import Intervals
from selfservice.model.actor import PersonRef
from selfservice.model.identity import VerifiedIdentity
from selfservice.model.session import BrowserSession, token_hash
from selfservice.services import sessions
from selfservice.store.transaction import reading
from tests.services.making import ANN, BOB, CONTOSO, FABRIKAM, HandClock, TestRuntime, make_runtime

SID = "sid-of-the-sign-in-service"


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def rt(database_url: str, clock: HandClock) -> Iterator[TestRuntime]:
    runtime = make_runtime(database_url, clock=clock)
    yield runtime
    runtime.sessions.close()


def who(*, tenant_id: str = FABRIKAM, object_id: str = ANN.object_id, sid: str | None = SID) -> VerifiedIdentity:
    return VerifiedIdentity(
        tenant_id=tenant_id,
        object_id=object_id,
        display_name="Ann Lee",
        user_name="ann@fabrikam.example",
        roles=frozenset(),
        session_hint=sid,
        login_hint=None,
    )


def test_what_is_remembered_comes_back_by_the_token_alone(rt: TestRuntime) -> None:
    token = sessions.create(rt, {"flow": {"state": "s", "n": 1}})
    loaded = sessions.load(rt, token)
    assert loaded == sessions.LoadedSession(data={"flow": {"state": "s", "n": 1}}, tenant_id=None, object_id=None)
    assert sessions.load(rt, f"{token}x") is None
    assert sessions.load(rt, token_hash(token)) is None


def test_s08_the_token_itself_is_stored_nowhere(rt: TestRuntime) -> None:
    token = sessions.create(rt, {"a": 1})
    with reading(rt.sessions) as tx:
        row = tx.scalars(select(BrowserSession)).one()
    assert token not in repr([getattr(row, column.name) for column in BrowserSession.__table__.columns])
    assert len(token) >= 43


def test_saving_replaces_what_is_remembered(rt: TestRuntime) -> None:
    token = sessions.create(rt, {"a": 1})
    sessions.save(rt, token, {"b": 2})
    loaded = sessions.load(rt, token)
    assert loaded is not None
    assert loaded.data == {"b": 2}


def test_s06_signing_in_makes_a_new_token_and_kills_the_old_one(rt: TestRuntime) -> None:
    before = sessions.create(rt, {"flow": 1})
    after = sessions.rotate(rt, before, {"x": 1}, who=who())
    assert after != before
    assert sessions.load(rt, before) is None
    loaded = sessions.load(rt, after)
    assert loaded == sessions.LoadedSession(data={"x": 1}, tenant_id=FABRIKAM, object_id=ANN.object_id)


def test_s07_an_idle_session_is_over(rt: TestRuntime, clock: HandClock) -> None:
    token = sessions.rotate(rt, "", {}, who=who())
    clock.forward(timedelta(minutes=29))
    assert sessions.load(rt, token) is not None
    clock.forward(timedelta(minutes=29))
    assert sessions.load(rt, token) is not None
    clock.forward(timedelta(minutes=31))
    assert sessions.load(rt, token) is None


def test_s07_a_look_that_is_no_use_does_not_keep_a_session_alive(rt: TestRuntime, clock: HandClock) -> None:
    token = sessions.rotate(rt, "", {}, who=who())
    for _ in range(2):
        clock.forward(timedelta(minutes=14))
        assert sessions.load(rt, token, active=False) is not None
    clock.forward(timedelta(minutes=3))
    assert sessions.load(rt, token, active=False) is None


def test_s07_no_use_keeps_a_session_beyond_eight_hours(rt: TestRuntime, clock: HandClock) -> None:
    token = sessions.rotate(rt, "", {}, who=who())
    for _ in range(23):
        clock.forward(timedelta(minutes=20))
        assert sessions.load(rt, token) is not None
    clock.forward(timedelta(minutes=21))
    assert sessions.load(rt, token) is None


def test_a_session_is_touched_at_most_once_a_minute(rt: TestRuntime, clock: HandClock) -> None:
    token = sessions.create(rt, {})
    seen = []
    for _ in range(7):
        clock.forward(timedelta(seconds=20))
        sessions.load(rt, token)
        with reading(rt.sessions) as tx:
            seen.append(tx.get_one(BrowserSession, token_hash(token)).seen_at)
    assert len(set(seen)) == 3


def test_a_short_idle_time_is_kept_to(database_url: str, clock: HandClock) -> None:
    short = Intervals(session_idle=timedelta(seconds=10))
    runtime = make_runtime(database_url, clock=clock, intervals=short)
    token = sessions.create(runtime, {})
    for _ in range(4):
        clock.forward(timedelta(seconds=8))
        assert sessions.load(runtime, token) is not None
    runtime.sessions.close()


def test_an_ended_session_does_not_come_back_by_saving(rt: TestRuntime) -> None:
    token = sessions.create(rt, {"a": 1})
    sessions.end(rt, token)
    sessions.save(rt, token, {"a": 2})
    assert sessions.load(rt, token) is None
    sessions.end(rt, token)


def test_the_sign_in_service_ends_its_own_sessions_of_that_tenant_alone(rt: TestRuntime) -> None:
    mine = [sessions.rotate(rt, "", {}, who=who()) for _ in range(2)]
    other = sessions.rotate(rt, "", {}, who=who(sid="another"))
    elsewhere = sessions.rotate(rt, "", {}, who=who(tenant_id=CONTOSO, object_id=BOB.object_id))
    assert sessions.end_sign_in_session(rt, tenant_id=FABRIKAM, session_hint=SID) == 2
    assert [sessions.load(rt, token) for token in mine] == [None, None]
    assert sessions.load(rt, other) is not None
    assert sessions.load(rt, elsewhere) is not None


@pytest.mark.parametrize("hint", ["", "guess", "%", "sid-of-the-sign-in-servic_"])
def test_a_guessed_hint_ends_nothing(rt: TestRuntime, hint: str) -> None:
    tokens = [sessions.rotate(rt, "", {}, who=who(sid=sid)) for sid in (SID, None)]
    assert sessions.end_sign_in_session(rt, tenant_id=FABRIKAM, session_hint=hint) == 0
    assert None not in [sessions.load(rt, token) for token in tokens]


def test_s09_every_session_of_a_person_can_be_ended(rt: TestRuntime) -> None:
    mine = [sessions.rotate(rt, "", {}, who=who()) for _ in range(2)]
    other = sessions.rotate(rt, "", {}, who=who(object_id=BOB.object_id))
    sessions.end_person(rt, PersonRef(tenant_id=FABRIKAM, object_id=ANN.object_id))
    assert [sessions.load(rt, token) for token in mine] == [None, None]
    assert sessions.load(rt, other) is not None


def test_what_is_over_is_forgotten(rt: TestRuntime, clock: HandClock) -> None:
    for _ in range(3):
        sessions.create(rt, {})
    clock.forward(timedelta(hours=9))
    kept = sessions.create(rt, {})
    with reading(rt.sessions) as tx:
        assert tx.scalar(select(func.count()).select_from(BrowserSession)) == 1
    assert sessions.load(rt, kept) is not None


def test_a_loaded_session_is_a_copy(rt: TestRuntime) -> None:
    token = sessions.create(rt, {"a": 1})
    loaded = sessions.load(rt, token)
    assert loaded is not None
    assert dataclasses.is_dataclass(loaded)
    loaded.data["a"] = 2
    again = sessions.load(rt, token)
    assert again is not None
    assert again.data == {"a": 1}
