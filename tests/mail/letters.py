"""Outbox rows of every kind, as the use cases write them."""

from datetime import UTC, datetime

from selfservice.model.directory import OutgoingMail, Secret
from selfservice.model.mail import MailKind, OutboxMail

WRITTEN_AT = datetime(2027, 1, 10, 9, 0, tzinfo=UTC)
REDEEM = Secret("https://login.microsoftonline.com/redeem?rd=https%3a%2f%2finvitations&x=1")

FACTS = {
    "package": "Expenses",
    "resource_tenant": "Contoso",
    "home_tenant": "Fabrikam",
    "requestor": "Ann Lee",
    "for_self": "",
    "guest": "Gus Ray",
    "guest_address": "gus@partner.example",
    "sponsor": "Cy Novak",
    "justification": "month-end close",
    "message": "Looking forward to it!",
    "ends_on": "2027-03-01",
    "help_contact": "the help desk of Contoso",
    "link": "http://localhost:8080/requests/1",
}

MORE: dict[MailKind, dict[str, str]] = {
    MailKind.DECISION_WANTED: {"because": "member of Expenses Approvers"},
    MailKind.REQUEST_RECEIVED: {"approvers": "Bob Ray, Lee Wu"},
    MailKind.SPONSOR_NAMED: {"approvers": "Bob Ray, Lee Wu"},
    MailKind.REQUEST_DECIDED: {"outcome": "approve", "decider": "Bob Ray", "reason": "ok for the close"},
    MailKind.ACCESS_READY: {"reader": "requestor", "invited": "yes"},
    MailKind.DELIVERY_FAILED: {"cause": "The group is gone.", "next_step": "Change the package."},
    MailKind.ACCESS_ENDED: {"reason": "the end date has come"},
}


def make_mail(kind: MailKind, **facts: str) -> OutboxMail:
    return OutboxMail(
        once_key="k",
        kind=kind,
        tenant_id="c0000000-0000-4000-8000-000000000001",
        to_address="gus@partner.example",
        message_id="<1@localhost>",
        facts=FACTS | MORE.get(kind, {}) | facts,
        created_at=WRITTEN_AT,
    )


def make_outgoing(**changes: str) -> OutgoingMail:
    facts = {
        "message_id": "<1@localhost>",
        "to": "gus@partner.example",
        "subject": "Überraschung für Gus",
        "text": "Grüße\n.\nEnde\n",
        "html": "<p>Grüße</p>",
    }
    return OutgoingMail(**{**facts, **changes})
