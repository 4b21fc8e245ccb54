"""An audit event says who did what, to what, why, when and from where; it is stored with the change or the change is
not.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from selfservice.model.actor import Actor, ActorKind
from selfservice.model.base import Base, Guid, Json, Row, UtcDateTime, states


class AuditEvent(Base):
    """One line of the audit trail. Never changed once written."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index(None, "object_kind", "object_id"),
        Index(None, "tenant_id", "number"),
        Index(None, "actor_tenant_id", "actor_object_id"),
    )

    number: Mapped[int] = mapped_column(Row, primary_key=True, autoincrement=True, init=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    action: Mapped[str] = mapped_column(String(60), index=True)
    object_kind: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[str] = mapped_column(String(80))
    tenant_id: Mapped[str] = mapped_column(Guid)
    actor_kind: Mapped[ActorKind] = mapped_column(states(ActorKind))
    actor_tenant_id: Mapped[str] = mapped_column(Guid)
    actor_object_id: Mapped[str] = mapped_column(Guid)
    actor_name: Mapped[str] = mapped_column(String(256))
    remote_address: Mapped[str] = mapped_column(String(64))
    why: Mapped[str] = mapped_column(Text)
    graph_request_id: Mapped[str] = mapped_column(String(64))
    details: Mapped[dict[str, object]] = mapped_column(Json)


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What an audit event is about."""

    kind: str
    id: str
    tenant_id: str


@dataclass(frozen=True, kw_only=True)
class Account:
    """The reasons and evidence of an event."""

    why: str = ""
    graph_request_id: str = ""
    details: Mapping[str, object] = field(default_factory=dict)


def event(
    action: str,
    subject: Subject,
    *,
    by: Actor,
    at: datetime,
    account: Account | None = None,
) -> AuditEvent:
    """Make the audit event of a change."""
    account = account or Account()
    return AuditEvent(
        at=at,
        action=action,
        object_kind=subject.kind,
        object_id=subject.id,
        tenant_id=subject.tenant_id,
        actor_kind=by.kind,
        actor_tenant_id=by.tenant_id,
        actor_object_id=by.object_id,
        actor_name=by.name,
        remote_address=by.remote_address,
        why=account.why,
        graph_request_id=account.graph_request_id,
        details=dict(account.details),
    )
