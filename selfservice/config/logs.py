"""Logs: one JSON object a line on standard error, from which secrets and addresses of people are taken out.

Whatever a library says goes the same way, exceptions and their tracebacks included.
"""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping

import structlog
from structlog.typing import Processor

HIDDEN = "***"

SECRET_NAMES = re.compile(
    r"token|secret|password|passphrase|authorization|cookie|assertion|verifier|redeem|link|address", re.IGNORECASE
)
"""Names of fields whose value is never logged, whatever it looks like."""

PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\[parameters: .*?\](?=\n|$)", re.DOTALL), "[parameters: ***]"),
    (re.compile(r"DETAIL:.*"), "DETAIL: ***"),
    (re.compile(r"://[^/\s@]*:[^/\s@]*@"), "://***@"),
    (re.compile(r"(https?://[^\s?#'\"<>]*)[?#][^\s'\"<>]*"), r"\1?***"),
    (re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]+", re.IGNORECASE), r"\1 ***"),
    (re.compile(r"\beyJ[\w-]{8,}(?:\.[\w-]*)*"), HIDDEN),
    (re.compile(r"\bgAAAAA[\w=-]{16,}"), HIDDEN),
    (re.compile(r"[\w.+'#-]+(?:@|%40)[\w-]+(?:\.[\w-]+)*"), "***@***"),
)
"""What is taken out of every text: bound values of a statement, credentials in an address, query strings (they carry
codes, states and redeem links), tokens, sealed secrets, and mail addresses."""

QUIET = ("huey", "urllib3", "msal", "alembic")


def configure_logs(level: int = logging.INFO) -> None:
    """Send the logs of this process to standard error."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    last: list[Processor] = [redact, structlog.processors.JSONRenderer(ensure_ascii=False)]
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def redact(_logger: object, _method: str, entry: MutableMapping[str, object]) -> MutableMapping[str, object]:
    """Take out of a log entry what must not be in it."""
    return {name: _value(name, value) for name, value in entry.items()}


def redacted(text: str) -> str:
    """Return the text without secrets and addresses of people."""
    for pattern, instead in PATTERNS:
        text = pattern.sub(instead, text)
    return text


def _value(name: str, value: object) -> object:
    if SECRET_NAMES.search(name):
        return HIDDEN
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): _value(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_value(name, inner) for inner in value]
    return redacted(str(value))
