"""Every key that the settings know: its name, its kind of value, and where it may be told."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a key's value must be."""

    TEXT = "text"
    FLAG = "true or false"
    NUMBER = "whole number"
    LIST = "list of texts"
    FILE = "path of a file"


@dataclass(frozen=True, kw_only=True)
class Key:
    """A key by its dotted name, in which `*` stands for a name that the installation chooses.

    A `secret` is told by the environment alone: a settings file is read, copied and mailed by too many people.
    """

    name: str
    kind: Kind = Kind.TEXT
    secret: bool = False

    @property
    def parts(self) -> tuple[str, ...]:
        """The name in its parts."""
        return tuple(self.name.split("."))


def _credential(prefix: str) -> tuple[Key, ...]:
    return (
        Key(name=f"{prefix}.client_id"),
        Key(name=f"{prefix}.certificate_file", kind=Kind.FILE),
        Key(name=f"{prefix}.secret_file", kind=Kind.FILE),
        Key(name=f"{prefix}.federated_token_file", kind=Kind.FILE),
        Key(name=f"{prefix}.secret", secret=True),
    )


KEYS: tuple[Key, ...] = (
    Key(name="base_url"),
    Key(name="secret_key_file", kind=Kind.FILE),
    Key(name="secret_key", secret=True),
    Key(name="database_url"),
    Key(name="queue_url"),
    Key(name="demo", kind=Kind.FLAG),
    Key(name="trusted_proxies", kind=Kind.NUMBER),
    Key(name="redirect_hosts", kind=Kind.LIST),
    Key(name="signin.tenant"),
    Key(name="signin.cloud"),
    Key(name="signin.allow_external_members", kind=Kind.FLAG),
    *_credential("signin"),
    Key(name="mail.kind"),
    Key(name="mail.sender"),
    Key(name="mail.sender_name"),
    Key(name="mail.smtp.host"),
    Key(name="mail.smtp.port", kind=Kind.NUMBER),
    Key(name="mail.smtp.starttls", kind=Kind.FLAG),
    Key(name="mail.smtp.user_name"),
    Key(name="mail.smtp.password_file", kind=Kind.FILE),
    Key(name="mail.graph.tenant"),
    Key(name="mail.graph.mailbox"),
    *_credential("mail.graph"),
    Key(name="clouds.*.login_url"),
    Key(name="clouds.*.graph_url"),
    Key(name="clouds.*.ca_bundle", kind=Kind.FILE),
    Key(name="clouds.*.loopback"),
    Key(name="clouds.*.apps_url"),
    Key(name="tenants.*.id"),
    Key(name="tenants.*.name"),
    Key(name="tenants.*.domains", kind=Kind.LIST),
    Key(name="tenants.*.cloud"),
    Key(name="tenants.*.home", kind=Kind.FLAG),
    Key(name="tenants.*.resource", kind=Kind.FLAG),
    Key(name="tenants.*.requestors_from", kind=Kind.LIST),
    Key(name="tenants.*.help_contact"),
    *_credential("tenants.*.credential"),
    Key(name="intervals.mirror", kind=Kind.NUMBER),
    Key(name="intervals.mirror_full", kind=Kind.NUMBER),
    Key(name="intervals.lease", kind=Kind.NUMBER),
    Key(name="intervals.session_idle", kind=Kind.NUMBER),
    Key(name="intervals.session_absolute", kind=Kind.NUMBER),
    Key(name="rates.writes", kind=Kind.NUMBER),
    Key(name="rates.invitations", kind=Kind.NUMBER),
)

PREFIX = "SELFSERVICE_"
"""What the name of every variable of ours begins with."""

FILE_VARIABLE = f"{PREFIX}SETTINGS"
"""The variable that names the settings file."""

NO_KEYS = frozenset({FILE_VARIABLE, f"{PREFIX}REQUIRE_ALL"})
"""Variables of ours that are no settings: where the file is, and what the test suite is told."""


def key_of(parts: tuple[str, ...]) -> Key | None:
    """Return the key that a full name belongs to, or None for a name that nobody knows."""
    return next((key for key in KEYS if _fits(key.parts, parts)), None)


def variable_of(name: str) -> str:
    """Return the environment variable that overrides a key."""
    return PREFIX + name.upper().replace(".", "__").replace("-", "_")


def _fits(pattern: tuple[str, ...], parts: tuple[str, ...]) -> bool:
    return len(pattern) == len(parts) and all(
        wanted in ("*", part) for wanted, part in zip(pattern, parts, strict=True)
    )
