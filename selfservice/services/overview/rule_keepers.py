"""Who has anything to do with approver rules: whoever keeps some, and whoever oversees the tenant."""

from selfservice.model.actor import Actor
from selfservice.model.rulebook import RuleBook
from selfservice.services import authority
from selfservice.services.rules.keeping import keeping_of, scopes_of
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading


def sees_rules(rt: Runtime, by: Actor) -> bool:
    """Say whether the actor keeps or oversees rules of their tenant."""
    if authority.oversees(rt.settings, by.tenant_id, by=by):
        return True
    with reading(rt.sessions) as tx:
        return keeping_of(tx, rt, by.tenant_id, by=by).keeps_anything


def scopes_kept(rt: Runtime, by: Actor) -> tuple[tuple[str, str], ...]:
    """Return whose rules the actor may write, by id and name; the tenant's own have neither."""
    with reading(rt.sessions) as tx:
        return scopes_of(tx, keeping_of(tx, rt, by.tenant_id, by=by))


def asks_second_person(rt: Runtime, tenant_id: str) -> bool:
    """Say whether a change of a tenant's rules waits for a second person."""
    with reading(rt.sessions) as tx:
        book = tx.get(RuleBook, tenant_id)
        return book is not None and book.second_person
