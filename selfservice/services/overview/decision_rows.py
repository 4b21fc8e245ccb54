"""What pages of deciding are given: the inbox, and all that is needed to decide about one request."""

from dataclasses import dataclass
from datetime import date, datetime

from selfservice.model.request import RequestState
from selfservice.services.overview.rows import Redemption, RequestPage, RequestRow, TenantMark, Tone
from selfservice.services.overview.stage_rows import ContentChange, MessageRow, StageRow, WhyRow


@dataclass(frozen=True, kw_only=True)
class InboxRow:
    """A request in the list of someone who decides. `on_behalf_of` is set where they decide for somebody alone."""

    id: str
    package_name: str
    tenant: TenantMark
    home: TenantMark
    for_self: bool
    guest_address: str
    guest_name: str
    requestor_name: str
    sponsor_name: str
    ends_on: date
    justification: str
    state: RequestState
    state_words: str
    tone: Tone
    submitted_at: datetime
    answer_by: datetime | None = None
    decided_by: str = ""
    content_hash: str = ""
    stage_number: int = 1
    stage_count: int = 1
    agreed: int = 0
    quorum: int = 1
    on_behalf_of: str = ""
    question_open: bool = False


@dataclass(frozen=True, kw_only=True)
class KnownGuest:
    """What the resource tenant knows about a guest already. `ascii_domain_differs`: the domain holds letters beyond
    a-z; `shown_domain` is how it is written with them.
    """

    exists: bool
    domain: str
    display_name: str = ""
    redemption: Redemption = Redemption.UNKNOWN
    enabled: bool = True
    ascii_domain_differs: bool = False
    shown_domain: str = ""
    is_home_domain_of: str = ""
    holds: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DecisionPage:
    """All that is needed to decide about a request. `changes`: what is different from a page that was loaded before."""

    request: RequestPage
    known: KnownGuest
    others: tuple[str, ...]
    history: tuple[RequestRow, ...]
    may_decide: bool
    decided_by: str = ""
    why_not: str = ""
    stages: tuple[StageRow, ...] = ()
    thread: tuple[MessageRow, ...] = ()
    why: WhyRow | None = None
    changes: tuple[ContentChange, ...] = ()
    on_behalf_of: str = ""
    justification_required: bool = False
    latest_end: date
    may_withdraw_approval: bool = False
