"""What people do over the years, drawn from a seed: ask, decide, redeem, sign in, leave, meddle."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import TypeVar

from sqlalchemy import select

from selfservice.model.actor import Actor
from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.lifecycle import KeptLifecycle, Lifecycle, Mode, lifecycle_to_data
from selfservice.model.package import PackageApprover, PartyKind
from selfservice.model.person import Person
from selfservice.model.refusal import Refused
from selfservice.model.request import AccessRequest
from selfservice.services import approving, ending, requesting
from selfservice.services.drafting import Ask
from selfservice.simulator.clock import iso
from selfservice.simulator.directory.people import member, redeemed
from selfservice.store.transaction import reading, transaction
from tests.services.making import (
    BOB,
    CONTOSO,
    DESIGN_MEMBERS,
    EXPENSES_USERS,
    FABRIKAM,
    WES,
    WOODGROVE,
    make_package,
)
from tests.years.diary import Absence, Access, Diary
from tests.years.installation import LEDGERS_USERS, Installation
from tests.years.meddling import Meddler

T = TypeVar("T")

STAFF = 40
OUTSIDERS = 300
LONGEST = 120
ENFORCED = Lifecycle(mode=Mode.ENFORCE)


@dataclass
class Company:
    """The people of one installation. The same seed does the same on every database."""

    inst: Installation
    random: Random
    diary: Diary = field(default_factory=Diary)
    packages: dict[str, tuple[str, str]] = field(default_factory=dict)
    staff: list[Actor] = field(default_factory=list)
    serial: int = 0

    def found(self) -> None:
        """Publish the packages and hire people."""
        rt = self.inst.rt
        for tenant_id, name, gives in (
            (CONTOSO, "Expenses", EXPENSES_USERS),
            (CONTOSO, "Ledgers", LEDGERS_USERS),
            (WOODGROVE, "Design studio", DESIGN_MEMBERS),
        ):
            package = make_package(rt, tenant_id, name, gives=gives)
            package.max_days = LONGEST
            decides = BOB if tenant_id == CONTOSO else WES
            package.approvers.append(
                PackageApprover(kind=PartyKind.PERSON, object_id=decides.object_id, name=decides.name)
            )
            self.packages[package.id] = (tenant_id, gives)
            with transaction(rt.sessions) as tx:
                tx.add(package)
        with transaction(rt.sessions) as tx:
            for tenant_id in (CONTOSO, WOODGROVE):
                body = lifecycle_to_data(ENFORCED)
                tx.add(KeptLifecycle(tenant_id=tenant_id, body=body, changed_at=rt.clock()))
        for _ in range(STAFF):
            self.hire()

    def act(self, kind: str, deed: "Callable[[Company], str]") -> str:
        """Do one thing; say what came of it, a refusal by its name."""
        self.diary.operations += 1
        try:
            told = deed(self)
        except Refused as refusal:
            told = type(refusal).__name__
            self.diary.refusals[told] = self.diary.refusals.get(told, 0) + 1
        self.diary.done[kind] = self.diary.done.get(kind, 0) + (told == "")
        return told

    def hire(self) -> str:
        self.serial += 1
        number, fabrikam = self.serial, self.inst.tenant(FABRIKAM)
        oid = f"a1000000-0000-4000-8000-{number:012d}"
        mail = f"p{number}@fabrikam.example"
        fabrikam.users.add(member(oid, mail, f"Person {number}", self.inst.clock()))
        if self.staff:
            boss = self.random.choice(self.staff)
            fabrikam.managers.add(oid, boss.object_id)
        self.staff.append(Actor(tenant_id=FABRIKAM, object_id=oid, name=f"Person {number}"))
        return ""

    def ask(self) -> str:
        rt, at = self.inst.rt, self.inst.clock()
        asker = self.active()
        package_id = self.random.choice(list(self.packages))
        tenant_id, group_id = self.packages[package_id]
        for_self = self.random.random() < 0.25
        address = f"g{self.random.randrange(OUTSIDERS)}@d{self.random.randrange(7)}.example"
        ends_on = at.date() + timedelta(days=self.random.choice((1, 2, 10, 30, 60, 90, LONGEST)))
        ask = Ask(
            form_key=f"{self.diary.operations}",
            package_id=package_id,
            for_self=for_self,
            guest_address="" if for_self else address,
            guest_name="" if for_self else address.partition("@")[0],
            justification="for the close",
            ends_on=ends_on,
        )
        request_id = requesting.submit(rt, ask, by=asker)
        with reading(rt.sessions) as tx:
            request = tx.get_one(AccessRequest, request_id)
        decider = BOB if tenant_id == CONTOSO else WES
        if self.random.random() < 0.08:
            approving.deny(rt, request_id, by=decider, seen=request.content_hash, justification="no")
            return ""
        approving.approve(rt, request_id, by=decider, seen=request.content_hash, justification="fine")
        self.diary.accesses[request_id] = Access(
            request_id=request_id,
            tenant_id=tenant_id,
            address=request.guest_address.casefold(),
            home=asker.ref if for_self else None,
            group_id=group_id,
            granted_at=at,
            ends=[(at, ends_on)],
        )
        return ""

    def end_now(self) -> str:
        assignment = self.running()
        if assignment is None:
            return "none"
        ending.end_access(self.inst.rt, assignment.id, by=self.sponsor_of(assignment), why="not needed any more")
        self.diary.accesses[assignment.request_id].ended_at = self.inst.clock()
        return ""

    def redeem(self) -> str:
        for tenant_id in self._shuffled((CONTOSO, WOODGROVE)):
            tenant = self.inst.tenant(tenant_id)
            invited = (u for u in tenant.users.live.values() if u.get("externalUserState") == "PendingAcceptance")
            waiting = [each for each in invited if each["accountEnabled"]]
            if waiting:
                user = self.random.choice(sorted(waiting, key=lambda each: str(each["mail"])))
                identity = {"signInType": "federated", "issuer": "mail", "issuerAssignedId": user["mail"]}
                tenant.users.change(user["id"], redeemed(identity, self.inst.clock()))
                self.diary.redeemed.setdefault((tenant_id, user["id"]), []).append(self.inst.clock())
                self._note_sign_in(tenant_id, user["id"])
                return ""
        return "none"

    def sign_in(self) -> str:
        tenant_id = self.random.choice((CONTOSO, WOODGROVE))
        users = self.inst.tenant(tenant_id).users.live.values()
        there = [u for u in users if u.get("externalUserState") == "Accepted" and u["accountEnabled"]]
        if not there:
            return "none"
        # Most sign in often and a few never do, so that some grow inactive.
        user = self.random.choice(sorted(there, key=lambda each: str(each["mail"]))[: max(1, len(there) * 3 // 4)])
        self._note_sign_in(tenant_id, user["id"])
        return ""

    def leave(self) -> str:
        there = [who for who in self.staff if not self.diary.is_away(who.ref, self.inst.clock())]
        if len(there) < STAFF // 2:
            return "none"
        who, users = self.random.choice(there), self.inst.tenant(FABRIKAM).users
        if self.random.random() < 0.5:
            users.change(who.object_id, {"accountEnabled": False})
        else:
            users.remove(who.object_id, iso(self.inst.clock()))
        self.diary.absences.append(Absence(person=who.ref, left_at=self.inst.clock()))
        return ""

    def come_back(self) -> str:
        users = self.inst.tenant(FABRIKAM).users
        for absence in self._shuffled(self.diary.absences):
            if absence.back_at is None and absence.left_at > self.inst.clock() - timedelta(days=25):
                key = absence.person.object_id
                if key in users.deleted:
                    users.restore(key)
                else:
                    users.change(key, {"accountEnabled": True})
                absence.back_at = self.inst.clock()
                return ""
        return "none"

    def meddle(self) -> str:
        """Somebody changes something in a directory, without asking anybody."""
        tenant_id = self.random.choice((CONTOSO, WOODGROVE))
        meddler = Meddler(self.inst, self.random, tenant_id, groups=self._groups_of(tenant_id))
        done = meddler.meddle(f"stranger{self.diary.operations}@else.example")
        if done is None:
            return "none"
        self.diary.meddlings.append(done)
        return ""

    def _groups_of(self, tenant_id: str) -> list[str]:
        return [gives for where, gives in self.packages.values() if where == tenant_id]

    def _note_sign_in(self, tenant_id: str, user_id: str) -> None:
        at = self.inst.clock()
        activity = {"lastSignInDateTime": iso(at), "lastSuccessfulSignInDateTime": iso(at)}
        self.inst.tenant(tenant_id).users.note(user_id, {"signInActivity": activity})
        self.diary.signed_in.setdefault((tenant_id, user_id), []).append(at)

    def active(self) -> Actor:
        """Somebody at home whom the mirror knows, mostly one who has not left."""
        with reading(self.inst.rt.sessions) as tx:
            known = set(tx.scalars(select(Person.object_id).where(Person.tenant_id == FABRIKAM)))
        at = self.inst.clock()
        there = [who for who in self.staff if who.object_id in known and not self.diary.is_away(who.ref, at)]
        return self.random.choice(there)

    def running(self) -> Assignment | None:
        query = select(Assignment).where(Assignment.state == AssignmentState.ACTIVE)
        with reading(self.inst.rt.sessions) as tx:
            found = sorted(tx.scalars(query), key=lambda each: (each.starts_at, each.package_name, each.ends_on))
        return self.random.choice(found) if found else None

    def sponsor_of(self, assignment: Assignment) -> Actor:
        ref = assignment.sponsor
        return Actor(tenant_id=ref.tenant_id, object_id=ref.object_id, name=assignment.sponsor_name)

    def _shuffled(self, things: Iterable[T]) -> list[T]:
        listed = list(things)
        self.random.shuffle(listed)
        return listed


DEEDS: Mapping[str, Callable[[Company], str]] = {
    "hire": Company.hire,
    "ask": Company.ask,
    "endNow": Company.end_now,
    "redeem": Company.redeem,
    "signIn": Company.sign_in,
    "leave": Company.leave,
    "comeBack": Company.come_back,
    "meddle": Company.meddle,
}
OFTEN = {
    "ask": 24,
    "redeem": 18,
    "signIn": 24,
    "endNow": 4,
    "hire": 2,
    "leave": 2,
    "comeBack": 1,
    "meddle": 6,
}
