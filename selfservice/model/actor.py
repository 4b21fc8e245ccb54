"""Who does something: a person, identified by tenant and object id and never by an address, or this application
itself.
"""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """The app roles that a sign-in token may carry."""

    ADMIN = "Admin"
    AUDITOR = "Auditor"


class ActorKind(StrEnum):
    """What kind of actor did something."""

    PERSON = "person"
    SYSTEM = "system"


@dataclass(frozen=True, kw_only=True, order=True)
class PersonRef:
    """A person's identity: the tenant they sign in to and their object id there."""

    tenant_id: str
    object_id: str


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who acts, with the roles they hold right now and where they act from."""

    kind: ActorKind = ActorKind.PERSON
    tenant_id: str = ""
    object_id: str = ""
    name: str = ""
    user_name: str = ""
    roles: frozenset[Role] = frozenset()
    remote_address: str = ""

    @property
    def ref(self) -> PersonRef:
        """The actor's identity."""
        return PersonRef(tenant_id=self.tenant_id, object_id=self.object_id)

    def is_(self, tenant_id: str | None, object_id: str | None) -> bool:
        """Say whether the actor is this person."""
        return self.kind is ActorKind.PERSON and (self.tenant_id, self.object_id) == (
            tenant_id,
            object_id,
        )


SYSTEM = Actor(kind=ActorKind.SYSTEM, name="Selfservice")
