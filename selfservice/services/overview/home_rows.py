"""What the first page, the navigation and the catalog are given."""

from dataclasses import dataclass
from datetime import date, datetime

from selfservice.services.overview.rows import GuestRow, RequestRow, TenantMark


@dataclass(frozen=True, kw_only=True)
class FailureRow:
    """A delivery that a person must look at."""

    delivery_id: str
    request_id: str
    guest_name: str
    guest_address: str
    package_name: str
    tenant: TenantMark
    cause: str
    owner: str = ""
    next_step: str = ""
    failed_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class GuestTodo:
    """What waits about guests, up to 100 each: ends within a month, proposals to answer, blocked leavers, items of
    reviews, and differences that the directory shows.
    """

    ending: int = 0
    proposals: int = 0
    blocks: int = 0
    reviews: int = 0
    drift: int = 0

    @property
    def anything(self) -> bool:
        """Whether anything waits."""
        return any((self.ending, self.proposals, self.blocks, self.reviews, self.drift))


@dataclass(frozen=True, kw_only=True)
class Home:
    """What waits for the person who looks, and what they asked for last."""

    to_decide: int
    oldest_waiting_since: datetime | None
    ending_soon: tuple[GuestRow, ...]
    failed_deliveries: tuple[FailureRow, ...]
    requests: tuple[RequestRow, ...]
    can_ask: bool
    is_admin: bool
    is_auditor: bool
    questions: tuple[RequestRow, ...] = ()
    todo: GuestTodo = GuestTodo()


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What the navigation counts, up to 100 each."""

    to_decide: int = 0
    my_guests: int = 0
    to_review: int = 0
    failures: int = 0


@dataclass(frozen=True, kw_only=True)
class PackageCard:
    """A package in the catalog. `my_state` is "", "open request" or "held"."""

    id: str
    name: str
    description: str
    tenant: TenantMark
    for_self: bool
    for_others: bool
    max_days: int
    gives: tuple[str, ...]
    my_state: str = ""
    my_request_id: str = ""
    my_ends_on: date | None = None
    my_assignment_id: str = ""


@dataclass(frozen=True, kw_only=True)
class PackagePage(PackageCard):
    """A package by itself: who decides and who answers for it."""

    approver_names: tuple[str, ...]
    owner_name: str
    launch_url: str


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """The packages that may be asked for, and the tenants they are of."""

    tenants: tuple[TenantMark, ...]
    packages: tuple[PackageCard, ...]
