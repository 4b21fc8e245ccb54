"""One tenant: its directory, policies, consents and habits, apart from all others."""

from collections.abc import Callable
from dataclasses import asdict

from selfservice.simulator.directory.assignments import Assignments
from selfservice.simulator.directory.behaviour import Behaviour
from selfservice.simulator.directory.collection import Collection
from selfservice.simulator.directory.links import Links
from selfservice.simulator.directory.shapes import Properties
from selfservice.simulator.storage import Storage


class Tenant:
    """Hold everything that belongs to one tenant."""

    def __init__(self, body: Properties, storage: Storage, now: Callable[[], float]) -> None:
        """Build a tenant from its stored facts; `load` brings back its objects."""
        self.id: str = body["id"]
        self.name: str = body["name"]
        self.domains: list[str] = body["domains"]
        self.initial_domain: str = body["initialDomain"]
        self.cloud: str = body.get("cloud", "")
        self.behaviour = Behaviour(**body.get("behaviour", {}))
        self.policies: Properties = body["policies"]
        self.partners: dict[str, Properties] = body.get("partners", {})
        self.grants: dict[str, list[str]] = body.get("grants", {})
        self.invitations: dict[str, Properties] = {}
        self.tickets: dict[str, str] = {}
        self.audits: list[Properties] = []
        self._storage = storage
        self._now = now
        self.users = Collection(f"users:{self.id}", storage, now)
        self.groups = Collection(f"groups:{self.id}", storage, now)
        self.principals = Collection(f"principals:{self.id}", storage, now)
        self.members = Links(f"members:{self.id}", storage)
        self.owners = Links(f"owners:{self.id}", storage)
        self.sponsors = Links(f"sponsors:{self.id}", storage)
        self.managers = Links(f"managers:{self.id}", storage)
        self.assignments = Assignments(f"assignments:{self.id}", storage)

    def load(self) -> None:
        """Bring back the objects that an earlier process stored."""
        for collection in self.collections.values():
            collection.load()
        for links in self.relations.values():
            links.load()
        self.assignments.load()
        for key, _, body in self._storage.rows(f"invitations:{self.id}"):
            self.invitations[key] = body
            self.tickets[body["userId"]] = key
        self.audits = [body for _, _, body in self._storage.rows(f"audits:{self.id}")]

    @property
    def collections(self) -> dict[str, Collection]:
        """Name the kinds of objects as Graph's paths do."""
        return {
            "users": self.users,
            "groups": self.groups,
            "servicePrincipals": self.principals,
        }

    @property
    def relations(self) -> dict[str, Links]:
        """Name the relationships as Graph's paths do."""
        return {
            "members": self.members,
            "owners": self.owners,
            "sponsors": self.sponsors,
            "manager": self.managers,
        }

    def save(self) -> None:
        """Store the tenant's own facts: names, policies, consents, habits."""
        body = {
            "id": self.id,
            "name": self.name,
            "domains": self.domains,
            "initialDomain": self.initial_domain,
            "cloud": self.cloud,
            "behaviour": asdict(self.behaviour),
            "policies": self.policies,
            "partners": self.partners,
            "grants": self.grants,
        }
        self._storage.put("tenants", self.id, 0, body)

    def save_invitation(self, body: Properties) -> None:
        """Keep an invitation; its ticket becomes the only good one of its user."""
        known = self.invitations.get(body["id"])
        self.invitations[body["id"]] = body
        if known is None:
            self.tickets[body["userId"]] = body["id"]
        seq = body.setdefault("~seq", len(self.invitations))
        self._storage.put(f"invitations:{self.id}", body["id"], seq, body)

    def audit(self, body: Properties) -> None:
        """Keep one line of the tenant's directory audit log."""
        self.audits.append(body)
        self._storage.put(f"audits:{self.id}", body["id"], len(self.audits), body)

    def find_user(self, name: str) -> Properties | None:
        """Find a visible user by object id or user principal name."""
        by_id = self.users.get(name)
        if by_id is not None:
            return by_id
        for body in self.users.by_key(name):
            if body["userPrincipalName"].lower() == name.lower():
                return body if self.users.visible(body["id"]) else None
        return None

    def find_object(self, key: str) -> tuple[str, Properties] | None:
        """Find a visible object of any kind by id, with the name of its kind."""
        for kind, collection in self.collections.items():
            body = collection.get(key)
            if body is not None:
                return kind, body
        return None

    def principal_of(self, app_id: str) -> Properties | None:
        """Find the service principal of an app in this tenant."""
        found = [body for body in self.principals.by_key(app_id) if body["appId"] == app_id]
        return found[0] if found else None

    def forget_links(self, key: str) -> None:
        """Take away every relationship and role of an object that is gone for good."""
        for links in self.relations.values():
            links.forget(key)
        self.assignments.forget(key)

    def owns(self, domain: str) -> bool:
        """Tell whether a domain is verified in this tenant."""
        return domain.lower() in (*self.domains, self.initial_domain)
