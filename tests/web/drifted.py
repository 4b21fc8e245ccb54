"""A difference for the web tests: an access that has ended here and is alive in Contoso's directory."""

from selfservice.model.assignment import Assignment
from selfservice.model.base import new_id
from selfservice.model.drift import SEVERITY, DriftFinding, DriftKind
from selfservice.model.guest import Guest
from selfservice.model.mirror import MirrorKind
from selfservice.model.package import AccessPackage
from selfservice.services.runtime import WebRuntime
from selfservice.store.transaction import transaction
from tests.web.cast import NOW


def differ(rt: WebRuntime, assignment_id: str, kind: DriftKind = DriftKind.ALIVE_AFTER_END) -> str:
    """Find that what an access gave is alive there; return the finding's id."""
    with transaction(rt.sessions) as tx:
        access = tx.get_one(Assignment, assignment_id)
        guest = tx.get_one(Guest, access.guest_id)
        role = tx.get_one(AccessPackage, access.package_id).roles[0]
        finding = DriftFinding(
            id=new_id(),
            tenant_id=guest.tenant_id,
            kind=kind,
            severity=SEVERITY[kind],
            part=MirrorKind.MEMBERS,
            fingerprint=new_id(),
            object_id=guest.object_id,
            name=guest.name,
            guest_id=guest.id,
            assignment_id=access.id,
            role_kind=role.kind,
            resource_id=role.resource_id,
            app_role_id=role.role_id,
            label=role.words,
            cause="It was not taken away when the access ended.",
            since=NOW,
            found_at=NOW,
            found_on=NOW.date(),
            seen_at=NOW,
        )
        tx.add(finding)
        return finding.id
