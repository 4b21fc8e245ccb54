"""The JSON types of known properties: a body that breaks them is refused before anything is done."""

from typing import Any

from selfservice.simulator.graph.errors import refuse

_OBJECTS = frozenset(
    (
        "automaticUserConsentSettings",
        "b2bCollaborationInbound",
        "b2bCollaborationOutbound",
        "b2bDirectConnectInbound",
        "b2bDirectConnectOutbound",
        "body",
        "emailAddress",
        "from",
        "inboundTrust",
        "invitedUser",
        "invitedUserMessageInfo",
        "message",
        "usersAndGroups",
    )
)
_OBJECT_LISTS = frozenset(
    (
        "bccRecipients",
        "ccRecipients",
        "internetMessageHeaders",
        "invitedUserSponsors",
        "requests",
        "targets",
        "toRecipients",
    )
)
_TEXTS = frozenset(
    (
        "address",
        "content",
        "contentType",
        "customizedMessageBody",
        "displayName",
        "internetMessageId",
        "invitedUserDisplayName",
        "mail",
        "messageLanguage",
        "subject",
        "target",
        "tenantId",
    )
)
# Inside a batch, a body is checked when its own request is answered.
_OPAQUE = frozenset(("requests",))


def check_types(body: dict[str, Any]) -> None:
    """Refuse a property whose value has another type than the schema says; null is always allowed."""
    for name, value in body.items():
        if value is None:
            continue
        if not _fits(name, value):
            raise refuse("body-type", name=name)
        if name in _OPAQUE:
            continue
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, dict):
                check_types(inner)


def _fits(name: str, value: object) -> bool:
    if name in _OBJECTS:
        return isinstance(value, dict)
    if name in _OBJECT_LISTS:
        return isinstance(value, list) and all(isinstance(inner, dict) for inner in value)
    return name not in _TEXTS or isinstance(value, str)
