"""What is known of a guest who is stuck, and what a doctor says of it, as plain values."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from enum import StrEnum

from selfservice.model.crossing.finding import Finding
from selfservice.model.domain_lookup import LookupState
from selfservice.model.guest import GuestStanding
from selfservice.model.mail import MailState


class Cure(StrEnum):
    """What a button on the page can do about it."""

    NONE = "none"
    LINK = "link"
    RESET = "reset"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What the directory itself said: the guest object there, and other objects that have the same address."""

    there: bool = True
    enabled: bool = True
    accepted: bool = False
    mail: str = ""
    twins: int = 0
    deleted: bool = False


@dataclass(frozen=True, kw_only=True)
class Shut:
    """Why the invitation would be refused by now: a policy, or a setting of either tenant."""

    cause: str
    owner: str
    next_step: str


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is known of a guest. `helper` is whoever helps at the resource tenant.

    `home`, `home_user_name` and `home_active` are set where the guest is an employee of a home tenant that is mirrored.
    `mail` is where the mail with the last link stands, and `link_failure` why there is no link.
    """

    name: str
    address: str
    tenant: str
    helper: str
    standing: GuestStanding = GuestStanding.ACTIVE
    has_access: bool = True
    enabled: bool = True
    removed: bool = False
    accepted: bool = False
    home: str = ""
    home_user_name: str = ""
    home_active: bool = True
    shut: Shut | None = None
    lookup: LookupState | None = None
    codes_off: bool = False
    mail: MailState | None = None
    mail_failure: str = ""
    mail_next_step: str = ""
    link_failure: str = ""
    linked_at: datetime | None = None
    seen: Seen | None = None


@dataclass(frozen=True, kw_only=True)
class Symptom:
    """One thing that was found, and what a button can do about it."""

    finding: Finding
    cure: Cure = Cure.NONE


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """What to do next, whose step it is, and everything else that was found, the worst first."""

    next_step: Symptom
    others: tuple[Symptom, ...] = ()

    @property
    def owner(self) -> str:
        """Whose the next step is."""
        return self.next_step.finding.owner


def seen_from_data(data: Mapping[str, object]) -> Seen:
    """Read what was kept of a directory's answer; what is not known any more is left out."""
    names = {field.name for field in fields(Seen)}
    return Seen(**{name: value for name, value in data.items() if name in names})  # type: ignore[arg-type]


def seen_to_data(seen: Seen) -> dict[str, object]:
    """Return what a directory said as plain data."""
    return asdict(seen)
