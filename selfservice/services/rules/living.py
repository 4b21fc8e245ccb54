"""Living: whether there is anybody behind what a rule asks, as far as that can be known without a request."""

from collections.abc import Iterable, Iterator

from sqlalchemy import Select
from sqlalchemy.orm import Session

from selfservice.model.actor import PersonRef
from selfservice.model.package import AccessPackage, Party, PartyKind
from selfservice.model.person import Person
from selfservice.model.rules.outcome import Approver, ApproverKind, Outcome, Stages, StageSpec
from selfservice.services.finding import employees_of, members

FOUND_FOR_EACH = frozenset(
    {
        ApproverKind.MANAGER,
        ApproverKind.MANAGERS_MANAGER,
        ApproverKind.SPONSOR,
        ApproverKind.ORGANIZATION_SPONSORS,
    }
)
"""Approvers who are other people for each request."""

NAMED_BY_PACKAGE = frozenset({ApproverKind.OWNER, ApproverKind.PACKAGE_APPROVERS})


class Living:
    """People who could decide now, each party looked up once."""

    def __init__(self, tx: Session) -> None:
        self._tx = tx
        self._found: dict[tuple[str, PartyKind, str], frozenset[PersonRef]] = {}

    def people(self, approvers: Iterable[Approver], package: AccessPackage | None) -> frozenset[PersonRef]:
        """Return everybody behind these approvers; those who are others for each request are left out."""
        found = (self._party(tenant_id, party) for each in approvers for tenant_id, party in _parties(each, package))
        return frozenset(person for people in found for person in people)

    def is_stuck(self, outcome: Outcome, package: AccessPackage | None) -> bool:
        """Say whether some stage could never be decided, whoever asks."""
        return isinstance(outcome, Stages) and any(self.lacks_people(stage, package) for stage in outcome.stages)

    def lacks_people(self, stage: StageSpec, package: AccessPackage | None) -> bool:
        """Say whether a stage has fewer people than have to agree; where that depends on the request, it has not."""
        asked = (*stage.approvers, *stage.fallback)
        unknown = FOUND_FOR_EACH if package is not None else FOUND_FOR_EACH | NAMED_BY_PACKAGE
        if any(approver.kind in unknown for approver in asked):
            return False
        return len(self.people(asked, package)) < stage.quorum

    def _party(self, tenant_id: str, party: Party) -> frozenset[PersonRef]:
        key = (tenant_id, party.kind, party.object_id)
        if key not in self._found:
            self._found[key] = frozenset(person.ref for person in self._tx.scalars(_query(tenant_id, party)))
        return self._found[key]


def _parties(approver: Approver, package: AccessPackage | None) -> Iterator[tuple[str, Party]]:
    if approver.kind in (ApproverKind.PERSON, ApproverKind.GROUP):
        kind = PartyKind.PERSON if approver.kind is ApproverKind.PERSON else PartyKind.GROUP
        yield approver.tenant_id, Party(kind=kind, object_id=approver.object_id, name=approver.name)
    elif package is not None and approver.kind is ApproverKind.OWNER:
        yield package.tenant_id, package.owner
    elif package is not None and approver.kind is ApproverKind.PACKAGE_APPROVERS:
        for named in package.approvers:
            yield package.tenant_id, named.party


def _query(tenant_id: str, party: Party) -> Select[Person]:
    if party.kind is PartyKind.GROUP:
        return members(tenant_id, party.object_id)
    return employees_of(tenant_id).where(Person.object_id == party.object_id)
