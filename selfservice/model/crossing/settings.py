"""Reads the cross-tenant access settings of one tenant about another: an absent or null part inherits the default.

https://learn.microsoft.com/graph/api/resources/crosstenantaccesspolicyconfigurationpartner
https://learn.microsoft.com/graph/api/resources/crosstenantaccesspolicytargetconfiguration
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum

from selfservice.model.directory import TenantPolicies

Section = Mapping[str, object]
EVERYBODY = frozenset({"AllUsers", "AllApplications"})


class Answer(StrEnum):
    """Whether somebody is let through. PERHAPS: only some are, and who they are cannot be seen from here."""

    YES = "yes"
    NO = "no"
    PERHAPS = "perhaps"


class Direction(StrEnum):
    """The two ways across a tenant's border, by the names of their sections."""

    INBOUND = "b2bCollaborationInbound"
    OUTBOUND = "b2bCollaborationOutbound"


@dataclass(frozen=True, kw_only=True)
class Border:
    """What one tenant's settings say about one other tenant."""

    policies: TenantPolicies
    partner_id: str

    @property
    def has_entry(self) -> bool:
        """Whether the other tenant has been added to the organizational settings."""
        return self.partner_id in self.policies.partners

    def people(self, direction: Direction, known: AbstractSet[str]) -> Answer:
        """Say whether a person is let through who is `known` by these ids (their own and their groups')."""
        return _admits(self.part(direction, "usersAndGroups"), known)

    def applications(self, direction: Direction, known: AbstractSet[str]) -> Answer:
        """Say whether these applications may be reached, by their app ids."""
        part = self.part(direction, "applications")
        answers = {_admits(part, {each}) for each in known} or {_admits(part, frozenset())}
        return next(answer for answer in (Answer.NO, Answer.PERHAPS, Answer.YES) if answer in answers)

    @property
    def trusts_mfa(self) -> bool:
        """Whether multifactor authentication at the other tenant counts here."""
        own = _inner(self._entry, "inboundTrust").get("isMfaAccepted")
        default = _inner(self.policies.cross_tenant_default, "inboundTrust").get("isMfaAccepted")
        return bool(default if own is None else own)

    def redeems(self, direction: Direction) -> bool:
        """Say whether invitations are redeemed by themselves in this direction. Null means no, and so does the default.

        https://learn.microsoft.com/graph/api/resources/inboundoutboundpolicyconfiguration
        """
        name = "inboundAllowed" if direction is Direction.INBOUND else "outboundAllowed"
        return _inner(self._entry, "automaticUserConsentSettings").get(name) is True

    def part(self, direction: Direction, name: str) -> Section:
        """Return one part of a section as it takes effect; an empty one is the service's own default: allowed."""
        return _inner(_inner(self._entry, direction), name) or _inner(
            _inner(self.policies.cross_tenant_default, direction), name
        )

    def section(self, name: str) -> Section:
        """Return a section of the entry of the other tenant, or else the default."""
        return _inner(self._entry, name) or _inner(self.policies.cross_tenant_default, name)

    @property
    def _entry(self) -> Section:
        return self.policies.partners.get(self.partner_id, {})


def targets_of(part: Section) -> tuple[Section, ...]:
    """Return who or what a part names."""
    listed = part.get("targets")
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        return ()
    return tuple(each for each in listed if isinstance(each, Mapping))


def _admits(part: Section, known: AbstractSet[str]) -> Answer:
    """Allowed, or blocked, are those that are named; the others are the opposite.

    Who belongs to a group that is named cannot be seen from here, unless the group is among what is known.
    """
    if not part:
        return Answer.YES
    named, unnamed = (Answer.NO, Answer.YES) if part.get("accessType") == "blocked" else (Answer.YES, Answer.NO)
    targets = targets_of(part)
    names = {str(target.get("target", "")) for target in targets}
    if names & EVERYBODY or names & known:
        return named
    unclear = names and (not known or any(target.get("targetType") == "group" for target in targets))
    return Answer.PERHAPS if unclear else unnamed


def _inner(section: Section, name: str) -> Section:
    value = section.get(name)
    return value if isinstance(value, Mapping) else {}
