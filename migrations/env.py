"""Alembic's entry: runs the migrations against the database that the caller names."""

from alembic import context

from selfservice.model.base import UtcDateTime
from selfservice.model.tables import metadata
from selfservice.store.engine import create_sessions


def render_item(kind: str, item: object, _context: object) -> str | bool:
    """Write our own types into migrations as the plain types they are stored as."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


sessions = create_sessions(context.config.attributes["url"])
engine = sessions.engines[0]
with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_type=True,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=render_item,
    )
    with context.begin_transaction():
        context.run_migrations()
sessions.close()
