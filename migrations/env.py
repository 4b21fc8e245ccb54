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
    if connection.dialect.name == "sqlite":
        # A table is changed by copying it: dropping the old one must not take the rows that refer to it along.
        # Asked of the driver, since inside a transaction SQLite does not listen.
        connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
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
