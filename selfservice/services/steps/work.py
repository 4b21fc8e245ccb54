"""What an attempt of a delivery step is given, and what it comes to."""

from collections.abc import Mapping
from dataclasses import dataclass

from selfservice.model.delivery import StepKind
from selfservice.model.directory import DirectoryUser, Secret, UserType
from selfservice.model.guest import GuestStanding
from selfservice.model.planning import GivenRole
from selfservice.model.refusal import Refused


class Drifted(Refused):
    """What was approved is no longer what the directory would give."""


@dataclass(frozen=True, kw_only=True)
class SponsorChoice:
    """A user or group of the resource tenant who should be a sponsor of the guest."""

    object_id: str
    is_group: bool
    name: str


@dataclass(frozen=True, kw_only=True)
class Work:
    """One attempt of one step: everything it needs to know, and under which fence it may report.

    `called_off` says why what was to be done to a guest is not wanted any more. `may_free` names the guests who are
    blocked or deleted there by us because of time alone: being given an access brings them back; `deleted_for_good`
    those whom it does not.
    """

    delivery_id: str
    step_id: str
    fence: str
    attempt_id: str
    attempts: int
    kind: StepKind
    tenant_id: str
    tenant_name: str
    address: str = ""
    guest_name: str = ""
    redirect_url: str = ""
    guest_object_id: str | None = None
    guest_was_there: bool = False
    profile: Mapping[str, str] | None = None
    sponsors: tuple[SponsorChoice, ...] = ()
    role: GivenRole | None = None
    roles: tuple[GivenRole, ...] = ()
    drift: str = ""
    people: tuple[tuple[str, str], ...] = ()
    still_held: bool = False
    user_type: UserType | None = None
    called_off: str = ""
    by_person: bool = False
    is_care: bool = False
    may_free: frozenset[str] = frozenset()
    deleted_for_good: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What an attempt came to. `skipped` says that there was nothing to do, and `note` why. `standing` is where the
    guest stands by it.
    """

    note: str = ""
    skipped: bool = False
    graph_request_id: str = ""
    guest: DirectoryUser | None = None
    redeem_url: Secret | None = None
    standing: GuestStanding | None = None


def guest_of(work: Work) -> str:
    """Return the object id of the guest that an earlier step found or made."""
    if not work.guest_object_id:
        raise Drifted(
            "The guest of this delivery is not known.",
            next_step="Try the delivery again from its start.",
        )
    return work.guest_object_id


def role_of(work: Work) -> GivenRole:
    """Return the role that the step is about."""
    if work.role is None:
        raise Drifted("This step does not say which role it is about.", next_step="Ask again.")
    return work.role
