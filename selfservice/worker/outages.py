"""What it looks like when the database or the queue is away: it happens, is logged in a line, and is waited out."""

import sqlite3

import psycopg
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

OUTAGES = (
    OperationalError,
    InterfaceError,
    NoConnectionFree,
    sqlite3.OperationalError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
    OSError,
)


def words(outage: BaseException) -> str:
    """Return what happened in one line; what was bound to a statement stands in later ones."""
    said = str(outage).splitlines() or [""]
    return f"{type(outage).__name__}: {said[0]}"
