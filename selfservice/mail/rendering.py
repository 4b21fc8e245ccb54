"""Rendering: an outbox row becomes a mail, as plain text and as HTML. What people wrote stays text in both."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape

from selfservice.model.directory import OutgoingMail, Secret
from selfservice.model.mail import OutboxMail

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "mail"

LONGEST_SUBJECT = 150
LONGEST_MESSAGE = 500

WRITTEN_BY_PEOPLE = (
    *("message", "justification", "reason", "question", "answer", "because", "said", "waiting", "lapsed", "ending"),
    *("guest", "requestor", "sponsor", "owner", "decider", "asker", "answerer", "delegator", "proposer"),
    *("approvers", "asked", "silent", "agreed"),
)
"""Facts that somebody typed, or that hold what they typed: whatever looks like an address of the web in them is made
unclickable.
"""

DOTS = ".\u3002\uff0e\uff61"
"""Characters that browsers read as the dot of a host name."""

WEB_ADDRESS = re.compile(
    rf"[a-z][a-z0-9+.-]*:(?=\S)\S+|[\w-]+(?:[{DOTS}][\w-]+)*[{DOTS}][^\W\d_]{{2,}}\S*", re.IGNORECASE
)


def compose(mail: OutboxMail, link: Secret | None) -> OutgoingMail:
    """Return the mail of an outbox row; `link` is its secret link, where it has one."""
    facts = presentable(mail.facts)
    if link is not None:
        facts["link"] = link.reveal()
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", mail.kind.value).lower()
    text, html = ENVIRONMENT.get_template(f"{name}.txt"), ENVIRONMENT.get_template(f"{name}.html")
    facts["subject"] = _subject(text, facts)
    return OutgoingMail(
        message_id=mail.message_id,
        to=mail.to_address,
        subject=facts["subject"],
        text=_tidy(text.render(facts)),
        html=html.render(facts),
    )


def presentable(facts: Mapping[str, str]) -> dict[str, str]:
    """Return the facts with what people wrote made harmless to show."""
    shown = {name: _without_controls(value) for name, value in facts.items()}
    for name in WRITTEN_BY_PEOPLE:
        if name in shown and shown[name] != shown.get("guest_address"):
            shown[name] = unclickable(shown[name])
    if "message" in shown:
        shown["message"] = shown["message"][:LONGEST_MESSAGE]
    return shown


def unclickable(text: str) -> str:
    """Return the text with every address of the web written so that no mail program makes a link of it."""
    return WEB_ADDRESS.sub(_defuse, text)


def one_line(text: str) -> str:
    """Return the text without line breaks or other control characters, fit for a header."""
    return _without_controls(" ".join(text.split())).replace("\n", " ").replace("\t", " ")


def day(iso: str) -> str:
    """Return a date in words, such as 1 Mar 2027."""
    when = date.fromisoformat(iso)
    return f"{when.day} {when:%b %Y}"


def quoted(text: str) -> str:
    """Return the lines of a text as a quotation in plain text."""
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def _defuse(found: re.Match[str]) -> str:
    address = found.group().rstrip(".,;:!?)")
    written = re.sub(rf"[{DOTS}]", "[.]", address).replace("://", "[:]//")
    return re.sub(r"^http", "hxxp", written, flags=re.IGNORECASE) + found.group()[len(address) :]


def _without_controls(text: str) -> str:
    """Drop control, direction and invisible characters: they can make a text look like another one."""
    kept = (c for c in text.replace("\r\n", "\n") if c in "\n\t" or unicodedata.category(c) not in HIDDEN)
    return "".join(kept)


HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})


def _subject(template: Template, facts: Mapping[str, str]) -> str:
    block = template.blocks["subject"]
    written = one_line("".join(block(template.new_context(dict(facts)))))
    return written if len(written) <= LONGEST_SUBJECT else f"{written[: LONGEST_SUBJECT - 1]}…"


def _tidy(text: str) -> str:
    """Leave at most one empty line between paragraphs, whichever of them a template left out."""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in text.splitlines())).strip() + "\n"


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(("html",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"day": day, "quoted": quoted}
    return environment


ENVIRONMENT = _environment()
