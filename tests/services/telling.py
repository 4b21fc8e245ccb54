"""A directory that tells in pages what it holds and what has changed since; it can forget its links, and fail."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar, cast

from selfservice.model.directory import (
    AppRoleAssignment,
    DeltaPage,
    DirectoryApplication,
    DirectoryGroup,
    DirectoryUser,
    ListPage,
    Removed,
    SponsorRef,
    TenantInformation,
    TenantPolicies,
)
from selfservice.model.unable import UnableTo
from selfservice.services.ports import Directory

Told = TypeVar("Told", DirectoryUser, DirectoryGroup, DirectoryApplication)
Item = TypeVar("Item")

AWAY = UnableTo("The directory did not answer.", code="network", transient=True, next_step="Wait.")
FORBIDDEN = UnableTo("The permission is missing.", code="permission-missing", next_step="Grant it.")
FORGOTTEN = UnableTo("The link is too old.", code="delta-expired")
SLOW_DOWN = UnableTo("Too many calls.", code="throttled", transient=True, retry_after=40)


@dataclass
class Collection(Generic[Told]):
    """Objects of one kind with the history of their changes. A link says which change comes next."""

    size: int
    objects: dict[str, Told] = field(default_factory=dict)
    changes: list[str] = field(default_factory=list)
    oldest_link: int = 0

    def put(self, *told: Told) -> None:
        for each in told:
            self.objects[each.object_id] = each
            self.changes.append(each.object_id)

    def remove(self, object_id: str) -> None:
        del self.objects[object_id]
        self.changes.append(object_id)

    def forget_links(self) -> None:
        """From now on every link that was given before is refused."""
        self.oldest_link = len(self.changes) + 1
        self.changes.append("")

    def page(self, link: str | None) -> DeltaPage[Told]:
        if link is None:
            return self._first(0, len(self.changes))
        kind, offset, version = link.split(":")
        if int(version) < self.oldest_link:
            raise FORGOTTEN
        return self._first(int(offset), int(version)) if kind == "next" else self._since(int(version))

    def _first(self, offset: int, version: int) -> DeltaPage[Told]:
        ids = sorted(self.objects)
        page = tuple(self.objects[i] for i in ids[offset : offset + self.size])
        if offset + self.size < len(ids):
            return DeltaPage(changed=page, next_link=f"next:{offset + self.size}:{version}")
        return DeltaPage(changed=page, delta_link=f"delta:0:{version}")

    def _since(self, version: int) -> DeltaPage[Told]:
        ids = [i for i in dict.fromkeys(self.changes[version:]) if i]
        changed = tuple(self.objects[i] for i in ids if i in self.objects)
        removed = tuple(Removed(object_id=i, permanently=False) for i in ids if i not in self.objects)
        return DeltaPage(changed=changed, removed=removed, delta_link=f"delta:0:{len(self.changes)}")


class TellingDirectory:
    """What the mirror asks of a directory, and nothing else."""

    def __init__(self, *, page_size: int = 2) -> None:
        self._size = page_size
        self.users: Collection[DirectoryUser] = Collection(page_size)
        self.groups: Collection[DirectoryGroup] = Collection(page_size)
        self.applications: Collection[DirectoryApplication] = Collection(page_size)
        self.members: dict[str, list[str]] = {}
        self.manager_of: dict[str, str | None] = {}
        self.sponsors_of: dict[str, tuple[SponsorRef, ...]] = {}
        self.signed_in: dict[str, datetime | None] = {}
        self.leaving: dict[str, datetime | None] = {}
        self.assignments: list[AppRoleAssignment] = []
        self.selfservice: DirectoryApplication | None = None
        self.settings = TenantPolicies(allow_invites_from="everyone")
        self.tenants: dict[str, TenantInformation] = {}
        self.next_users_page: DeltaPage[DirectoryUser] | None = None
        self.failures: dict[str, list[UnableTo]] = {}
        self.before: dict[str, Callable[[], None]] = {}
        self.calls: list[tuple[str, str | None]] = []

    def as_directory(self) -> Directory:
        return cast("Directory", self)

    def asked(self, what: str) -> list[str | None]:
        """Return the links (or ids) that one kind of question was asked with, so far."""
        return [link for call, link in self.calls if call == what]

    def users_delta(self, link: str | None) -> DeltaPage[DirectoryUser]:
        self._ask("users", link)
        return self.next_users_page or self.users.page(link)

    def groups_delta(self, link: str | None) -> DeltaPage[DirectoryGroup]:
        self._ask("groups", link)
        return self.groups.page(link)

    def applications_delta(self, link: str | None) -> DeltaPage[DirectoryApplication]:
        self._ask("applications", link)
        return self.applications.page(link)

    def get_user(self, object_id: str) -> DirectoryUser | None:
        self._ask("user", object_id)
        return self.users.objects.get(object_id)

    def group_members(self, group_id: str, link: str | None) -> ListPage[str]:
        self._ask("members", group_id)
        return self._list(sorted(self.members[group_id]), link)

    def managers(self, link: str | None) -> ListPage[tuple[str, str | None]]:
        self._ask("managers", link)
        return self._list(sorted(self.manager_of.items()), link)

    def guest_sponsors(self, link: str | None) -> ListPage[tuple[str, tuple[SponsorRef, ...]]]:
        self._ask("sponsors", link)
        return self._list(sorted(self.sponsors_of.items()), link)

    def sign_ins(self, link: str | None) -> ListPage[tuple[str, datetime | None]]:
        self._ask("sign-ins", link)
        return self._list(sorted(self.signed_in.items()), link)

    def leave_times(self, link: str | None) -> ListPage[tuple[str, datetime | None]]:
        self._ask("leave times", link)
        return self._list(sorted(self.leaving.items()), link)

    def find_application(self, app_id: str) -> DirectoryApplication | None:
        self._ask("application", app_id)
        found = self.selfservice
        return found if found is not None and found.app_id == app_id else None

    def app_role_assignments(self, resource_id: str, link: str | None) -> ListPage[AppRoleAssignment]:
        self._ask("assignments", resource_id)
        return self._list([each for each in self.assignments if each.resource_id == resource_id], link)

    def policies(self) -> TenantPolicies:
        self._ask("policies", None)
        return self.settings

    def find_tenant_by_domain(self, domain: str) -> TenantInformation | None:
        self._ask("domain", domain)
        return self.tenants.get(domain)

    def _ask(self, what: str, link: str | None) -> None:
        self.calls.append((what, link))
        self.before.get(what, lambda: None)()
        if self.failures.get(what):
            raise self.failures[what].pop(0)

    def _list(self, items: Sequence[Item], link: str | None) -> ListPage[Item]:
        offset = int(link or 0)
        following = offset + self._size
        return ListPage(
            items=tuple(items[offset:following]), next_link=str(following) if following < len(items) else None
        )
