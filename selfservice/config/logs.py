"""How a process logs: one line an event on standard error, which whoever runs it collects."""

import logging

QUIET = ("urllib3", "msal", "requests", "huey", "alembic", "werkzeug")
"""Libraries whose lines below a warning would carry addresses or links."""


def configure_logs(level: int = logging.INFO) -> None:
    """Set up the logs of this process."""
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s %(message)s", force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
