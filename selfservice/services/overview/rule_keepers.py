"""Who has anything to do with approver rules: whoever keeps some, and whoever oversees the tenant."""

from selfservice.model.actor import Actor
from selfservice.services import authority
from selfservice.services.rules.keeping import keeping_of
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading


def sees_rules(rt: Runtime, by: Actor) -> bool:
    """Say whether the actor keeps or oversees rules of their tenant."""
    if authority.oversees(rt.settings, by.tenant_id, by=by):
        return True
    with reading(rt.sessions) as tx:
        return keeping_of(tx, rt, by.tenant_id, by=by).keeps_anything
