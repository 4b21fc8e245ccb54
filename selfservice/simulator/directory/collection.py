"""One kind of object of one tenant: by id, by address, in order, and with its history of changes."""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from selfservice.simulator.directory.shapes import Properties
from selfservice.simulator.storage import Row, Storage


@dataclass(frozen=True, kw_only=True)
class Change:
    """One entry of the history: what happened to which object, and when."""

    seq: int
    at: float
    id: str
    names: frozenset[str] | None


class Collection:
    """Hold the live, the soft-deleted and the forgotten objects of one kind."""

    def __init__(self, table: str, storage: Storage, now: Callable[[], float]) -> None:
        """Start empty; `load` brings back what the storage knows."""
        self.table = table
        self.live: dict[str, Properties] = {}
        self.deleted: dict[str, Properties] = {}
        self.order: list[str] = []
        self.keys: dict[str, set[str]] = {}
        self.epoch = 0
        self._storage = storage
        self._now = now
        self._visible_from: dict[str, float] = {}
        self._seqs = array("q")
        self._times = array("d")
        self._log: list[tuple[str, frozenset[str] | None]] = []
        self._last: dict[str, int] = {}

    def load(self) -> None:
        """Bring back what an earlier process stored."""
        for key, seq, row in self._storage.rows(self.table):
            state, body = row["state"], row["body"]
            if state == "live":
                self.live[key] = body
                self._index(key, body)
            elif state == "deleted":
                self.deleted[key] = body
            self.order.append(key)
            self._append(seq, row["at"], key, None)

    @property
    def newest(self) -> int:
        """Return the number of the latest change."""
        return self._seqs[-1] if self._seqs else 0

    def add(self, body: Properties, *, visible_after: float | None = None) -> Properties:
        """Take in a new object; by id it can be seen after so many seconds, at once if None."""
        key = body["id"]
        self.live[key] = body
        self.order.append(key)
        self._index(key, body)
        if visible_after is not None:
            self._visible_from[key] = self._now() + visible_after
        self._record(key, None)
        return body

    def add_many(self, bodies: Iterable[Properties]) -> int:
        """Take in many objects in one write, visible at once."""
        rows: list[Row] = []
        for body in bodies:
            key = body["id"]
            self.live[key] = body
            self.order.append(key)
            self._index(key, body)
            seq = self._append(self.newest + 1, self._now(), key, None)
            rows.append((self.table, key, seq, self._row(key)))
        self._storage.put_many(rows)
        return len(rows)

    def change(self, key: str, changes: Properties) -> None:
        """Set properties of a live object."""
        body = self.live[key]
        self._unindex(key, body)
        body.update(changes)
        self._index(key, body)
        self._record(key, frozenset(changes))

    def touch(self, key: str, name: str) -> None:
        """Note that a relationship of the object changed."""
        if key in self.live:
            self._record(key, frozenset((name,)))

    def note(self, key: str, changes: Properties) -> None:
        """Set properties that are kept outside the directory, so that no delta tells of them."""
        self.live[key].update(changes)
        seq = self._seqs[self._last[key]]
        self._storage.put(self.table, key, seq, self._row(key))

    def remove(self, key: str, stamp: str) -> None:
        """Delete an object softly: it can come back."""
        body = self.live.pop(key)
        self._unindex(key, body)
        body["deletedDateTime"] = stamp
        self.deleted[key] = body
        self._record(key, None)

    def restore(self, key: str) -> Properties:
        """Bring a softly deleted object back with its id."""
        body = self.deleted.pop(key)
        body.pop("deletedDateTime", None)
        self.live[key] = body
        self._index(key, body)
        self._record(key, None)
        return body

    def purge(self, key: str) -> None:
        """Forget an object for good; only its id stays in the history."""
        body = self.live.pop(key, None)
        if body is not None:
            self._unindex(key, body)
        self.deleted.pop(key, None)
        self._record(key, None)

    def get(self, key: str) -> Properties | None:
        """Find a live object that has already been copied to where reads are answered."""
        body = self.live.get(key)
        return body if body is not None and self.visible(key) else None

    def visible(self, key: str, margin: float = 0.0) -> bool:
        """Tell whether replication has reached the readers, lists being slower by a margin."""
        due = self._visible_from.get(key)
        if due is None:
            return True
        if self._now() >= due + max(margin, 600.0):
            del self._visible_from[key]
        return self._now() >= due + margin

    def by_key(self, value: str) -> list[Properties]:
        """Find live objects by one of their indexed values (address, app id), any letter case."""
        return [self.live[key] for key in sorted(self.keys.get(value.lower(), ()))]

    def changes(self, after: int, until: float) -> Iterator[Change]:
        """Give the latest change of each object after a number, none younger than a time."""
        for position in range(bisect_right(self._seqs, after), len(self._seqs)):
            if self._times[position] > until:
                return
            key, names = self._log[position]
            if self._last[key] == position:
                yield Change(
                    seq=self._seqs[position],
                    at=self._times[position],
                    id=key,
                    names=names,
                )

    def names_since(self, after: int) -> dict[str, frozenset[str] | None]:
        """Give per object the names that changed after a number; None means all of it."""
        found: dict[str, frozenset[str] | None] = {}
        for position in range(bisect_right(self._seqs, after), len(self._seqs)):
            key, names = self._log[position]
            before = found.get(key, frozenset())
            found[key] = None if names is None or before is None else before | names
        return found

    def _record(self, key: str, names: frozenset[str] | None) -> None:
        seq = self._append(self.newest + 1, self._now(), key, names)
        self._storage.put(self.table, key, seq, self._row(key))

    def _append(self, seq: int, at: float, key: str, names: frozenset[str] | None) -> int:
        self._seqs.append(seq)
        self._times.append(at)
        self._last[key] = len(self._log)
        self._log.append((key, names))
        return seq

    def _row(self, key: str) -> Properties:
        at = self._times[self._last[key]]
        if key in self.live:
            return {"state": "live", "at": at, "body": self.live[key]}
        if key in self.deleted:
            return {"state": "deleted", "at": at, "body": self.deleted[key]}
        return {"state": "gone", "at": at, "body": None}

    def _index(self, key: str, body: Properties) -> None:
        for value in indexed_values(body):
            self.keys.setdefault(value, set()).add(key)

    def _unindex(self, key: str, body: Properties) -> None:
        for value in indexed_values(body):
            holders = self.keys.get(value)
            if holders is not None:
                holders.discard(key)
                if not holders:
                    del self.keys[value]


def indexed_values(body: Properties) -> set[str]:
    """Name the values an object can be found by without reading them all."""
    names = ("mail", "userPrincipalName", "appId", "~homeOid")
    single = (body.get(name) for name in names)
    values = {value.lower() for value in single if value}
    values.update(value.lower() for value in body.get("otherMails") or ())
    values.update(value.lower() for value in body.get("proxyAddresses") or ())
    return values
