"""A browser's session: the cookie holds a random token, the row holds a hash of it and everything else."""

import hashlib
from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from selfservice.model.base import Base, Guid, Json, UtcDateTime


def token_hash(token: str) -> str:
    """Return what the row is found by; the token itself is stored nowhere."""
    return hashlib.sha256(token.encode()).hexdigest()


class BrowserSession(Base):
    """One session. `tenant_id`, `object_id` are set once someone signed in; `sign_in_session` is the token's `sid`."""

    __tablename__ = "browser_session"
    __table_args__ = (
        Index(None, "tenant_id", "object_id"),
        Index(None, "sign_in_session"),
    )

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    data: Mapped[dict[str, object]] = mapped_column(Json, default_factory=dict)
    tenant_id: Mapped[str | None] = mapped_column(Guid, default=None)
    object_id: Mapped[str | None] = mapped_column(Guid, default=None)
    sign_in_session: Mapped[str | None] = mapped_column(String(80), default=None)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
