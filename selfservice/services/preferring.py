"""Preferring: how somebody wants to be told of requests that wait for them."""

from sqlalchemy.exc import IntegrityError

from selfservice.model.actor import Actor, ActorKind
from selfservice.model.preference import MailPreference
from selfservice.model.refusal import NotAllowed
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading, transaction


def set_digest(rt: Runtime, *, by: Actor, on: bool) -> None:
    """Choose one mail a day with all that waits, instead of one for each request."""
    if by.kind is not ActorKind.PERSON:
        raise NotAllowed("Only a person reads mail.")
    try:
        _choose(rt, by, on=on)
    except IntegrityError:
        _choose(rt, by, on=on)  # the same was stored at the same moment, and can be seen now


def digest_chosen(rt: Runtime, *, by: Actor) -> bool:
    """Say whether the person gets one mail a day instead of one for each request."""
    with reading(rt.sessions) as tx:
        chosen = tx.get(MailPreference, (by.tenant_id, by.object_id))
        return chosen is not None and chosen.digest


def _choose(rt: Runtime, by: Actor, *, on: bool) -> None:
    with transaction(rt.sessions) as tx:
        chosen = tx.get(MailPreference, (by.tenant_id, by.object_id), with_for_update=True)
        if chosen is None:
            tx.add(MailPreference(tenant_id=by.tenant_id, object_id=by.object_id, digest=on))
        else:
            chosen.digest = on
