"""Past requests, a page at a time and without loading them whole, compared with what changed rules say to them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import cast

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from selfservice.model.audit import AuditEvent
from selfservice.model.package import AccessPackage
from selfservice.model.request import AccessRequest
from selfservice.model.rulebook import RuleReplay, RuleVersion
from selfservice.model.rules.codec import outcome_from_data
from selfservice.model.rules.facts import facts_from_json
from selfservice.model.rules.index import RuleIndex
from selfservice.model.rules.outcome import BY_PACKAGE, Outcome
from selfservice.services.overview.rule_rows import MovedRow
from selfservice.services.overview.rule_words import outcome_words
from selfservice.services.rules.differing import KINDS, difference
from selfservice.services.rules.living import Living
from selfservice.services.rules.stuck import title_of
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading

AT_ONCE = 2_000
MOST_ROWS = 200
REFUSED = "request.refusedByRule"


@dataclass(frozen=True, slots=True)
class Past:
    """One request of the past, or one that a rule refused (which has no id): its facts, and the rule of then."""

    request_id: str
    title: str
    facts: Mapping[str, object] | None
    rule_id: str | None
    rule_version: int | None


def count(tx: Session, replay: RuleReplay) -> int:
    """Return how many requests are looked at."""
    asked = select(func.count()).select_from(AccessRequest).where(*_asked(replay))
    refused = select(func.count()).select_from(AuditEvent).where(*_refused(replay))
    return (tx.scalar(asked) or 0) + (tx.scalar(refused) or 0)


def pages(rt: Runtime, replay: RuleReplay) -> Iterator[list[Past]]:
    """Yield the requests of a tenant since then, page by page, each read for itself."""
    last_id = ""
    while True:
        with reading(rt.sessions) as tx:
            page = [
                Past(row[0], title_of(row[1], row[2], row[3]), cast("Mapping[str, object]", row[4]), row[5], row[6])
                for row in tx.execute(_page(replay, last_id))
            ]
        if page:
            yield page
        if len(page) < AT_ONCE:
            break
        last_id = page[-1].request_id
    yield from _refusals(rt, replay)


class Comparison:
    """What would differ: how many requests by kind, and the first of them, under rules that never decide anything."""

    def __init__(self, changed: RuleIndex) -> None:
        self._changed = changed
        self._counts: Counter[str] = Counter()
        self._moved: list[MovedRow] = []
        self._then: dict[tuple[str | None, int | None], Outcome] = {}
        self._kinds: dict[tuple[str | None, int | None, str | None, str], str | None] = {}
        self._compared = 0

    @property
    def result(self) -> dict[str, object]:
        """The comparison so far, as plain data."""
        counts = {kind: self._counts[kind] for kind in KINDS if self._counts[kind]}
        return {"counts": counts, "moved": [asdict(row) for row in self._moved], "compared": self._compared}

    def take(self, tx: Session, page: Sequence[Past]) -> None:
        """Compare these requests as well; one whose facts were not kept, before there were rules, is passed over."""
        living = Living(tx)
        for past in page:
            if not past.facts:
                continue
            self._compared += 1
            facts = facts_from_json(past.facts)
            verdict = self._changed.route(facts)
            before = self._before(tx, past)
            key = (past.rule_id, past.rule_version, verdict.rule.id if verdict.rule else None, facts.package)
            if key not in self._kinds:
                package = tx.get(AccessPackage, facts.package)
                is_stuck = living.is_stuck(verdict.outcome, package)
                self._kinds[key] = difference(before, verdict.outcome, is_stuck=is_stuck)
            self._note(past, self._kinds[key], before, verdict.outcome)

    def _note(self, past: Past, kind: str | None, before: Outcome, after: Outcome) -> None:
        if kind is None:
            return
        self._counts[kind] += 1
        if len(self._moved) < MOST_ROWS:
            self._moved.append(
                MovedRow(
                    request_id=past.request_id,
                    title=past.title,
                    kind=kind,
                    before=outcome_words(before),
                    after=outcome_words(after),
                )
            )

    def _before(self, tx: Session, past: Past) -> Outcome:
        """Return what the rules said then: the version that decided, or the package's approvers where none did."""
        key = (past.rule_id, past.rule_version)
        if key not in self._then:
            version = tx.get(RuleVersion, key) if past.rule_id is not None else None
            self._then[key] = BY_PACKAGE if version is None else outcome_from_data(version.body["then"])
        return self._then[key]


def _asked(replay: RuleReplay) -> tuple[ColumnElement[bool], ...]:
    mine = (AccessRequest.tenant_id.concat("") == replay.tenant_id, AccessRequest.submitted_at >= replay.since)
    if not replay.scope_id:
        return mine
    return (*mine, AccessRequest.package_id.in_(_in_scope(replay)))


def _refused(replay: RuleReplay) -> tuple[ColumnElement[bool], ...]:
    mine = (
        AuditEvent.tenant_id == replay.tenant_id,
        AuditEvent.action == REFUSED,
        AuditEvent.at >= replay.since,
    )
    return (*mine, AuditEvent.object_id.in_(_in_scope(replay))) if replay.scope_id else mine


def _in_scope(replay: RuleReplay) -> Select[str]:
    return select(AccessPackage.id).where(
        or_(AccessPackage.id == replay.scope_id, AccessPackage.catalog_id == replay.scope_id)
    )


def _page(replay: RuleReplay, after: str) -> Select[str, str, str, str, object, str | None, int | None]:
    # By id, page after page along its own index. SQLite would rather find the tenant's requests by another index, and
    # sort all of them for every page: the tenant is compared as an expression, for which there is none.
    return (
        select(
            AccessRequest.id,
            AccessRequest.package_name,
            AccessRequest.guest_name,
            AccessRequest.guest_address,
            AccessRequest.why["facts"],
            AccessRequest.rule_id,
            AccessRequest.rule_version,
        )
        .where(*_asked(replay), AccessRequest.id > after)
        .order_by(AccessRequest.id)
        .limit(AT_ONCE)
    )


def _refusals(rt: Runtime, replay: RuleReplay) -> Iterator[list[Past]]:
    """Yield what a rule refused: it is on record, though it never became a request."""
    last = 0
    while True:
        query = (
            select(AuditEvent.number, AuditEvent.actor_name, AuditEvent.details)
            .where(*_refused(replay), AuditEvent.number > last)
            .order_by(AuditEvent.number)
            .limit(AT_ONCE)
        )
        with reading(rt.sessions) as tx:
            rows = tx.execute(query).all()
        if not rows:
            return
        yield [_refusal(row[1], row[2]) for row in rows]
        last = rows[-1][0]


def _refusal(name: str, details: Mapping[str, object]) -> Past:
    rule = cast("Mapping[str, object]", details.get("rule") or {})
    return Past(
        request_id="",
        title=f"refused to {name}",
        facts=cast("Mapping[str, object] | None", details.get("facts")),
        rule_id=str(rule["id"]) if rule else None,
        rule_version=int(str(rule["version"])) if rule else None,
    )
