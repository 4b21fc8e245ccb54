"""Waiting: every stage that waits for a decision, one after the other, without holding them all."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.approval import ApprovalStage
from selfservice.model.request import AccessRequest, RequestState
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading

PAGE = 100


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A request and its open stage, as one consistent state shows them; `tx` looks into the same state."""

    tx: Session
    request: AccessRequest
    stage: ApprovalStage


def open_stages(rt: Runtime) -> Iterator[Waiting]:
    """Yield what waits for a decision."""
    after = ""
    while True:
        with reading(rt.sessions) as tx:
            pending = select(AccessRequest).where(
                AccessRequest.state == RequestState.PENDING_APPROVAL, AccessRequest.id > after
            )
            page = tx.scalars(pending.order_by(AccessRequest.id).limit(PAGE)).all()
            for request in page:
                stage = request.open_stage
                if stage is not None:
                    yield Waiting(tx=tx, request=request, stage=stage)
        if len(page) < PAGE:
            return
        after = page[-1].id
