"""Exporting the evidence of a run as CSV, streamed, a row for each item; the audit trail keeps the hash of it."""

import csv
import hashlib
import io
from collections.abc import Iterator

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.audit import Account, event
from selfservice.model.guest import Guest
from selfservice.model.review import Flag, ReviewItem, ReviewRun, recommended
from selfservice.services.reviews import reach
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading, transaction

BATCH = 1_000

HEADER = (
    "guest",
    "address",
    "object id",
    "access",
    "reviewer",
    "asked as",
    "marks",
    "recommendation",
    "spot check",
    "state",
    "answer",
    "decided by",
    "decided by id",
    "decided at",
    "reason",
    "seen",
)

DANGEROUS = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
"""Characters with which a spreadsheet begins a formula, also at full width."""


def export(rt: Runtime, run_id: str, *, by: Actor) -> Iterator[str]:
    """Yield the lines of the evidence. Refuses before the first line where the run is not the actor's to see."""
    with reading(rt.sessions) as tx:
        reach.run_to_see(tx, rt, run_id, by=by)
    return _lines(rt, run_id, by=by)


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    text = cell.replace("\r", " ").replace("\n", " ")
    return f"'{text}" if (cell.lstrip()[:1] in DANGEROUS and cell.strip()) or cell[:1] in ("\t", "\r", "\n") else text


def _lines(rt: Runtime, run_id: str, *, by: Actor) -> Iterator[str]:
    digest, count, after = hashlib.sha256(), -1, ""
    batch = [_line(HEADER)]
    while batch:
        for line in batch:
            digest.update(line.encode())
            count += 1
            yield line
        with reading(rt.sessions) as tx:
            rows = _rows(tx, run_id, after)
            batch = [_line(_cells(item, guest)) for item, guest in rows]
            after = rows[-1][0].subject_id if rows else after
    with transaction(rt.sessions) as tx:
        run = tx.get_one(ReviewRun, run_id)
        account = Account(details={"sha256": digest.hexdigest(), "rows": count})
        tx.add(event("review.export", run.subject, by=by, at=rt.clock(), account=account))


def _rows(tx: Session, run_id: str, after: str) -> list[Row[ReviewItem, Guest]]:
    query = select(ReviewItem, Guest).join(Guest, Guest.id == ReviewItem.guest_id)
    query = query.where(ReviewItem.run_id == run_id, ReviewItem.subject_id > after)
    return list(tx.execute(query.order_by(ReviewItem.subject_id).limit(BATCH)))


def _cells(item: ReviewItem, guest: Guest) -> tuple[str, ...]:
    return (
        guest.name,
        guest.address,
        guest.object_id,
        item.assignment_id or "",
        item.reviewer,
        item.because,
        " ".join((flag.name or "").lower() for flag in Flag if flag in item.marks),
        recommended(item.marks).value,
        "yes" if item.sampled else "",
        item.state.value,
        item.verdict.value if item.verdict else "",
        item.decided_by_name or "",
        item.decided_by or "",
        item.decided_at.isoformat() if item.decided_at else "",
        item.why or "",
        item.basis,
    )


def _line(cells: tuple[str, ...]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, quoting=csv.QUOTE_ALL).writerow([harmless(cell) for cell in cells])
    return buffer.getvalue()
