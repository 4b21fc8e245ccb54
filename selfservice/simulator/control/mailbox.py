"""The mailbox pages: what every address has received, newest first."""

import re
from html import unescape

from werkzeug.wrappers import Response

from selfservice.simulator.directory.shapes import Properties
from selfservice.simulator.web import Visit, as_json, page

SHOWN = 500
_LINK = re.compile(r"""<a\b[^>]*?href=["']([^"']+)["'][^>]*>(.*?)</a>""", re.IGNORECASE | re.DOTALL)
_BARE = re.compile(r"""https?://[^\s"'<>]+""")
_TAG = re.compile(r"<[^>]+>")


def mailboxes(visit: Visit) -> Response:
    """Show every mailbox with the number of its messages."""
    return page("mailboxes.html", boxes=visit.world.mail.mailboxes(SHOWN))


def mailbox(visit: Visit) -> Response:
    """Show the messages of one address."""
    address = visit.args["address"].lower()
    messages = visit.world.mail.in_mailbox(address, "inbox")
    shown = [{"message": message, "links": links_in(message)} for message in messages]
    return page("mailbox.html", address=address, messages=shown)


def mailbox_json(visit: Visit) -> Response:
    """Give the messages of one address as JSON, links read out of the text."""
    address = visit.args["address"].lower()
    rows = [
        {
            **{name: value for name, value in message.items() if not name.startswith("~")},
            "folder": message["~folder"],
            "links": [url for url, _ in links_in(message)],
        }
        for message in visit.world.mail.in_mailbox(address)
    ]
    return as_json({"address": address, "messages": rows})


def links_in(message: Properties) -> list[tuple[str, str]]:
    """Read the links of a message with their words."""
    content = str(message["body"].get("content", ""))
    if message["body"].get("contentType") == "text":
        return [(url, url) for url in _BARE.findall(content)]
    return [
        (unescape(url), unescape(_TAG.sub("", words)).strip() or unescape(url))
        for url, words in _LINK.findall(content)
        if url.startswith(("http://", "https://"))
    ]
