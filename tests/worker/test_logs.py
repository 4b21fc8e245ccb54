"""Logs: one JSON object a line, without secrets and without addresses of people, whoever wrote them."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import structlog
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from selfservice.config.logs import configure_logs, redacted
from selfservice.model.directory import Secret

CANARY = "tweet" * 2  # never written out in a line of code, since tracebacks show those


@contextmanager
def logs(capsys: pytest.CaptureFixture[str]) -> Iterator[list[dict[str, object]]]:
    """Log as our processes do, and collect the lines."""
    root, lines = logging.getLogger(), list[dict[str, object]]()
    before, level = root.handlers[:], root.level
    configure_logs()
    try:
        yield lines
    finally:
        root.handlers[:], root.level = before, level
        structlog.reset_defaults()
    written = capsys.readouterr()
    assert written.out == ""
    lines += [json.loads(line) for line in written.err.splitlines()]


def test_each_event_is_one_json_object_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    with logs(capsys) as lines:
        structlog.get_logger().info("two\nlines", tenant="t1", attempts=3, done=True, none=None)
    (line,) = lines
    told = {name: line[name] for name in ("event", "level", "tenant", "attempts", "done", "none")}
    assert told == {"event": "two\nlines", "level": "info", "tenant": "t1", "attempts": 3, "done": True, "none": None}
    assert str(line["timestamp"]).endswith("Z")


def test_what_libraries_log_takes_the_same_form(capsys: pytest.CaptureFixture[str]) -> None:
    with logs(capsys) as lines:
        logging.getLogger("some.library").warning("%s could not be reached", "https://x.example/a?code=canary")
        logging.getLogger("huey").info("Executing canary")
    (line,) = lines
    assert (line["event"], line["logger"]) == ("https://x.example/a?*** could not be reached", "some.library")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("mail to gus@partner.example failed", "mail to ***@*** failed"),
        ("GET /users/gus%40partner.example 404", "GET /users/***@*** 404"),
        ("gus_partner.example#EXT#@contoso.example", "***@***"),
        ("https://login.example/redeem?rd=canary#x", "https://login.example/redeem?***"),
        ("Authorization: Bearer canary.canary-canary", "Authorization: Bearer ***"),
        ("token eyJ0eXAiOiJKV1Qi.eyJhdWQ.c2ln is old", "token *** is old"),
        ("sealed gAAAAABmcanarycanarycanary==", "sealed ***"),
        ("postgresql://app:canary@db.example/x", "postgresql://***@db.example/x"),
        ("step failed: pump of tenant c000 at 10:30", "step failed: pump of tenant c000 at 10:30"),
    ],
)
def test_s40_secrets_and_addresses_are_taken_out_of_every_text(written: str, shown: str) -> None:
    assert redacted(written) == shown


def test_s40_fields_that_hold_secrets_are_hidden_whatever_they_look_like(capsys: pytest.CaptureFixture[str]) -> None:
    secret = {
        "redeem_link": CANARY,
        "access_token": CANARY,
        "password": [CANARY],
        "a": {"clientSecret": CANARY},
    }
    with logs(capsys) as lines:
        structlog.get_logger().info("x", **secret)
        structlog.get_logger().info("y", value=Secret(CANARY), people=[f"{CANARY}@partner.example"])
    assert CANARY not in json.dumps(lines)


def test_s40_a_traceback_shows_no_secret_and_no_bound_value(capsys: pytest.CaptureFixture[str]) -> None:
    engine = create_engine("sqlite://")
    with logs(capsys) as lines:
        with engine.connect() as connection:
            try:
                connection.execute(text("SELECT * FROM missing WHERE a = :a"), {"a": CANARY})
            except OperationalError:
                structlog.get_logger().exception("a statement failed")
        try:
            _fail_about(f"{CANARY}@partner.example", f"https://x.example/?code={CANARY}")
        except ValueError:
            logging.getLogger("some.library").exception("it failed")
    engine.dispose()
    ours, theirs = lines
    assert "no such table" in str(ours["exception"])
    assert "ValueError" in str(theirs["exception"])
    assert CANARY not in json.dumps(lines)


def _fail_about(*what: str) -> None:
    raise ValueError(*what)
