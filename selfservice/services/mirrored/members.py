"""Members of the groups that matter here, as `selfservice.services.mirrored.wanted` says.

One group is one transaction. A group that was read has a sighting, so that a group that begins to matter is read at
once and not only when the next round is due.
"""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from selfservice.model.group import Group, GroupMembership
from selfservice.model.mirror import MirrorKind, MirrorSighting
from selfservice.model.unable import UnableTo
from selfservice.services.mirrored import passing, wanted
from selfservice.services.mirrored.passing import Pass
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading, transaction


def read_members(now: Pass) -> None:
    """Read the members of each group that matters. A group that cannot be read does not stop the others."""
    done = passing.begin(now)
    with reading(now.rt.sessions) as tx:
        groups = sorted(wanted_groups(tx, now.rt, now.tenant_id))
    failure: UnableTo | None = None
    for group_id in groups:
        if done is not None and group_id <= done:
            continue
        try:
            members = _exists(now, group_id) and members_of(now, group_id)
        except UnableTo as unable:
            if unable.transient:
                raise
            failure = failure or unable
            continue
        with transaction(now.rt.sessions) as tx:
            _learn(tx, now, group_id, members or frozenset())
            passing.turn_page(tx, now, group_id)
    if failure is not None:
        raise failure
    with transaction(now.rt.sessions) as tx:
        _forget_others(tx, now, groups)
        passing.finish(tx, now)


def members_of(now: Pass, group_id: str) -> frozenset[str]:
    """Return the object ids of a group's direct members, all pages of them."""
    members: set[str] = set()
    link: str | None = None
    while True:
        passing.go_on(now)
        page = now.directory.group_members(group_id, link)
        members.update(page.items)
        link = page.next_link
        if link is None:
            return frozenset(members)


def wanted_groups(tx: Session, rt: Runtime, tenant_id: str) -> frozenset[str]:
    """Return the groups of a tenant whose members matter here."""
    named = {group_id for at, group_id in wanted.named(tx, rt) if at == tenant_id}
    return frozenset(named | wanted.asked(tx, tenant_id))


def tenants_with_unread_groups(tx: Session, rt: Runtime) -> frozenset[str]:
    """Return the tenants in which a group matters whose members were never read."""
    seen = select(MirrorSighting.tenant_id, MirrorSighting.object_id).where(MirrorSighting.kind == MirrorKind.MEMBERS)
    read = {(row[0], row[1]) for row in tx.execute(seen)}
    return frozenset(tenant_id for tenant_id, group_id in wanted.named(tx, rt) if (tenant_id, group_id) not in read)


def _exists(now: Pass, group_id: str) -> bool:
    """A group that is gone has no members; asking for them would fail."""
    with reading(now.rt.sessions) as tx:
        group = tx.get(Group, (now.tenant_id, group_id))
        return group is None or group.removed_at is None


def _learn(tx: Session, now: Pass, group_id: str, members: frozenset[str]) -> None:
    mine = (GroupMembership.tenant_id == now.tenant_id, GroupMembership.group_id == group_id)
    known = {row.member_id: row for row in tx.scalars(select(GroupMembership).where(*mine))}
    for member_id in known.keys() - members:
        tx.delete(known[member_id])
    tx.add_all(
        GroupMembership(tenant_id=now.tenant_id, group_id=group_id, member_id=member_id)
        for member_id in members - known.keys()
    )
    if tx.get(MirrorSighting, (now.tenant_id, now.kind, group_id)) is None:
        tx.add(MirrorSighting(tenant_id=now.tenant_id, kind=now.kind, object_id=group_id))


def _forget_others(tx: Session, now: Pass, wanted: list[str]) -> None:
    """Drop what is known of groups that no longer matter: it would only grow old."""
    tx.execute(
        delete(GroupMembership).where(
            GroupMembership.tenant_id == now.tenant_id, GroupMembership.group_id.not_in(wanted)
        )
    )
    tx.execute(
        delete(MirrorSighting).where(
            MirrorSighting.tenant_id == now.tenant_id,
            MirrorSighting.kind == now.kind,
            MirrorSighting.object_id.not_in(wanted),
        )
    )
