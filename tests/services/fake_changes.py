"""What a directory in memory holds, and how it tells of changes: pages, delta links, and links that it forgets."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from selfservice.model.directory import (
    AppRoleAssignment,
    DeltaPage,
    DirectoryApplication,
    DirectoryGroup,
    DirectoryUser,
    Removed,
)
from selfservice.model.unable import UnableTo

T = TypeVar("T")


@dataclass
class Changes:
    """Users, groups and applications with a journal of what changed. `page_size` is for delta pages."""

    users: dict[str, DirectoryUser] = field(default_factory=dict)
    groups: dict[str, DirectoryGroup] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    applications: dict[str, DirectoryApplication] = field(default_factory=dict)
    assignments: dict[str, AppRoleAssignment] = field(default_factory=dict)
    page_size: int = 100
    _journal: list[tuple[str, str]] = field(default_factory=list)
    _forgotten: int = 0

    def put_user(self, user: DirectoryUser) -> None:
        """Make or change a user."""
        self.users[user.object_id] = user
        self._journal.append(("users", user.object_id))

    def remove_user(self, object_id: str) -> None:
        """Delete a user, who leaves every group."""
        del self.users[object_id]
        for members in self.members.values():
            members.discard(object_id)
        self._journal.append(("users", object_id))

    def put_group(self, group: DirectoryGroup) -> None:
        """Make or change a group."""
        self.groups[group.object_id] = group
        self._journal.append(("groups", group.object_id))

    def remove_group(self, object_id: str) -> None:
        """Delete a group."""
        del self.groups[object_id]
        self._journal.append(("groups", object_id))

    def put_application(self, application: DirectoryApplication) -> None:
        """Make or change an application."""
        self.applications[application.object_id] = application
        self._journal.append(("applications", application.object_id))

    def forget_links(self) -> None:
        """Let every delta link that was given out be unknown from now on."""
        self._forgotten = len(self._journal) + 1
        self._journal.append(("nothing", ""))

    def users_delta(self, link: str | None) -> DeltaPage[DirectoryUser]:
        return self._delta("users", self.users, link)

    def groups_delta(self, link: str | None) -> DeltaPage[DirectoryGroup]:
        return self._delta("groups", self.groups, link)

    def applications_delta(self, link: str | None) -> DeltaPage[DirectoryApplication]:
        return self._delta("applications", self.applications, link)

    def _enter(self, method: str) -> None:
        raise NotImplementedError

    def _delta(self, kind: str, held: Mapping[str, T], link: str | None) -> DeltaPage[T]:
        self._enter(f"{kind}_delta")
        if link is None:
            link = f"all/0/{len(self._journal)}"
        what, first, mark = link.split("/")
        if what == "since" and int(mark) < self._forgotten:
            raise UnableTo("The link is too old.", code="delta-expired")
        now = len(self._journal)
        if what == "since":
            ids = list(dict.fromkeys(each for of, each in self._journal[int(mark) :] if of == kind))
            end = f"since/0/{now}"
        else:
            ids, end = sorted(held), f"since/0/{mark}"
        page = ids[int(first) : int(first) + self.page_size]
        more = int(first) + self.page_size < len(ids)
        return DeltaPage(
            changed=tuple(held[each] for each in page if each in held),
            removed=tuple(Removed(object_id=each, permanently=False) for each in page if each not in held),
            next_link=f"{what}/{int(first) + self.page_size}/{mark}" if more else None,
            delta_link=None if more else end,
        )
