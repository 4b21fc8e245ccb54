"""Names of the people whom a package names as its approvers."""

from sqlalchemy.orm import Session

from selfservice.model.actor import PersonRef
from selfservice.model.package import AccessPackage
from selfservice.services import finding


def approver_names(tx: Session, package: AccessPackage, *, besides: PersonRef) -> tuple[str, ...]:
    """Return the names of the people who are the package's approvers right now, without one of them."""
    found = (
        person
        for approver in package.approvers
        for person, _because in finding.party(tx, package.tenant_id, approver.party, "")
    )
    return tuple(sorted({person.display_name for person in found if person.ref != besides}))
