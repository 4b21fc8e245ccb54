"""One kind of object of one tenant: by id, by address, in order, and with its history of changes."""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from selfservice.simulator.directory.shapes import Properties
from selfservice.simulator.storage import Row, Storage


@dataclass(frozen=True, kw_only=True)
class Change:
    """One entry of the history: which object it was about."""

    seq: int
    id: str


class Collection:
    """Hold the live, the soft-deleted and the forgotten objects of one kind."""

    def __init__(self, table: str, storage: Storage, now: Callable[[], float]) -> None:
        """Start empty; `load` brings back what the storage knows."""
        self.table = table
        self.live: dict[str, Properties] = {}
        self.deleted: dict[str, Properties] = {}
        self.order: list[str] = []
        # A value has one holder in all but a few cases: a set for each would double a large tenant.
        self._keys: dict[str, str | set[str]] = {}
        self.epoch = 0
        self._storage = storage
        self._now = now
        self._visible_from: dict[str, float] = {}
        self._seqs = array("q")
        self._times = array("d")
        self._log: list[str] = []
        self._names: dict[int, frozenset[str]] = {}
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
        first, at = len(self._log), self._now()
        for body in bodies:
            key = body["id"]
            self.live[key] = body
            self.order.append(key)
            self._index(key, body)
            self._append(self.newest + 1, at, key, None)
        self._storage.put_many(self._rows_from(first))
        return len(self._log) - first

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
        return [self.live[key] for key in sorted(self.holders(value))]

    def holders(self, value: str) -> set[str]:
        """Name the live objects that have an indexed value."""
        found = self._keys.get(plain_value(value), set())
        return {found} if isinstance(found, str) else set(found)

    def reached(self, until: float) -> int:
        """Return the number of the last change that is not younger than a time."""
        position = bisect_right(self._times, until)
        return self._seqs[position - 1] if position else 0

    def changes(self, after: int, until: float) -> Iterator[Change]:
        """Give the latest change of each object after a number, none younger than a time."""
        for position in range(bisect_right(self._seqs, after), len(self._seqs)):
            if self._times[position] > until:
                return
            key = self._log[position]
            if self._last[key] == position:
                yield Change(seq=self._seqs[position], id=key)

    def names_since(self, after: int) -> dict[str, frozenset[str] | None]:
        """Give per object the names that changed after a number; None means all of it."""
        found: dict[str, frozenset[str] | None] = {}
        for position in range(bisect_right(self._seqs, after), len(self._seqs)):
            key, names = self._log[position], self._names.get(position)
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
        if names is not None:
            self._names[len(self._log)] = names
        self._log.append(key)
        return seq

    def _rows_from(self, first: int) -> Iterator[Row]:
        for position in range(first, len(self._log)):
            key = self._log[position]
            yield self.table, key, self._seqs[position], self._row(key)

    def _row(self, key: str) -> Properties:
        at = self._times[self._last[key]]
        if key in self.live:
            return {"state": "live", "at": at, "body": self.live[key]}
        if key in self.deleted:
            return {"state": "deleted", "at": at, "body": self.deleted[key]}
        return {"state": "gone", "at": at, "body": None}

    def _index(self, key: str, body: Properties) -> None:
        for value in indexed_values(body):
            known = self._keys.get(value)
            if known is None:
                self._keys[value] = key
            elif isinstance(known, str):
                self._keys[value] = {known, key}
            else:
                known.add(key)

    def _unindex(self, key: str, body: Properties) -> None:
        for value in indexed_values(body):
            known = self._keys.get(value)
            if isinstance(known, set):
                known.discard(key)
            if not known or known == key:
                self._keys.pop(value, None)


def indexed_values(body: Properties) -> set[str]:
    """Name the values an object can be found by without reading them all."""
    names = ("mail", "userPrincipalName", "appId", "~homeOid")
    single = (body.get(name) for name in names)
    values = {plain_value(value) for value in single if value}
    for name in ("otherMails", "proxyAddresses"):
        values.update(plain_value(value) for value in body.get(name) or ())
    return values


def plain_value(value: str) -> str:
    """Reduce a value to what the index holds: small letters, and no kind before an address."""
    return value.lower().removeprefix("smtp:")
