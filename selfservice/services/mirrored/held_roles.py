"""Who holds which role of the applications that access packages name. One application is one transaction."""

from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from selfservice.model.application import Application
from selfservice.model.drift import HeldRole
from selfservice.model.package import AccessPackage, ResourceRole, RoleKind
from selfservice.model.unable import UnableTo
from selfservice.services.mirrored import passing
from selfservice.services.mirrored.passing import Pass
from selfservice.store.transaction import reading, transaction

Holding = tuple[str, str]
"""A role and the user who holds it."""


def read_held_roles(now: Pass) -> None:
    """Read who holds roles of each application that matters. One that cannot be read does not stop the others."""
    done = passing.begin(now)
    with reading(now.rt.sessions) as tx:
        wanted = sorted(_wanted(tx, now.tenant_id))
    failure: UnableTo | None = None
    for application_id in wanted:
        if done is not None and application_id <= done:
            continue
        try:
            holdings = _holdings(now, application_id)
        except UnableTo as unable:
            if unable.transient:
                raise
            failure = failure or unable
            continue
        with transaction(now.rt.sessions) as tx:
            _learn(tx, now, application_id, holdings)
            passing.turn_page(tx, now, application_id)
    if failure is not None:
        raise failure
    with transaction(now.rt.sessions) as tx:
        _forget_others(tx, now, wanted)
        passing.finish(tx, now)


def _wanted(tx: Session, tenant_id: str) -> Iterable[str]:
    return tx.scalars(
        select(ResourceRole.resource_id)
        .join(AccessPackage, AccessPackage.id == ResourceRole.package_id)
        .join(Application, Application.object_id == ResourceRole.resource_id)
        .where(AccessPackage.tenant_id == tenant_id, ResourceRole.kind == RoleKind.APP_ROLE)
        .where(Application.tenant_id == tenant_id, Application.removed_at.is_(None))
        .distinct()
    )


def _holdings(now: Pass, application_id: str) -> frozenset[Holding]:
    """Return who holds a role directly: what comes by a group is the group's membership."""
    found: set[Holding] = set()
    link: str | None = None
    while True:
        passing.go_on(now)
        page = now.directory.app_role_assignments(application_id, link)
        found.update((each.role_id, each.principal_id) for each in page.items if each.principal_type == "User")
        link = page.next_link
        if link is None:
            return frozenset(found)


def _learn(tx: Session, now: Pass, application_id: str, holdings: frozenset[Holding]) -> None:
    mine = (HeldRole.tenant_id == now.tenant_id, HeldRole.application_id == application_id)
    known = frozenset(
        (row[0], row[1]) for row in tx.execute(select(HeldRole.app_role_id, HeldRole.user_id).where(*mine))
    )
    for role_id, user_id in known - holdings:
        tx.execute(delete(HeldRole).where(*mine, HeldRole.app_role_id == role_id, HeldRole.user_id == user_id))
    tx.add_all(
        HeldRole(tenant_id=now.tenant_id, application_id=application_id, app_role_id=role_id, user_id=user_id)
        for role_id, user_id in holdings - known
    )


def _forget_others(tx: Session, now: Pass, wanted: list[str]) -> None:
    tx.execute(delete(HeldRole).where(HeldRole.tenant_id == now.tenant_id, HeldRole.application_id.not_in(wanted)))
