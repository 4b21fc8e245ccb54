"""Mail: drafts, sent items and what has been delivered, for every address there is."""

import uuid

from selfservice.simulator.directory.shapes import Properties
from selfservice.simulator.storage import Storage


class Mail:
    """Keep messages by id and by mailbox."""

    def __init__(self, storage: Storage) -> None:
        """Start without mail; `load` brings back what the storage knows."""
        self.items: dict[str, Properties] = {}
        self._storage = storage
        self._by_mailbox: dict[str, list[str]] = {}
        self._by_message_id: dict[tuple[str, str], list[str]] = {}
        self._next = 1

    def load(self) -> None:
        """Bring back what an earlier process stored."""
        for _, seq, body in self._storage.rows("mail"):
            self._set(body)
            self._next = seq + 1

    def open_mailbox(self, address: str) -> None:
        """Make a mailbox known, so that the list of mailboxes shows it while it is empty."""
        self._by_mailbox.setdefault(address.lower(), [])

    def put(self, mailbox: str, folder: str, message: Properties) -> Properties:
        """File a message in a folder of a mailbox, under a new id."""
        body = {
            **message,
            "id": _new_id(),
            "~mailbox": mailbox.lower(),
            "~folder": folder,
        }
        self._set(body)
        self.save(body)
        return body

    def save(self, body: Properties) -> None:
        """Store a message again after it changed."""
        seq = body.setdefault("~seq", self._next)
        self._next = max(self._next, seq + 1)
        self._storage.put("mail", body["id"], seq, body)

    def remove(self, key: str) -> None:
        """Forget a message."""
        body = self.items.pop(key)
        self._by_mailbox[body["~mailbox"]].remove(key)
        named = (body["~mailbox"], body.get("internetMessageId", ""))
        self._by_message_id[named].remove(key)
        self._storage.drop("mail", key)

    def in_mailbox(self, address: str, folder: str | None = None) -> list[Properties]:
        """List the messages of a mailbox, newest first."""
        found = [self.items[key] for key in reversed(self._by_mailbox.get(address.lower(), ()))]
        return [body for body in found if folder in (None, body["~folder"])]

    def by_message_id(self, address: str, message_id: str) -> list[Properties]:
        """Find the messages of a mailbox that carry an internet message id."""
        keys = self._by_message_id.get((address.lower(), message_id), ())
        return [self.items[key] for key in keys]

    def mailboxes(self, limit: int) -> dict[str, int]:
        """Count the delivered messages per address, addresses with mail first."""
        ordered = sorted(self._by_mailbox.items(), key=lambda entry: (not entry[1], entry[0]))
        return {
            address: sum(1 for key in keys if self.items[key]["~folder"] == "inbox")
            for address, keys in ordered[:limit]
        }

    def _set(self, body: Properties) -> None:
        self.items[body["id"]] = body
        self._by_mailbox.setdefault(body["~mailbox"], []).append(body["id"])
        named = (body["~mailbox"], body.get("internetMessageId", ""))
        self._by_message_id.setdefault(named, []).append(body["id"])


def _new_id() -> str:
    return "AAMk" + uuid.uuid4().hex + uuid.uuid4().hex[:12]
