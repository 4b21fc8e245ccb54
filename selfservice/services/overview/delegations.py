"""Being away: who decides for me, for whom I decide, and how I want to be told of what waits."""

from datetime import datetime

from sqlalchemy import or_, select

from selfservice.model.actor import Actor
from selfservice.model.delegation import Delegation
from selfservice.model.preference import MailPreference
from selfservice.services.overview.stage_rows import AwayPage, DelegationRow
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading

MOST_SHOWN = 50


def away_page(rt: Runtime, by: Actor) -> AwayPage:
    """Return the delegations that concern the actor, the latest first."""
    at = rt.clock()
    query = (
        select(Delegation)
        .where(
            or_(
                (Delegation.tenant_id == by.tenant_id) & (Delegation.object_id == by.object_id),
                (Delegation.delegate_tenant_id == by.tenant_id) & (Delegation.delegate_object_id == by.object_id),
            )
        )
        .order_by(Delegation.starts_at.desc(), Delegation.id)
        .limit(MOST_SHOWN)
    )
    with reading(rt.sessions) as tx:
        rows = [_row(each, by=by, at=at) for each in tx.scalars(query)]
        preference = tx.get(MailPreference, (by.tenant_id, by.object_id))
    return AwayPage(
        mine=tuple(row for row in rows if row.is_mine),
        for_me=tuple(row for row in rows if not row.is_mine),
        digest=preference is not None and preference.digest,
    )


def _row(delegation: Delegation, *, by: Actor, at: datetime) -> DelegationRow:
    return DelegationRow(
        id=delegation.id,
        delegator=delegation.name,
        delegate=delegation.delegate_name,
        starts_at=delegation.starts_at,
        ends_at=delegation.until,
        reason=delegation.reason,
        is_running=delegation.holds(at=at),
        is_over=delegation.until <= at,
        is_mine=delegation.delegator == by.ref,
    )
