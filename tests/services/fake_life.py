"""How a directory in memory lets users be blocked, deleted, restored, sponsored and treated, and keeps what it did."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from selfservice.model.directory import Accepted, DirectoryUser, ListPage, SponsorRef, UserType
from selfservice.model.unable import UnableTo
from tests.services.fake_changes import Changes

MOST_SPONSORS = 5


@dataclass
class Life(Changes):
    """The part of a directory that is about the life of user objects. `done`: (what, whom) in turn."""

    sponsor_ids: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    deleted: dict[str, DirectoryUser] = field(default_factory=dict)
    role_holders: set[str] = field(default_factory=set)
    signed_in: dict[str, datetime | None] = field(default_factory=dict)
    leaving: dict[str, datetime | None] = field(default_factory=dict)
    done: list[tuple[str, str]] = field(default_factory=list)

    def set_user_type(self, object_id: str, user_type: UserType, *, attempt_id: str) -> Accepted:
        self._enter("set_user_type")
        self._ensure_known(object_id)
        self.change_user(object_id, user_type=user_type)
        return self._done("set_user_type")

    def set_addresses(
        self, object_id: str, *, mail: str | None, other_mails: tuple[str, ...], attempt_id: str
    ) -> Accepted:
        self._enter("set_addresses")
        self._ensure_known(object_id)
        self.change_user(object_id, mail=mail or self.users[object_id].mail, other_mails=other_mails)
        return self._done("set_addresses")

    def is_role_holder(self, user_id: str) -> bool:
        self._enter("is_role_holder")
        return user_id in self.role_holders

    def delete_user(self, object_id: str, *, attempt_id: str) -> Accepted:
        self._enter("delete_user")
        known = self.users.get(object_id)
        if known is not None:
            self.deleted[object_id] = known
            del self.users[object_id]
            self._journal.append(("users", object_id))
            self.done.append(("delete", object_id))
        return self._done("delete_user", already=known is None)

    def get_deleted_user(self, object_id: str) -> DirectoryUser | None:
        self._enter("get_deleted_user")
        return self.deleted.get(object_id)

    def find_deleted_by_address(self, address: str) -> tuple[DirectoryUser, ...]:
        self._enter("find_deleted_by_address")
        return tuple(user for user in self.deleted.values() if (user.mail or "").casefold() == address.casefold())

    def restore_user(self, object_id: str, *, attempt_id: str) -> Accepted:
        self._enter("restore_user")
        if object_id not in self.deleted:
            raise UnableTo("Nothing of this id was deleted.", code="not-there-yet")
        self.put_user(self.deleted.pop(object_id))
        self.done.append(("restore", object_id))
        return self._done("restore_user")

    def revoke_sessions(self, user_id: str, *, attempt_id: str) -> Accepted:
        self._enter("revoke_sessions")
        self._ensure_known(user_id)
        return self._done("revoke_sessions")

    # --- sponsors -----------------------------------------------------------------------------------------------------

    def sponsors(self, user_id: str) -> tuple[str, ...]:
        self._enter("sponsors")
        return tuple(self.sponsor_ids[user_id])

    def add_sponsor(self, user_id: str, *, sponsor_id: str, is_group: bool, attempt_id: str) -> Accepted:
        self._enter("add_sponsor")
        self._ensure_known(user_id)
        if sponsor_id not in (self.groups if is_group else self.users):
            raise UnableTo("The sponsor does not exist here.", code="not-found")
        already = sponsor_id in self.sponsor_ids[user_id]
        if not already and len(self.sponsor_ids[user_id]) >= MOST_SPONSORS:
            raise UnableTo("The guest has as many sponsors as are allowed.", code="sponsor-limit")
        if not already:
            self.sponsor_ids[user_id].append(sponsor_id)
        return self._done("add_sponsor", already=already)

    def remove_sponsor(self, user_id: str, *, sponsor_id: str, attempt_id: str) -> Accepted:
        self._enter("remove_sponsor")
        already = sponsor_id not in self.sponsor_ids[user_id]
        if not already:
            self.sponsor_ids[user_id].remove(sponsor_id)
        return self._done("remove_sponsor", already=already)

    # --- what is known besides ----------------------------------------------------------------------------------------

    def guest_sponsors(self, link: str | None) -> ListPage[tuple[str, tuple[SponsorRef, ...]]]:
        self._enter("guest_sponsors")
        guests = (user.object_id for user in self.users.values() if user.user_type is UserType.GUEST)
        return ListPage(
            items=tuple(
                (key, tuple(SponsorRef(object_id=each, is_group=each in self.groups) for each in self.sponsor_ids[key]))
                for key in guests
            )
        )

    def sign_ins(self, link: str | None) -> ListPage[tuple[str, datetime | None]]:
        self._enter("sign_ins")
        return ListPage(items=tuple((key, self.signed_in.get(key)) for key in self.users))

    def leave_times(self, link: str | None) -> ListPage[tuple[str, datetime | None]]:
        self._enter("leave_times")
        return ListPage(items=tuple((key, self.leaving.get(key)) for key in self.users))

    def change_user(self, object_id: str, **changes: object) -> None:
        raise NotImplementedError

    def _ensure_known(self, object_id: str) -> None:
        raise NotImplementedError

    def _done(self, method: str, *, already: bool = False, object_id: str = "") -> Accepted:
        raise NotImplementedError
