"""Directed links between objects of one tenant: members, owners, sponsors, managers."""

from selfservice.simulator.storage import Storage


class Links:
    """Hold one relationship in both directions."""

    def __init__(self, table: str, storage: Storage) -> None:
        """Start without links; `load` brings back what the storage knows."""
        self.table = table
        self._storage = storage
        self._targets: dict[str, dict[str, None]] = {}
        self._sources: dict[str, dict[str, None]] = {}
        self._next = 1

    def load(self) -> None:
        """Bring back what an earlier process stored."""
        for _, seq, (source, target) in self._storage.rows(self.table):
            self._set(source, target)
            self._next = seq + 1

    def add(self, source: str, target: str) -> None:
        """Link a source to a target."""
        self._set(source, target)
        self._storage.put(self.table, f"{source}/{target}", self._next, [source, target])
        self._next += 1

    def remove(self, source: str, target: str) -> None:
        """Take a link away."""
        del self._targets[source][target]
        del self._sources[target][source]
        self._storage.drop(self.table, f"{source}/{target}")

    def has(self, source: str, target: str) -> bool:
        """Tell whether the link exists."""
        return target in self._targets.get(source, {})

    def of(self, source: str) -> list[str]:
        """List the targets of a source, oldest link first."""
        return list(self._targets.get(source, ()))

    def to(self, target: str) -> list[str]:
        """List the sources that point at a target."""
        return list(self._sources.get(target, ()))

    def forget(self, key: str) -> None:
        """Take away all links from and to an object."""
        for target in self.of(key):
            self.remove(key, target)
        for source in self.to(key):
            self.remove(source, key)

    def _set(self, source: str, target: str) -> None:
        self._targets.setdefault(source, {})[target] = None
        self._sources.setdefault(target, {})[source] = None
