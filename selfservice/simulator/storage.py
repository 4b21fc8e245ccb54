"""Where the world survives a restart: a write-through key-value file, or nowhere."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from threading import Lock
from typing import Any, Protocol, TypeAlias

Row: TypeAlias = tuple[str, str, int, Any]


class Storage(Protocol):
    """Remember rows by table and key, each with a sequence number."""

    def put(self, table: str, key: str, seq: int, body: object) -> None:
        """Store or replace one row."""

    def put_many(self, rows: Iterable[Row]) -> None:
        """Store many rows at once."""

    def drop(self, table: str, key: str) -> None:
        """Forget one row."""

    def rows(self, table: str) -> Iterator[tuple[str, int, Any]]:
        """Give all rows of a table in the order of their numbers."""

    def close(self) -> None:
        """Let go of the file."""


class NoStorage:
    """Forget everything at the end of the process."""

    def put(self, table: str, key: str, seq: int, body: object) -> None:
        """Store nothing."""

    def put_many(self, rows: Iterable[Row]) -> None:
        """Store nothing."""

    def drop(self, table: str, key: str) -> None:
        """Have nothing to forget."""

    def rows(self, table: str) -> Iterator[tuple[str, int, Any]]:
        """Give nothing."""
        return iter(())

    def close(self) -> None:
        """Hold nothing."""


class SqliteStorage:
    """Keep the rows in one SQLite file, each write durable against a killed process."""

    def __init__(self, path: Path) -> None:
        """Open the file, creating it on the first start."""
        self._lock = Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("pragma journal_mode=wal")
        # A power cut may lose the last writes; a killed process may not.
        self._connection.execute("pragma synchronous=off")
        self._connection.execute(
            "create table if not exists rows (kind text, key text, seq integer, body text,"
            " primary key (kind, key)) without rowid"
        )

    def put(self, table: str, key: str, seq: int, body: object) -> None:
        """Store or replace one row."""
        with self._lock:
            self._connection.execute(_PUT, (table, key, seq, json.dumps(body)))

    def put_many(self, rows: Iterable[Row]) -> None:
        """Store many rows in one transaction."""
        with self._lock:
            self._connection.execute("begin")
            self._connection.executemany(_PUT, ((t, k, s, json.dumps(b)) for t, k, s, b in rows))
            self._connection.execute("commit")

    def drop(self, table: str, key: str) -> None:
        """Forget one row."""
        with self._lock:
            self._connection.execute("delete from rows where kind = ? and key = ?", (table, key))

    def rows(self, table: str) -> Iterator[tuple[str, int, Any]]:
        """Give all rows of a table in the order of their numbers."""
        with self._lock:
            found = self._connection.execute(
                "select key, seq, body from rows where kind = ? order by seq", (table,)
            ).fetchall()
        return ((key, seq, json.loads(body)) for key, seq, body in found)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()


_PUT = "insert or replace into rows (kind, key, seq, body) values (?, ?, ?, ?)"
