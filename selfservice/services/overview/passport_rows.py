"""What the pages about guests are given: one row a person, and all about one person over the tenants they are in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from selfservice.services.overview.rows import Moment, TenantMark, Tone


@dataclass(frozen=True, kw_only=True)
class NextRow:
    """What happens next, and on which day. `detail` says why, or that it would only be reported."""

    words: str
    on: date | None = None
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class GuestPersonRow:
    """One person in a list of guests. `guest_ids` are the objects that stand for them, one of each tenant."""

    guest_id: str
    guest_ids: tuple[str, ...]
    name: str
    address: str
    tenants: tuple[TenantMark, ...]
    holds: tuple[str, ...]
    state_words: str
    tone: Tone
    redemption: str
    ends_on: date | None = None
    ends_in_days: int | None = None
    next: NextRow | None = None


@dataclass(frozen=True, kw_only=True)
class AccessRow:
    """One access package that somebody holds or held. `decision` says what was decided about its end."""

    assignment_id: str
    request_id: str
    package_name: str
    state_words: str
    tone: Tone
    starts_at: datetime
    ends_on: date
    ends_in_days: int
    sponsor_name: str
    ended_at: datetime | None = None
    end_reason: str = ""
    decision: str = ""
    can_end: bool = False
    can_decide: bool = False
    has_decided: bool = False


@dataclass(frozen=True, kw_only=True)
class ActRow:
    """Something that was done to the guest object and can be undone by one click until a moment."""

    act_id: str
    words: str
    why: str
    at: datetime
    undo_until: datetime
    button: str


@dataclass(frozen=True, kw_only=True)
class StayRow:
    """One guest object: a person in one tenant. Where they sign in and how they are treated are two separate facts.

    `entra` says when Entra itself will disable them, by policies of the tenant that are not ours.
    """

    guest_id: str
    tenant: TenantMark
    state_words: str
    tone: Tone
    signs_in: str
    treated: str
    origin: str
    redemption: str
    ensured_at: datetime
    accepted_at: datetime | None
    last_sign_in: str
    last_sign_in_at: datetime | None
    accesses: tuple[AccessRow, ...]
    sponsors: tuple[str, ...]
    next: tuple[NextRow, ...]
    acts: tuple[ActRow, ...] = ()
    managed: bool = True
    open_invitation: bool = False
    can_act: bool = False
    entra: str = ""


@dataclass(frozen=True, kw_only=True)
class PassportPage:
    """All about one person as a guest, as far as the reader may see. `version` changes whenever something else does."""

    guest_id: str
    name: str
    address: str
    home: TenantMark | None
    company: str
    stays: tuple[StayRow, ...]
    timeline: tuple[Moment, ...] = ()
    cut: bool = False
    version: str = ""

    @property
    def answered_for(self) -> Mapping[str, str]:
        """The guest objects that the reader can do something about, each with the name of its tenant."""
        return {stay.guest_id: stay.tenant.name for stay in self.stays if stay.can_act}
