"""How far the mirror of each tenant's directory has come, and the settings of that tenant."""

from dataclasses import asdict
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from selfservice.model.base import Base, Guid, Json, UtcDateTime, states, take_over
from selfservice.model.directory import TenantPolicies
from selfservice.model.guest_policy import GuestLifecyclePolicy
from selfservice.model.unable import UnableTo

LONGEST_WAIT = timedelta(minutes=15)
"""A part of a mirror that keeps failing is tried again at least this often."""


class MirrorKind(StrEnum):
    """The parts of a directory that are mirrored, in the order in which they are read."""

    USERS = "users"
    GROUPS = "groups"
    APPLICATIONS = "applications"
    MANAGERS = "managers"
    MEMBERS = "members"
    ROLE_HOLDERS = "roleHolders"
    POLICIES = "policies"
    GUEST_SPONSORS = "guestSponsors"
    SIGN_INS = "signIns"
    HELD_ROLES = "heldRoles"
    LEAVE_TIMES = "leaveTimes"


OPTIONAL = frozenset({MirrorKind.SIGN_INS, MirrorKind.LEAVE_TIMES})
"""Parts that need a licence or a right which a tenant may do without: that it does is no trouble."""

AT_MOST_EVERY = {
    MirrorKind.GUEST_SPONSORS: timedelta(minutes=10),
    MirrorKind.SIGN_INS: timedelta(hours=6),
    MirrorKind.LEAVE_TIMES: timedelta(hours=6),
}
"""Parts that have no list of changes, so that each round reads everything."""


def interval(kind: MirrorKind, usual: timedelta) -> timedelta:
    """Return how long after a round of this part the next one begins."""
    return max(usual, AT_MOST_EVERY.get(kind, usual))


class MirrorState(Base):
    """How far one part of one tenant's mirror has come.

    `link` is where to go on: a next link while a round is under way (`round_started_at` set), else a delta
    link or None.
    `synced_at` is when the last complete round ended; None means that the first round is not over yet.
    """

    __tablename__ = "mirror_state"

    tenant_id: Mapped[str] = mapped_column(Guid, primary_key=True)
    kind: Mapped[MirrorKind] = mapped_column(states(MirrorKind), primary_key=True)
    link: Mapped[str | None] = mapped_column(Text, default=None)
    round_started_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    full_round: Mapped[bool] = mapped_column(default=True)
    synced_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    full_synced_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    failure: Mapped[str] = mapped_column(String(500), default="")
    failure_next_step: Mapped[str] = mapped_column(String(500), default="")
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)

    def begin_round(self, *, at: datetime, full_every: timedelta) -> bool:
        """Begin a round, unless one is under way; say whether a round over everything begins now."""
        if self.round_started_at is not None:
            return False
        self.full_round = self.link is None or self.full_synced_at is None or at - self.full_synced_at >= full_every
        self.round_started_at = at
        self.link = None if self.full_round else self.link
        return self.full_round

    def finish_round(self, link: str | None, *, at: datetime, every: timedelta) -> None:
        """Say that the round is complete, and from where the next one goes on."""
        self.synced_at = self.round_started_at or at
        self.full_synced_at = self.synced_at if self.full_round else self.full_synced_at
        self.link, self.round_started_at, self.due_at = link, None, at + every
        self.failed_at, self.failure, self.failure_next_step = None, "", ""

    def do_without(self, failure: UnableTo, *, at: datetime, every: timedelta) -> bool:
        """Say that the tenant does without this part; return whether that is news."""
        is_news = self.failed_at is None or self.failure != failure.cause[:500]
        self.start_over()
        self.failed_at, self.due_at = at, at + every
        self.failure, self.failure_next_step = failure.cause[:500], failure.next_step[:500]
        return is_news

    def start_over(self) -> None:
        """Forget how far the round has come: the next one reads everything."""
        self.link, self.round_started_at = None, None

    def fail(self, failure: UnableTo, *, at: datetime, every: timedelta) -> None:
        """Say why the round could not go on; the wait doubles with each failure in a row."""
        waited = self.due_at - self.failed_at if self.due_at and self.failed_at else every / 2
        asked = timedelta(seconds=failure.retry_after or 0)
        self.failed_at, self.due_at = at, at + max(asked, every, min(waited * 2, LONGEST_WAIT))
        self.failure, self.failure_next_step = failure.cause[:500], failure.next_step[:500]
        if not failure.transient:
            self.start_over()


class MirrorSighting(Base):
    """A round has named this object; what a full round leaves out is gone. For members: the group was read."""

    __tablename__ = "mirror_sighting"

    tenant_id: Mapped[str] = mapped_column(Guid, primary_key=True)
    kind: Mapped[MirrorKind] = mapped_column(states(MirrorKind), primary_key=True)
    object_id: Mapped[str] = mapped_column(Guid, primary_key=True)


class TenantPolicy(Base):
    """What a tenant's directory says about letting guests in; `guest_lifecycle` is what it does to them by itself."""

    __tablename__ = "tenant_policy"

    tenant_id: Mapped[str] = mapped_column(Guid, primary_key=True)
    allow_invites_from: Mapped[str] = mapped_column(String(60))
    guest_user_role_id: Mapped[str | None] = mapped_column(Guid, default=None)
    email_one_time_passcode: Mapped[str] = mapped_column(String(20), default="default")
    cross_tenant_default: Mapped[dict[str, object]] = mapped_column(Json, default_factory=dict)
    partners: Mapped[dict[str, dict[str, object]]] = mapped_column(Json, default_factory=dict)
    guest_lifecycle: Mapped[list[dict[str, object]]] = mapped_column(Json, default_factory=list)

    @property
    def policies(self) -> TenantPolicies:
        """The settings as a value."""
        return TenantPolicies(
            allow_invites_from=self.allow_invites_from,
            guest_user_role_id=self.guest_user_role_id,
            email_one_time_passcode=self.email_one_time_passcode,
            cross_tenant_default=self.cross_tenant_default,
            partners=self.partners,
        )

    def learn(self, policies: TenantPolicies) -> bool:
        """Take over what the directory says; say whether anything had changed."""
        facts = {
            "allow_invites_from": policies.allow_invites_from,
            "guest_user_role_id": policies.guest_user_role_id,
            "email_one_time_passcode": policies.email_one_time_passcode,
            "cross_tenant_default": dict(policies.cross_tenant_default),
            "partners": {tenant: dict(section) for tenant, section in policies.partners.items()},
            "guest_lifecycle": [_as_data(policy) for policy in policies.guest_lifecycle or ()],
        }
        return take_over(self, facts)


def _as_data(policy: GuestLifecyclePolicy) -> dict[str, object]:
    """Return a policy of Entra's own as it is stored: what JSON gives back is compared with it."""
    return {**asdict(policy), "rules": [asdict(rule) for rule in policy.rules]}


class DirectorySponsor(Base):
    """A sponsor of a guest, as the directory has it."""

    __tablename__ = "directory_sponsor"

    tenant_id: Mapped[str] = mapped_column(Guid, primary_key=True)
    user_id: Mapped[str] = mapped_column(Guid, primary_key=True)
    sponsor_id: Mapped[str] = mapped_column(Guid, primary_key=True)
    is_group: Mapped[bool] = mapped_column(default=False)


class TenantBrake(Base):
    """Writing to a tenant has stopped until an admin releases it: the directory said that something is badly wrong."""

    __tablename__ = "tenant_brake"

    tenant_id: Mapped[str] = mapped_column(Guid, primary_key=True)
    pulled_at: Mapped[datetime] = mapped_column(UtcDateTime)
    cause: Mapped[str] = mapped_column(String(500))
    next_step: Mapped[str] = mapped_column(String(500), default="")
