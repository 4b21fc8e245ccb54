"""Rules that look up the same attributes, found by the tokens of these attributes together."""

from bisect import bisect_left, insort
from itertools import product

from selfservice.model.rules.entry import Entry
from selfservice.model.rules.folding import Seen, Tokens

Order = tuple[int, int, str]
Bucket = tuple[Entry, ...]
Known = dict[str, list[str]]


class Shape:
    """The rules of one shape. `bit` is its place in the masks of the index; `best` is the order of its first rule."""

    def __init__(self, attributes: tuple[str, ...], bit: int) -> None:
        self.attributes = attributes
        self.bit = bit
        self.best: Order = (0, 0, "")
        self._buckets: dict[Tokens, Bucket] = {}
        self._orders: list[Order] = []

    def __len__(self) -> int:
        return len(self._orders)

    def put(self, entry: Entry) -> None:
        """Add a rule."""
        insort(self._orders, entry.order)
        for key in entry.keys:
            bucket = self._buckets.get(key)
            self._buckets[key] = (entry,) if bucket is None else _inserted(bucket, entry)
        self.best = self._orders[0]

    def drop(self, entry: Entry) -> None:
        """Take out a rule."""
        del self._orders[bisect_left(self._orders, entry.order)]
        for key in entry.keys:
            bucket = tuple(each for each in self._buckets[key] if each is not entry)
            if bucket:
                self._buckets[key] = bucket
            else:
                del self._buckets[key]
        if self._orders:
            self.best = self._orders[0]

    def copy(self) -> "Shape":
        """Return a shape of its own with the same rules."""
        copy = Shape(self.attributes, self.bit)
        copy._buckets, copy._orders, copy.best = dict(self._buckets), list(self._orders), self.best
        return copy

    def contents(self) -> object:
        """Return which rules stand under which keys."""
        return {key: [entry.rule for entry in bucket] for key, bucket in self._buckets.items()}, self._orders

    def first(self, known: Known, seen: Seen, rival: Entry | None) -> Entry | None:
        """Return the first rule that holds, or the rival where that one comes earlier. `known` are the tokens that are
        worth a look-up.
        """
        buckets = self._buckets
        for key in product(*map(known.__getitem__, self.attributes)):
            for entry in buckets.get(key, ()):
                if rival is not None and entry.order >= rival.order:
                    break
                for check in entry.checks:
                    if not check(seen):
                        break
                else:
                    rival = entry
                    break
        return rival


def _inserted(bucket: Bucket, entry: Entry) -> Bucket:
    entries = list(bucket)
    insort(entries, entry, key=lambda each: each.order)
    return tuple(entries)
