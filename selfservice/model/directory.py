"""What a tenant's directory says, as plain values: the language between Graph's adapter and the use cases."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from selfservice.model.guest_policy import GuestLifecyclePolicy


class Secret:
    """A text that must never be logged or stored in the clear; `reveal` is the one way to it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the text itself, for the one place that needs it."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    def __str__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


class UserType(StrEnum):
    """How a tenant treats a user, whatever their home is."""

    MEMBER = "Member"
    GUEST = "Guest"


class RedemptionState(StrEnum):
    """Graph's `externalUserState` of an invited user."""

    PENDING = "PendingAcceptance"
    ACCEPTED = "Accepted"


@dataclass(frozen=True, kw_only=True)
class DirectoryUser:
    """A user object of one tenant. `issuer` says where a guest signs in, once they have accepted."""

    object_id: str
    display_name: str = ""
    mail: str | None = None
    other_mails: tuple[str, ...] = ()
    user_principal_name: str = ""
    user_type: UserType | None = None
    enabled: bool | None = None
    department: str | None = None
    job_title: str | None = None
    company_name: str | None = None
    manager_id: str | None = None
    creation_type: str | None = None
    redemption_state: RedemptionState | None = None
    redemption_changed_at: datetime | None = None
    issuer: str = ""
    in_address_list: bool | None = None


@dataclass(frozen=True, kw_only=True)
class SponsorRef:
    """A user or group that answers for a guest."""

    object_id: str
    is_group: bool = False


@dataclass(frozen=True, kw_only=True)
class DirectoryGroup:
    """A group object of one tenant, with what decides whether its members may be changed."""

    object_id: str
    display_name: str = ""
    security_enabled: bool = False
    mail_enabled: bool = False
    dynamic: bool = False
    synced: bool = False
    role_assignable: bool = False


@dataclass(frozen=True, kw_only=True)
class DirectoryAppRole:
    """A role that an application declares."""

    role_id: str
    value: str | None
    display_name: str
    description: str | None = None
    enabled: bool = True
    for_users: bool = True


@dataclass(frozen=True, kw_only=True)
class DirectoryApplication:
    """A service principal of one tenant and the roles it declares.

    `owner_tenant_id` is Graph's `appOwnerOrganizationId`: the tenant that made the application.
    """

    object_id: str
    app_id: str
    display_name: str = ""
    owner_tenant_id: str | None = None
    enabled: bool = True
    assignment_required: bool = False
    homepage: str | None = None
    roles: tuple[DirectoryAppRole, ...] = ()


@dataclass(frozen=True, kw_only=True)
class AppRoleAssignment:
    """Who holds which role of an application. `principal_type` is User, Group or ServicePrincipal."""

    assignment_id: str
    principal_id: str
    principal_type: str
    resource_id: str
    role_id: str


@dataclass(frozen=True, kw_only=True)
class Removed:
    """A delta says that an object is gone; `permanently` false means that it can be restored."""

    object_id: str
    permanently: bool


T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class DeltaPage(Generic[T]):
    """One page of changes: exactly one of `next_link` (more follows) and `delta_link` (come back later) is set."""

    changed: tuple[T, ...] = ()
    removed: tuple[Removed, ...] = ()
    next_link: str | None = None
    delta_link: str | None = None


@dataclass(frozen=True, kw_only=True)
class ListPage(Generic[T]):
    """One page of a list."""

    items: tuple[T, ...] = ()
    next_link: str | None = None


@dataclass(frozen=True, kw_only=True)
class Invitation:
    """What `POST /invitations` gave back. The redeem link is a secret: whoever holds it can become the guest."""

    invitation_id: str
    user_id: str
    redeem_url: Secret
    status: str
    request_id: str = ""


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """A write that the directory took. `already` says that it was so before. `request_id` is Graph's."""

    request_id: str = ""
    already: bool = False
    object_id: str = ""


@dataclass(frozen=True, kw_only=True)
class TenantPolicies:
    """The settings of a tenant that decide whether and how a guest can come in, as the directory states them.

    `partners` maps a partner's tenant id to its cross-tenant access section; a missing one inherits
    `cross_tenant_default`. `guest_lifecycle` is None where it is not known: the right to read it is optional.
    """

    allow_invites_from: str
    guest_user_role_id: str | None = None
    email_one_time_passcode: str = "default"
    cross_tenant_default: Mapping[str, object] = field(default_factory=dict)
    partners: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    guest_lifecycle: tuple[GuestLifecyclePolicy, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class TenantInformation:
    """What anybody may know of a tenant: that it is there, and its name."""

    tenant_id: str
    display_name: str
    default_domain: str = ""


@dataclass(frozen=True, kw_only=True)
class MailDraft:
    """A message that waits in a mailbox, or has left it (`is_draft` false)."""

    draft_id: str
    is_draft: bool
    request_id: str = ""


@dataclass(frozen=True, kw_only=True)
class OutgoingMail:
    """A mail ready to leave. `message_id` is ours (RFC 5322, with angle brackets) and stays the same over every
    attempt.
    """

    message_id: str
    to: str
    subject: str
    text: str
    html: str


@dataclass(frozen=True, kw_only=True)
class GrantedPermissions:
    """The application permissions in a token that this tenant really issued."""

    tenant_id: str
    app_id: str
    granted: frozenset[str]
