"""Mail through Graph: sent at once, or as a draft that is sent later."""

import base64
import binascii
import re
from email import message_from_bytes
from email.policy import default as modern

from selfservice.simulator.clock import iso
from selfservice.simulator.directory.people import has_mailbox
from selfservice.simulator.directory.shapes import Properties
from selfservice.simulator.graph.call import Answer, Call, as_list, created, done, route
from selfservice.simulator.graph.errors import refuse
from selfservice.simulator.graph.odata import Compare, parse
from selfservice.simulator.graph.paging import sliced
from selfservice.simulator.graph.permissions import READ_MAIL, SEND_MAIL, WRITE_MAIL
from selfservice.simulator.identifiers import new_id

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_FIELDS = ("toRecipients", "ccRecipients", "bccRecipients")


def send_mail(call: Call) -> Answer:
    """Send a mail. https://learn.microsoft.com/graph/api/user-sendmail"""
    mailbox = _mailbox(call)
    if "text/plain" in call.header("Content-Type"):
        message, keep = _from_mime(call.payload), True
    else:
        body = call.json()
        message = body.get("message") or {}
        keep = str(body.get("saveToSentItems", True)).lower() != "false"
    _check(message)
    ready = _completed(call, mailbox, message)
    if keep:
        call.world.mail.put(mailbox, "sentitems", ready)
    _deliver(call, ready)
    return Answer(status=202)


def create_draft(call: Call) -> Answer:
    """Create a draft. https://learn.microsoft.com/graph/api/user-post-messages"""
    mailbox = _mailbox(call)
    message = call.json()
    _check(message, need_recipient=False)
    draft = call.world.mail.put(mailbox, "drafts", _completed(call, mailbox, message, draft=True))
    call.effect = f"draft {draft['id']} created"
    context = call.context(f"users('{call['id']}')/messages/$entity")
    return created({"@odata.context": context, **_shown(draft)})


def list_messages(call: Call) -> Answer:
    """List messages. https://learn.microsoft.com/graph/api/user-list-messages"""
    return _listed(call, None)


def list_drafts(call: Call) -> Answer:
    """List a folder. https://learn.microsoft.com/graph/api/mailfolder-list-messages"""
    return _listed(call, call["folder"].lower())


def get_message(call: Call) -> Answer:
    """Get a message. https://learn.microsoft.com/graph/api/message-get"""
    message = _message(call)
    context = call.context(f"users('{call['id']}')/messages/$entity")
    return Answer(body={"@odata.context": context, **_shown(message)})


def delete_message(call: Call) -> Answer:
    """Delete a message. https://learn.microsoft.com/graph/api/message-delete"""
    message = _message(call)
    call.world.mail.remove(message["id"])
    call.effect = f"message {message['id']} deleted"
    return done()


def send_draft(call: Call) -> Answer:
    """Send a draft. https://learn.microsoft.com/graph/api/message-send"""
    draft = _message(call)
    if not draft["isDraft"]:
        raise refuse("mail-sent")
    _check(draft)
    draft.update({"isDraft": False, "~folder": "sentitems", "sentDateTime": _now(call)})
    call.world.mail.save(draft)
    _deliver(call, draft)
    return Answer(status=202)


def _mailbox(call: Call) -> str:
    user = call.tenant.find_user(call["id"])
    scope = call.world.apps[call.app].mail_scope
    address = call["id"] if user is None else str(user.get("mail") or call["id"])
    if scope is not None and address.lower() not in scope:
        raise refuse("mail-denied")
    if user is None:
        raise refuse("mail-no-user", id=call["id"])
    if not has_mailbox(user):
        raise refuse("mail-no-mailbox")
    return address.lower()


def _check(message: Properties, *, need_recipient: bool = True) -> None:
    recipients = _recipients(message)
    if (need_recipient and not recipients) or not all(map(_ADDRESS.fullmatch, recipients)):
        raise refuse("mail-recipients")
    for header in as_list(message.get("internetMessageHeaders")):
        if not str(header.get("name", "")).lower().startswith("x-"):
            raise refuse("mail-header", name=str(header.get("name", "")))


def _recipients(message: Properties) -> list[str]:
    entries = [entry for field in _FIELDS for entry in as_list(message.get(field))]
    return [str((entry.get("emailAddress") or {}).get("address", "")) for entry in entries]


def _completed(call: Call, mailbox: str, message: Properties, *, draft: bool = False) -> Properties:
    body = message.get("body") or {"contentType": "text", "content": ""}
    sender = {"emailAddress": {"name": mailbox, "address": mailbox}}
    return {
        **message,
        "subject": message.get("subject") or "",
        "body": {**body, "contentType": str(body.get("contentType", "text")).lower()},
        "from": message.get("from") or sender,
        "internetMessageId": message.get("internetMessageId") or f"<{new_id()}@{_host(mailbox)}>",
        "createdDateTime": _now(call),
        "sentDateTime": _now(call),
        "receivedDateTime": _now(call),
        "isDraft": draft,
    }


def _deliver(call: Call, message: Properties) -> None:
    recipients = list(dict.fromkeys(address.lower() for address in _recipients(message)))
    copy = {name: value for name, value in message.items() if not name.startswith("~")}
    copy.pop("bccRecipients", None)
    for recipient in recipients:
        call.world.mail.put(recipient, "inbox", {**copy, "isDraft": False})
    call.effect = f"mail {message['internetMessageId']} sent to {', '.join(recipients)}"


def _listed(call: Call, folder: str | None) -> Answer:
    mailbox, asked = _mailbox(call), call.query.get("$filter", "")
    found = call.world.mail.in_mailbox(mailbox, folder)
    if asked:
        node = parse(asked)
        if not isinstance(node, Compare) or (node.path, node.operator) != (
            "internetMessageId",
            "eq",
        ):
            raise refuse("filter-operator")
        named = call.world.mail.by_message_id(mailbox, str(node.value))
        found = [message for message in named if folder in (None, message["~folder"])]
    return sliced(call, found, f"users('{call['id']}')/messages", _shown)


def _message(call: Call) -> Properties:
    mailbox = _mailbox(call)
    message = call.world.mail.items.get(call["other"])
    if message is None or message["~mailbox"] != mailbox:
        raise refuse("mail-not-found")
    return message


def _shown(message: Properties) -> Properties:
    shown = {name: value for name, value in message.items() if not name.startswith("~")}
    return {**shown, "parentFolderId": message["~folder"]}


def _from_mime(payload: bytes) -> Properties:
    try:
        mime = message_from_bytes(base64.b64decode(payload, validate=True), policy=modern)
    except (binascii.Error, ValueError):
        raise refuse("mail-mime") from None
    text = mime.get_body(("html", "plain"))
    return {
        "subject": str(mime["Subject"] or ""),
        "body": {
            "contentType": "html" if text is not None and text.get_content_subtype() == "html" else "text",
            "content": "" if text is None else text.get_content(),
        },
        "toRecipients": [
            {"emailAddress": {"address": address.strip()}} for address in str(mime["To"] or "").split(",")
        ],
    }


def _now(call: Call) -> str:
    return iso(call.world.clock.now())


def _host(mailbox: str) -> str:
    return mailbox.partition("@")[2]


_MESSAGES = "/users/{id}/messages"
ROUTES = (
    route("POST /users/{id}/sendMail", send_mail, SEND_MAIL),
    route("POST /users/{id}/microsoft.graph.sendMail", send_mail, SEND_MAIL),
    route(f"POST {_MESSAGES}", create_draft, WRITE_MAIL),
    route(f"GET {_MESSAGES}", list_messages, READ_MAIL),
    route("GET /users/{id}/mailFolders/{folder}/messages", list_drafts, READ_MAIL),
    route(f"GET {_MESSAGES}/{{other}}", get_message, READ_MAIL),
    route(f"DELETE {_MESSAGES}/{{other}}", delete_message, WRITE_MAIL),
    route(f"POST {_MESSAGES}/{{other}}/send", send_draft, SEND_MAIL),
)
