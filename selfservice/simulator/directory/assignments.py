"""App role assignments of one tenant: who may use which role of which service principal."""

from collections.abc import Iterable

from selfservice.simulator.directory.shapes import Properties
from selfservice.simulator.storage import Storage


class Assignments:
    """Hold assignments by id, by service principal and by principal."""

    def __init__(self, table: str, storage: Storage) -> None:
        """Start empty; `load` brings back what the storage knows."""
        self.table = table
        self.items: dict[str, Properties] = {}
        self._storage = storage
        self._by: dict[str, dict[str, None]] = {}
        self._next = 1

    def load(self) -> None:
        """Bring back what an earlier process stored."""
        for _, seq, body in self._storage.rows(self.table):
            self._set(body)
            self._next = seq + 1

    def add(self, body: Properties) -> None:
        """Take in an assignment."""
        self._set(body)
        self._storage.put(self.table, body["id"], self._next, body)
        self._next += 1

    def remove(self, key: str) -> Properties:
        """Take an assignment away."""
        body = self.items.pop(key)
        for side in (body["resourceId"], body["principalId"]):
            self._by[side].pop(key, None)
        self._storage.drop(self.table, key)
        return body

    def of(self, object_id: str) -> list[Properties]:
        """List the assignments that name an object on either side."""
        return [self.items[key] for key in self._by.get(object_id, ())]

    def find(self, principal: str, resource: str, role: str) -> Properties | None:
        """Find one assignment by its three ids."""
        for body in self.of(principal):
            if body["resourceId"] == resource and body["appRoleId"] == role:
                return body
        return None

    def roles(self, principals: Iterable[str], resource: Properties) -> list[str]:
        """Name the enabled role values of an app that any of these principals hold."""
        held = {
            body["appRoleId"]
            for principal in principals
            for body in self.of(principal)
            if body["resourceId"] == resource["id"]
        }
        return [
            role["value"]
            for role in resource.get("appRoles", [])
            if role["id"] in held and role.get("isEnabled", True) and role.get("value")
        ]

    def forget(self, object_id: str) -> None:
        """Take away every assignment that names an object."""
        for body in self.of(object_id):
            self.remove(body["id"])

    def _set(self, body: Properties) -> None:
        self.items[body["id"]] = body
        for side in (body["resourceId"], body["principalId"]):
            self._by.setdefault(side, {})[body["id"]] = None
