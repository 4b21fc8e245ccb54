"""What differs between our rows and the mirror of a tenant's directory. Each part of the mirror is compared by itself,
as set-based queries that give only what differs; what we did too recently for the mirror to know of is left alone.
"""

from collections.abc import Callable, Iterator, Mapping

from sqlalchemy.orm import Session

from selfservice.model.drift import Sight
from selfservice.model.mirror import MirrorKind
from selfservice.services.drift_guests import changed_guests, missing_sponsors
from selfservice.services.drift_roles import missing_roles, unapproved_roles
from selfservice.services.drift_scope import Scope

LOOKS: Mapping[MirrorKind, tuple[Callable[[Session, Scope], Iterator[Sight]], ...]] = {
    MirrorKind.USERS: (changed_guests,),
    MirrorKind.MEMBERS: (unapproved_roles, missing_roles),
    MirrorKind.HELD_ROLES: (unapproved_roles, missing_roles),
    MirrorKind.GUEST_SPONSORS: (missing_sponsors,),
}
"""How each part of the mirror is compared."""


def see(tx: Session, scope: Scope) -> Iterator[Sight]:
    """Return every difference that this part of the mirror tells of."""
    for look in LOOKS[scope.part]:
        yield from look(tx, scope)
