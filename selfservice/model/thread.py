"""The thread of a request: what an approver asks before deciding, and what the requestor answers. And what the request
said before each change, so that a page that has become stale can show what is different.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from selfservice.model.actor import PersonRef
from selfservice.model.base import Base, Guid, Id, Json, UtcDateTime, new_id, states


class MessageKind(StrEnum):
    """A question of an approver, or an answer of the requestor."""

    QUESTION = "question"
    ANSWER = "answer"


class RequestMessage(Base):
    """One entry of a request's thread."""

    __tablename__ = "request_message"
    __table_args__ = (Index(None, "request_id", "written_at"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default_factory=new_id)
    request_id: Mapped[str] = mapped_column(ForeignKey("access_request.id", ondelete="CASCADE"))
    kind: Mapped[MessageKind] = mapped_column(states(MessageKind))
    tenant_id: Mapped[str] = mapped_column(Guid)
    object_id: Mapped[str] = mapped_column(Guid)
    name: Mapped[str] = mapped_column(String(256))
    text: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def author(self) -> PersonRef:
        """Who wrote it."""
        return PersonRef(tenant_id=self.tenant_id, object_id=self.object_id)


class RequestRevision(Base):
    """What a request's content was under one content hash, and why it became so."""

    __tablename__ = "request_revision"

    request_id: Mapped[str] = mapped_column(ForeignKey("access_request.id", ondelete="CASCADE"), primary_key=True)
    content_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    content: Mapped[dict[str, str]] = mapped_column(Json)
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    written_by_name: Mapped[str] = mapped_column(String(256))
    why: Mapped[str] = mapped_column(Text, default="")
