"""A tenant's directory in memory: it remembers, copies slowly, refuses what the real one refuses, fails when told."""

import itertools
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from selfservice.model.backoff import NOT_THERE_YET
from selfservice.model.directory import (
    Accepted,
    AppRoleAssignment,
    DirectoryApplication,
    DirectoryGroup,
    DirectoryUser,
    GrantedPermissions,
    Invitation,
    ListPage,
    RedemptionState,
    Secret,
    TenantInformation,
    TenantPolicies,
    UserType,
)
from selfservice.model.unable import UnableTo
from tests.services.fake_life import Life

PROPERTIES = {
    "displayName": "display_name",
    "companyName": "company_name",
    "department": "department",
    "jobTitle": "job_title",
    "accountEnabled": "enabled",
}
ACCEPTED_AT = datetime(2027, 1, 11, 8, 0, tzinfo=UTC)


@dataclass
class FakeDirectory(Life):
    """One tenant's directory. `lag`: how many looks a new guest stays unseen for; `invited`: addresses in turn."""

    tenant_id: str = "c0000000-0000-4000-8000-000000000001"
    lag: int = 0
    invited: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    policy: TenantPolicies = field(default_factory=lambda: TenantPolicies(allow_invites_from="everyone"))
    tenants: dict[str, TenantInformation] = field(default_factory=dict)
    _unseen: dict[str, int] = field(default_factory=dict)
    _before: dict[str, deque[UnableTo]] = field(default_factory=lambda: defaultdict(deque))
    _after: dict[str, deque[UnableTo]] = field(default_factory=lambda: defaultdict(deque))
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    # --- what tests do ------------------------------------------------------------------------------------------------

    def fail(self, method: str, *failures: UnableTo, after_effect: bool = False) -> None:
        """Let the next calls of a method fail in this order; `after_effect`: once they have done what they do."""
        (self._after if after_effect else self._before)[method].extend(failures)

    def redeem(self, address: str, *, at: datetime = ACCEPTED_AT) -> None:
        """Let a guest accept the invitation."""
        user = self._by_address(address)[0]
        self.change_user(user.object_id, redemption_state=RedemptionState.ACCEPTED, redemption_changed_at=at)

    def change_user(self, object_id: str, **changes: object) -> None:
        """Change a user behind our back."""
        self.put_user(replace(self.users[object_id], **changes))  # type: ignore[arg-type]

    def members_of(self, group_id: str) -> frozenset[str]:
        """Return who is in a group."""
        return frozenset(self.members[group_id])

    # --- users and invitations ----------------------------------------------------------------------------------------

    def find_users_by_address(self, address: str) -> tuple[DirectoryUser, ...]:
        self._enter("find_users_by_address")
        return tuple(user for user in self._by_address(address) if self._is_seen(user.object_id))

    def get_user(self, object_id: str) -> DirectoryUser | None:
        self._enter("get_user")
        return self.users.get(object_id) if self._is_seen(object_id) else None

    def invite(self, *, address: str, display_name: str | None, redirect_url: str, attempt_id: str) -> Invitation:
        self._enter("invite")
        if self.policy.allow_invites_from == "none":
            raise UnableTo("Invitations are not allowed here.", code="invitations-off")
        known = next(iter(self._by_address(address)), None)
        if known is not None and known.user_type is not UserType.GUEST:
            raise UnableTo("A member has this address.", code="internal-user")
        if known is not None and known.enabled is False:
            raise UnableTo("Sign-in is blocked for this guest.", code="guest-blocked")
        guest = known or self._new_guest(address, display_name)
        return self._invited("invite", guest, address)

    def reset_redemption(self, user_id: str, *, address: str, redirect_url: str, attempt_id: str) -> Invitation:
        self._enter("reset_redemption")
        self._ensure_known(user_id)
        if user_id in self.role_holders:
            raise UnableTo("The user holds a role.", code="permission-missing")
        if self.users[user_id] not in self._by_address(address):
            raise UnableTo("The user does not have this address.", code="address-refused")
        self.change_user(user_id, redemption_state=RedemptionState.PENDING)
        return self._invited("reset_redemption", self.users[user_id], address)

    def _invited(self, method: str, guest: DirectoryUser, address: str) -> Invitation:
        self.invited.append(address)
        self._leave(method)
        completed = guest.redemption_state is RedemptionState.ACCEPTED
        return Invitation(
            invitation_id=self._number("inv"),
            user_id=guest.object_id,
            redeem_url=Secret(f"https://login.example/redeem?rd={guest.object_id}&n={len(self.invited)}"),
            status="Completed" if completed else "PendingAcceptance",
            request_id=self._number("graph"),
        )

    def update_user(self, object_id: str, changes: Mapping[str, object], *, attempt_id: str) -> Accepted:
        self._enter("update_user")
        self._ensure_known(object_id)
        self.change_user(object_id, **{PROPERTIES[name]: value for name, value in changes.items()})
        return self._done("update_user")

    # --- groups -------------------------------------------------------------------------------------------------------

    def get_group(self, group_id: str) -> DirectoryGroup | None:
        self._enter("get_group")
        return self.groups.get(group_id)

    def is_member(self, group_id: str, user_id: str) -> bool:
        self._enter("is_member")
        return user_id in self.members[group_id]

    def add_member(self, group_id: str, user_id: str, *, attempt_id: str) -> Accepted:
        self._enter("add_member")
        self._ensure_known(user_id)
        self._ensure_writable(group_id)
        already = user_id in self.members[group_id]
        self.members[group_id].add(user_id)
        return self._done("add_member", already=already)

    def remove_member(self, group_id: str, user_id: str, *, attempt_id: str) -> Accepted:
        self._enter("remove_member")
        self._ensure_writable(group_id)
        already = user_id not in self.members[group_id]
        self.members[group_id].discard(user_id)
        return self._done("remove_member", already=already)

    def group_members(self, group_id: str, link: str | None) -> ListPage[str]:
        self._enter("group_members")
        return ListPage(items=tuple(sorted(self.members[group_id])))

    # --- applications -------------------------------------------------------------------------------------------------

    def get_application(self, object_id: str) -> DirectoryApplication | None:
        self._enter("get_application")
        return self.applications.get(object_id)

    def find_application(self, app_id: str) -> DirectoryApplication | None:
        self._enter("find_application")
        return next((each for each in self.applications.values() if each.app_id == app_id), None)

    def find_assignment(self, *, user_id: str, resource_id: str, role_id: str) -> AppRoleAssignment | None:
        self._enter("find_assignment")
        wanted = (user_id, resource_id, role_id)
        held = self.assignments.values()
        return next((each for each in held if (each.principal_id, each.resource_id, each.role_id) == wanted), None)

    def assign_app_role(self, *, user_id: str, resource_id: str, role_id: str, attempt_id: str) -> Accepted:
        self._enter("assign_app_role")
        self._ensure_known(user_id)
        known = self.applications.get(resource_id)
        if known is None or role_id not in {role.role_id for role in known.roles}:
            raise UnableTo("The application has no such role.", code="not-found")
        wanted = (user_id, resource_id, role_id)
        for held in self.assignments.values():
            if (held.principal_id, held.resource_id, held.role_id) == wanted:
                return self._done("assign_app_role", already=True, object_id=held.assignment_id)
        assignment = AppRoleAssignment(
            assignment_id=self._number("assignment"),
            principal_id=user_id,
            principal_type="User",
            resource_id=resource_id,
            role_id=role_id,
        )
        self.assignments[assignment.assignment_id] = assignment
        return self._done("assign_app_role", object_id=assignment.assignment_id)

    def remove_app_role(self, *, resource_id: str, assignment_id: str, attempt_id: str) -> Accepted:
        self._enter("remove_app_role")
        already = self.assignments.pop(assignment_id, None) is None
        return self._done("remove_app_role", already=already)

    def app_role_assignments(self, resource_id: str, link: str | None) -> ListPage[AppRoleAssignment]:
        self._enter("app_role_assignments")
        return ListPage(items=tuple(each for each in self.assignments.values() if each.resource_id == resource_id))

    # --- the tenant ---------------------------------------------------------------------------------------------------

    def managers(self, link: str | None) -> ListPage[tuple[str, str | None]]:
        self._enter("managers")
        return ListPage(
            items=tuple((u.object_id, u.manager_id) for u in self.users.values() if u.user_type is UserType.MEMBER)
        )

    def policies(self) -> TenantPolicies:
        self._enter("policies")
        return self.policy

    def find_tenant_by_domain(self, domain: str) -> TenantInformation | None:
        self._enter("find_tenant_by_domain")
        return self.tenants.get(domain)

    def granted_permissions(self) -> GrantedPermissions:
        self._enter("granted_permissions")
        granted = frozenset({"User.Read.All", "User.Invite.All", "GroupMember.ReadWrite.All"})
        return GrantedPermissions(tenant_id=self.tenant_id, app_id="client", granted=granted)

    # --- how it works -------------------------------------------------------------------------------------------------

    def _enter(self, method: str) -> None:
        self.calls.append(method)
        if self._before[method]:
            raise self._before[method].popleft()

    def _leave(self, method: str) -> None:
        if self._after[method]:
            raise self._after[method].popleft()

    def _done(self, method: str, *, already: bool = False, object_id: str = "") -> Accepted:
        self._leave(method)
        return Accepted(request_id=self._number("graph"), already=already, object_id=object_id)

    def _number(self, word: str) -> str:
        return f"{word}-{next(self._numbers)}"

    def _by_address(self, address: str) -> list[DirectoryUser]:
        key = address.casefold()
        return [
            user
            for user in self.users.values()
            if key in {each.casefold() for each in (user.mail, *user.other_mails) if each}
        ]

    def _new_guest(self, address: str, display_name: str | None) -> DirectoryUser:
        guest = DirectoryUser(
            object_id=f"99000000-0000-4000-8000-{next(self._numbers):012d}",
            display_name=display_name or address.partition("@")[0],
            mail=address,
            user_principal_name=f"{address.replace('@', '_')}#EXT#@contoso.example",
            user_type=UserType.GUEST,
            enabled=True,
            creation_type="Invitation",
            redemption_state=RedemptionState.PENDING,
        )
        self.put_user(guest)
        self._unseen[guest.object_id] = self.lag
        return guest

    def _is_seen(self, object_id: str) -> bool:
        left = self._unseen.get(object_id, 0)
        self._unseen[object_id] = max(0, left - 1)
        return left == 0

    def _ensure_known(self, object_id: str) -> None:
        if object_id not in self.users or self._unseen.get(object_id, 0) > 0:
            raise UnableTo("The directory does not know the user yet.", code=NOT_THERE_YET, transient=True)

    def _ensure_writable(self, group_id: str) -> None:
        group = self.groups.get(group_id)
        if group is None:
            raise UnableTo("The group no longer exists.", code="not-found")
        if group.dynamic or group.synced or group.role_assignable:
            raise UnableTo("The group's members cannot be changed.", code="forbidden")
