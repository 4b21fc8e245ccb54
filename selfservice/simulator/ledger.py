"""What the simulator really did: every accepted write, and how often each path was called."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from selfservice.simulator.storage import Storage


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Describe one accepted write."""

    at: str
    tenant: str
    app: str
    method: str
    path: str
    body: Any
    status: int
    client_request_id: str
    request_id: str
    effect: str


class Ledger:
    """Keep accepted writes for ever and counts of calls since the start."""

    def __init__(self, storage: Storage) -> None:
        """Start empty; `load` brings back what the storage knows."""
        self.rows: list[dict[str, Any]] = []
        self.calls: Counter[tuple[str, str, str, int]] = Counter()
        self._storage = storage

    def load(self) -> None:
        """Bring back the writes of earlier processes."""
        self.rows = [body for _, _, body in self._storage.rows("ledger")]

    def write(self, entry: Entry) -> None:
        """Keep one accepted write under the next number."""
        row = {"n": len(self.rows) + 1, **entry.__dict__}
        self.rows.append(row)
        self._storage.put("ledger", str(row["n"]), row["n"], row)

    def count(self, tenant: str, method: str, path: str, status: int) -> None:
        """Count one call, whatever became of it."""
        self.calls[(tenant, method, path, status)] += 1

    def since(self, n: int, tenant: str | None) -> list[dict[str, Any]]:
        """List the writes after a number, of one tenant or of all."""
        return [row for row in self.rows[n:] if tenant in (None, row["tenant"])]

    def calls_of(self, tenant: str | None) -> list[dict[str, Any]]:
        """List how often each path was called, with the status of the answers."""
        return [
            {
                "tenant": key[0],
                "method": key[1],
                "path": key[2],
                "status": key[3],
                "count": count,
            }
            for key, count in sorted(self.calls.items())
            if tenant in (None, key[0])
        ]
