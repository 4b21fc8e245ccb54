"""What the rule workshop shows: the book of a resource tenant, one rule, and what a change of rules would do."""

from dataclasses import dataclass, field
from datetime import datetime

from selfservice.services.overview.rows import TenantMark


@dataclass(frozen=True, kw_only=True)
class RuleListRow:
    """A rule in the book, in the order in which rules are read. `position` is its place among the rules of the same
    keepers; `findings` are sentences: shadowed, unreachable, no live approver.
    """

    rule_id: str
    number: int
    name: str
    whose: str
    when: tuple[str, ...]
    then: str
    version: int
    enabled: bool
    changed_by: str
    changed_at: datetime
    can_edit: bool
    note: str = ""
    findings: tuple[str, ...] = ()
    scope_id: str = ""
    position: int = 0


@dataclass(frozen=True, kw_only=True)
class WaitingChangeRow:
    """A change of rules that waits for a second person."""

    change_id: str
    proposed_by: str
    proposed_at: datetime
    why: str
    edits: tuple[str, ...]
    can_agree: bool
    can_withdraw: bool


@dataclass(frozen=True, kw_only=True)
class ExampleRow:
    """An example that must stay true, and whether it is true under the rules shown."""

    example_id: str
    name: str
    facts: tuple[tuple[str, str], ...]
    expected: str
    came_out: str
    holds: bool
    can_edit: bool


@dataclass(frozen=True, kw_only=True)
class RuleBookPage:
    """The workshop's first page. `scopes` are (scope id, name) of whose rules the actor may write: "" for the tenant's
    own. `stuck_packages` are names of published packages that nobody could decide about; `stuck_requests` are (id,
    title) of requests that wait for people who are not there any more.
    """

    tenant: TenantMark
    serial: int
    second_person: bool
    can_administer: bool
    rules: tuple[RuleListRow, ...]
    changes: tuple[WaitingChangeRow, ...]
    examples: tuple[ExampleRow, ...]
    scopes: tuple[tuple[str, str], ...]
    stuck_packages: tuple[str, ...] = ()
    stuck_requests: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Option:
    """Something a rule's form offers: `value` is what the rule keeps, `label` what people read."""

    value: str
    label: str


@dataclass(frozen=True, kw_only=True)
class VersionRow:
    """One version of a rule."""

    version: int
    changed_by: str
    changed_at: datetime
    why: str
    when: tuple[str, ...]
    then: str
    agreed_by: str = ""
    removed: bool = False
    name: str = ""
    enabled: bool = True
    position: int = 0


@dataclass(frozen=True, kw_only=True)
class RuleEditPage:
    """One rule as its form shows it: plain data (`selfservice.model.rules.codec`) and what can be chosen.

    `options` are by attribute (`Attribute` values, and `answer:key` for the questions of packages in reach); an
    attribute that is missing there, or offers nothing, is free text. `people` and `groups` have values `tenant
    id/object id`: those whom the rule names, and those who fit the search.
    """

    tenant: TenantMark
    serial: int
    rule_id: str | None
    name: str
    note: str
    band: str
    scope_id: str
    position: int
    enabled: bool
    when: tuple[dict[str, object], ...]
    then: dict[str, object]
    options: dict[str, tuple[Option, ...]]
    people: tuple[Option, ...]
    groups: tuple[Option, ...]
    scopes: tuple[tuple[str, str], ...]
    versions: tuple[VersionRow, ...] = ()
    can_edit: bool = True
    search: str = ""


@dataclass(frozen=True, kw_only=True)
class MovedRow:
    """A pending or past request that would go another way. `kind`: other approvers, now automatic, now denied, now
    stuck, no longer automatic, no longer denied.
    """

    request_id: str
    title: str
    kind: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class ChangePreview:
    """What a change of rules would do, before it is saved. A broken example stops the save."""

    readable: bool
    problem: str = ""
    findings: tuple[str, ...] = ()
    broken_examples: tuple[ExampleRow, ...] = ()
    examples_held: int = 0
    mails_people: int = 0
    stuck_packages: tuple[str, ...] = ()
    pending_moved: tuple[MovedRow, ...] = ()
    pending_total: int = 0
    answers: tuple[ExampleRow, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ReplayPage:
    """A replay of past requests under changed rules. `done` of `total` so far; `counts` are by kind of difference."""

    replay_id: str
    is_running: bool
    done: int
    total: int
    seconds: float
    counts: dict[str, int] = field(default_factory=dict)
    moved: tuple[MovedRow, ...] = ()
    failure: str = ""
