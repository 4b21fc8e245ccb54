"""What others do in the directories of the simulated tenants, without asking anybody."""

from dataclasses import dataclass
from random import Random

from selfservice.simulator.clock import iso
from selfservice.simulator.directory.people import guest as unknown_guest
from selfservice.simulator.directory.shapes import Properties
from selfservice.simulator.identifiers import new_id
from tests.years.diary import Meddling
from tests.years.installation import Installation

DEEDS = ("disable", "enable", "delete", "restore", "takeRole", "giveRole", "stranger", "member", "takeSponsor")


@dataclass
class Meddler:
    """Somebody with rights in one tenant."""

    inst: Installation
    random: Random
    tenant_id: str
    groups: list[str]

    def meddle(self, stranger: str) -> Meddling | None:
        """Do something to a guest there, and say what, or None where there was nothing to do it to."""
        what, group_id = self.random.choice(DEEDS), self.random.choice(self.groups)
        user = self._picked(what, stranger)
        if user is None or not self._do(what, user, group_id):
            return None
        return Meddling(
            at=self.inst.clock(), tenant_id=self.tenant_id, what=what, user_id=user["id"], group_id=group_id
        )

    def _picked(self, what: str, stranger: str) -> Properties | None:
        users = self.inst.tenant(self.tenant_id).users
        if what == "stranger":
            return unknown_guest(self.inst.tenant(self.tenant_id), new_id(), stranger, self.inst.clock())
        there = users.deleted.values() if what == "restore" else users.live.values()
        guests = sorted((each for each in there if each["userType"] == "Guest"), key=lambda each: str(each["mail"]))
        return self.random.choice(guests) if guests else None

    def _do(self, what: str, user: Properties, group_id: str) -> bool:
        users = self.inst.tenant(self.tenant_id).users
        if what == "stranger":
            users.add(user)
        elif what == "restore":
            users.restore(user["id"])
        elif what == "delete":
            users.remove(user["id"], iso(self.inst.clock()))
        elif what in ("disable", "enable"):
            users.change(user["id"], {"accountEnabled": what == "enable"})
        elif what == "member":
            users.change(user["id"], {"userType": "Member"})
        else:
            return self._link(what, user["id"], group_id)
        return True

    def _link(self, what: str, user_id: str, group_id: str) -> bool:
        tenant = self.inst.tenant(self.tenant_id)
        if what == "takeSponsor":
            named = sorted(tenant.sponsors.of(user_id))
            if named:
                tenant.sponsors.remove(user_id, named[0])
            return bool(named)
        has = tenant.members.has(group_id, user_id)
        if has != (what == "takeRole"):
            return False
        (tenant.members.remove if has else tenant.members.add)(group_id, user_id)
        tenant.groups.touch(group_id, "members")
        return True
