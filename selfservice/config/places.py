"""Where the data and the queue are: files beside the settings, or a PostgreSQL server."""

from selfservice.config.told import Told

SQLITE = "sqlite:///"
POSTGRES = ("postgresql+psycopg://", "postgresql://", "postgres://")


def database_url(told: Told) -> str:
    """Return the database's address in SQLAlchemy's form."""
    address = told.text("database_url", _file(told, "selfservice.db"))
    return _checked(told, "database_url", address, server="postgresql+psycopg://")


def queue_url(told: Told, database: str) -> str:
    """Return where the queue is kept: on the database's server where there is one, else in a file of its own."""
    usual = database if database.startswith(POSTGRES) else _file(told, "queue.db")
    return _checked(told, "queue_url", told.text("queue_url", usual), server="postgresql://")


def _checked(told: Told, key: str, address: str, *, server: str) -> str:
    start = next((start for start in POSTGRES if address.startswith(start)), None)
    if start is not None:
        return server + address.removeprefix(start)
    if address.startswith(SQLITE) and address != SQLITE:
        return SQLITE + str(told.folder / address.removeprefix(SQLITE))
    told.problems.add(
        key, "it is neither a SQLite file nor a PostgreSQL server", "Write sqlite:///FILE or postgresql://…"
    )
    return address


def _file(told: Told, name: str) -> str:
    return SQLITE + str(told.folder / name)
