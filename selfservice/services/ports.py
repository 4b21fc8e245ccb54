"""What the use cases need of the outside world, as Protocols; `entra` and `mail` hold the real ones."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from selfservice.model.directory import (
    Accepted,
    AppRoleAssignment,
    DeltaPage,
    DirectoryApplication,
    DirectoryGroup,
    DirectoryUser,
    GrantedPermissions,
    Invitation,
    ListPage,
    MailDraft,
    OutgoingMail,
    SponsorRef,
    TenantInformation,
    TenantPolicies,
    UserType,
)
from selfservice.model.identity import SignInStart, VerifiedIdentity


class Directory(Protocol):
    """One tenant's directory. Every method may raise `UnableTo`; every write is sent once and never repeated in here.

    `attempt_id` is sent as `client-request-id`, so that a write can be found again in the directory's own log.
    """

    def find_users_by_address(self, address: str) -> tuple[DirectoryUser, ...]:
        """Return the users that have this address as mail, other mail or proxy address."""

    def get_user(self, object_id: str) -> DirectoryUser | None:
        """Return the user, or None where the directory does not know the id (yet)."""

    def invite(
        self,
        *,
        address: str,
        display_name: str | None,
        redirect_url: str,
        attempt_id: str,
    ) -> Invitation:
        """Invite a guest without Microsoft's mail; an address that is a guest already gives the same user and a
        fresh link.
        """

    def reset_redemption(self, user_id: str, *, address: str, redirect_url: str, attempt_id: str) -> Invitation:
        """Let a guest redeem anew with an address that their object has already; the object stays the same."""

    def update_user(self, object_id: str, changes: Mapping[str, object], *, attempt_id: str) -> Accepted:
        """Change profile properties of a user, or whether they may sign in."""

    def set_user_type(self, object_id: str, user_type: UserType, *, attempt_id: str) -> Accepted:
        """Treat a user as a member, or as a guest."""

    def set_addresses(
        self, object_id: str, *, mail: str | None, other_mails: tuple[str, ...], attempt_id: str
    ) -> Accepted:
        """Write the mail addresses of a guest; only a reset of redemption needs that. Without `mail` it stays."""

    def is_role_holder(self, user_id: str) -> bool:
        """Say whether the user holds a role of the directory itself, so that nobody may touch them by automation."""

    def delete_user(self, object_id: str, *, attempt_id: str) -> Accepted:
        """Delete a user softly; one who is not there is success."""

    def get_deleted_user(self, object_id: str) -> DirectoryUser | None:
        """Return a user who was deleted and can be restored, or None."""

    def find_deleted_by_address(self, address: str) -> tuple[DirectoryUser, ...]:
        """Return the deleted users that have this address and can be restored."""

    def restore_user(self, object_id: str, *, attempt_id: str) -> Accepted:
        """Bring a deleted user back, with the same id."""

    def revoke_sessions(self, user_id: str, *, attempt_id: str) -> Accepted:
        """End the sessions of a member. A guest signs in at home, so for them this does nothing."""

    def sponsors(self, user_id: str) -> tuple[str, ...]:
        """Return the object ids of the user's sponsors."""

    def add_sponsor(self, user_id: str, *, sponsor_id: str, is_group: bool, attempt_id: str) -> Accepted:
        """Make a user or group of this tenant a sponsor of the guest."""

    def remove_sponsor(self, user_id: str, *, sponsor_id: str, attempt_id: str) -> Accepted:
        """Take a sponsor off the guest; the sponsor's own object stays."""

    def get_group(self, group_id: str) -> DirectoryGroup | None:
        """Return the group, or None."""

    def is_member(self, group_id: str, user_id: str) -> bool:
        """Say whether the user is a direct member of the group."""

    def add_member(self, group_id: str, user_id: str, *, attempt_id: str) -> Accepted:
        """Add a user to a group; being a member already is success."""

    def remove_member(self, group_id: str, user_id: str, *, attempt_id: str) -> Accepted:
        """Take a user out of a group; not being a member is success."""

    def get_application(self, object_id: str) -> DirectoryApplication | None:
        """Return the service principal, or None."""

    def find_assignment(self, *, user_id: str, resource_id: str, role_id: str) -> AppRoleAssignment | None:
        """Return the user's direct assignment of this app role, or None."""

    def assign_app_role(self, *, user_id: str, resource_id: str, role_id: str, attempt_id: str) -> Accepted:
        """Assign an app role to a user (`object_id` is the assignment's id); holding it already is success."""

    def remove_app_role(self, *, resource_id: str, assignment_id: str, attempt_id: str) -> Accepted:
        """Take an app role assignment away; a missing one is success."""

    def users_delta(self, link: str | None) -> DeltaPage[DirectoryUser]:
        """Return a page of changed users: from the start (None), or from a next or delta link. May raise
        `DeltaExpired`.
        """

    def groups_delta(self, link: str | None) -> DeltaPage[DirectoryGroup]:
        """Return a page of changed groups."""

    def applications_delta(self, link: str | None) -> DeltaPage[DirectoryApplication]:
        """Return a page of changed service principals."""

    def group_members(self, group_id: str, link: str | None) -> ListPage[str]:
        """Return a page of the object ids of a group's direct user members."""

    def managers(self, link: str | None) -> ListPage[tuple[str, str | None]]:
        """Return a page of (user id, manager's id or None) of this tenant's members."""

    def leave_times(self, link: str | None) -> ListPage[tuple[str, datetime | None]]:
        """Return a page of (user id, when they are said to leave) of this tenant's members; it needs its own right."""

    def guest_sponsors(self, link: str | None) -> ListPage[tuple[str, tuple[SponsorRef, ...]]]:
        """Return a page of (guest's id, their sponsors)."""

    def sign_ins(self, link: str | None) -> ListPage[tuple[str, datetime | None]]:
        """Return a page of (user id, last successful sign-in); needs a licence and a right of its own."""

    def find_application(self, app_id: str) -> DirectoryApplication | None:
        """Return this tenant's service principal of an application by its app id, or None."""

    def app_role_assignments(self, resource_id: str, link: str | None) -> ListPage[AppRoleAssignment]:
        """Return a page of who holds roles of an application."""

    def policies(self) -> TenantPolicies:
        """Return the tenant's settings about guests."""

    def find_tenant_by_domain(self, domain: str) -> TenantInformation | None:
        """Return the tenant that a domain belongs to, or None where no tenant of the same cloud has it."""

    def granted_permissions(self) -> GrantedPermissions:
        """Get a token and return what it grants."""


class Directories(Protocol):
    """The directories of every configured tenant."""

    def of(self, tenant_id: str) -> Directory:
        """Return the directory of a configured tenant; raises `KeyError` for any other."""


class Mailer(Protocol):
    """Sends our mail. Two shapes: with drafts (Graph), where a send can be looked up, and without (SMTP)."""

    def drafts(self) -> "DraftBox | None":
        """Return the mailbox that keeps drafts, or None where mail leaves in one step."""

    def send(self, mail: OutgoingMail) -> None:
        """Send a mail in one step. Raises `UnableTo`; after `outcome_unknown` it may or may not have left."""


class DraftBox(Protocol):
    """A mailbox in which a mail is first written and then sent, so that each half can be looked up after a crash."""

    def find(self, message_id: str) -> MailDraft | None:
        """Return the message with our Message-ID, sent or not, or None."""

    def create(self, mail: OutgoingMail) -> MailDraft:
        """Write a draft."""

    def get(self, draft_id: str) -> MailDraft | None:
        """Return the draft or sent message by its id, or None."""

    def send(self, draft_id: str) -> None:
        """Send a draft."""


class SignIn(Protocol):
    """The sign-in service."""

    def start(self, *, redirect_uri: str, login_hint: str | None) -> SignInStart:
        """Begin a sign-in."""

    def finish(self, flow: Mapping[str, object], answer: Mapping[str, str]) -> VerifiedIdentity:
        """Check what came back and return who it is. Raises `SignInRefused` (a `Refused`) or `UnableTo`."""

    def sign_out_url(self, *, tenant_id: str, return_to: str, login_hint: str | None) -> str:
        """Return the address that ends the session at the sign-in service as well."""


class Waker(Protocol):
    """Tells workers that there is work; losing a call costs time, never work."""

    def wake(self, task: str, *args: str) -> None:
        """Ask for `task` soon."""
