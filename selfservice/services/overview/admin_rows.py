"""What an admin's and an auditor's pages are given."""

from dataclasses import dataclass
from datetime import datetime

from selfservice.services.cataloguing import PackageDraft
from selfservice.services.overview.rows import TenantMark, Tone


@dataclass(frozen=True, kw_only=True)
class PackageRow:
    """A package of the tenant that is administered."""

    id: str
    name: str
    description: str
    tenant: TenantMark
    state: str
    state_words: str
    tone: Tone
    gives: tuple[str, ...]
    approver_names: tuple[str, ...]
    owner_name: str
    for_self: bool
    for_others: bool
    max_days: int
    waiting: int
    held: int
    changed_at: datetime


@dataclass(frozen=True, kw_only=True)
class GroupChoice:
    """A group that a package may give, or why it may not."""

    object_id: str
    name: str
    unsafe: str | None = None


@dataclass(frozen=True, kw_only=True)
class RoleChoiceRow:
    """An app role that a package may give, or why it may not."""

    role_id: str
    name: str
    description: str
    unsafe: str | None = None


@dataclass(frozen=True, kw_only=True)
class AppChoice:
    """An application whose roles a package may give, or why none of them."""

    object_id: str
    name: str
    unsafe: str | None
    roles: tuple[RoleChoiceRow, ...]


@dataclass(frozen=True, kw_only=True)
class PartyRow:
    """A person or a group who may approve or own; `kind` is person or group."""

    kind: str
    object_id: str
    name: str
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class PackageForm:
    """All that the form of a package offers, and what it holds now."""

    tenant: TenantMark
    groups: tuple[GroupChoice, ...]
    applications: tuple[AppChoice, ...]
    people: tuple[PartyRow, ...]
    approver_groups: tuple[PartyRow, ...]
    search: str = ""
    package_id: str | None = None
    state: str = ""
    draft: PackageDraft | None = None
    chosen: tuple[str, ...] = ()
    approvers: tuple[PartyRow, ...] = ()
    owner: PartyRow | None = None
    catalogs: tuple[tuple[str, str], ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DeliveryRow:
    """A delivery in a list."""

    id: str
    kind: str
    kind_words: str
    request_id: str
    tenant: TenantMark
    home: TenantMark
    package_name: str
    guest_name: str
    guest_address: str
    requestor_name: str
    state: str
    state_words: str
    tone: Tone
    created_at: datetime
    settled_at: datetime | None
    cause: str = ""


@dataclass(frozen=True, kw_only=True)
class StepRow:
    """A step of a delivery, with its evidence. `client_request_id` finds the call in the directory's own log."""

    position: int
    kind: str
    words: str
    state: str
    state_words: str
    tone: Tone
    attempts: int
    note: str
    cause: str
    owner: str
    next_step: str
    code: str
    graph_request_id: str
    client_request_id: str
    first_attempt_at: datetime | None
    next_attempt_at: datetime | None
    settled_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class FailedMail:
    """A mail about a request that could not be sent."""

    id: str
    to_address: str
    failure: str
    next_step: str


@dataclass(frozen=True, kw_only=True)
class DeliveryPage:
    """All about one delivery, and the mails about its request that could not be sent."""

    row: DeliveryRow
    steps: tuple[StepRow, ...]
    can_retry: bool
    on_hold_because: str = ""
    failed_mails: tuple[FailedMail, ...] = ()
    can_resend: bool = False


@dataclass(frozen=True, kw_only=True)
class AuditRow:
    """A line of the audit trail. `actor_tenant` is None for Selfservice itself."""

    number: int
    at: datetime
    action: str
    actor_name: str
    actor_object_id: str
    actor_tenant: TenantMark | None
    is_system: bool
    object_kind: str
    object_id: str
    tenant: TenantMark
    why: str
    graph_request_id: str
    remote_address: str
    details: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class MirrorRow:
    """How fresh one part of a tenant's mirror is."""

    kind: str
    words: str
    state_words: str
    tone: Tone
    synced_at: datetime | None
    full_synced_at: datetime | None
    due_at: datetime | None
    failed_at: datetime | None
    failure: str
    failure_next_step: str


@dataclass(frozen=True, kw_only=True)
class PolicyRow:
    """One thing that a tenant's directory says about letting guests in; `tone` bad where it stops us."""

    name: str
    words: str
    tone: Tone


@dataclass(frozen=True, kw_only=True)
class BrakeRow:
    """Writing to the tenant has stopped."""

    pulled_at: datetime
    cause: str
    next_step: str


@dataclass(frozen=True, kw_only=True)
class TenantRow:
    """The tenant that is administered, as its mirror knows it."""

    tenant: TenantMark
    is_home: bool
    is_resource: bool
    cloud: str
    domains: tuple[str, ...]
    people: int
    guests: int
    groups: int
    applications: int
    mirror: tuple[MirrorRow, ...]
    policies: tuple[PolicyRow, ...]
    brake: BrakeRow | None
    can_release: bool
