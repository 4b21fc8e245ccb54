"""Outbox rows of every kind, as the use cases write them."""

from datetime import UTC, datetime

from selfservice.model.directory import OutgoingMail, Secret
from selfservice.model.mail import MailKind, OutboxMail

WRITTEN_AT = datetime(2027, 1, 10, 9, 0, tzinfo=UTC)
REDEEM = Secret("https://login.microsoftonline.com/redeem?rd=https%3a%2f%2finvitations&x=1")

LINK = {"link": "http://localhost:8080/requests/1"}

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
} | LINK

STAGE = {
    "because": "member of Expenses Approvers",
    "quorum": "1",
    "stage_number": "1",
    "stage_count": "1",
    "agreed": "",
    "asked_on": "2027-01-10",
    "answer_by": "2027-01-24",
}

NO_REQUEST = dict.fromkeys(("home_tenant", "resource_tenant"), "")

ABOUT_PEOPLE = (
    MailKind.PROPOSAL_MADE,
    MailKind.PROPOSAL_ANSWERED,
    MailKind.SPONSOR_CHANGED,
    MailKind.SPONSOR_INTERIM,
    MailKind.LEAVER_NOTICED,
    MailKind.LEAVER_BACK,
)
"""Mails about who answers for guests."""

ABOUT_REDEMPTION = (MailKind.ALREADY_ACCEPTED, MailKind.INVITATION_MOVED, MailKind.ADDRESS_LIST_WANTED)

ABOUT_CARE = (MailKind.GUEST_BLOCKED, MailKind.GUEST_DELETED, MailKind.GUEST_BACK, MailKind.FRESH_LINK)

ABOUT_REVIEWS = (
    MailKind.REVIEW_ASKED,
    MailKind.REVIEW_REMINDER,
    MailKind.REVIEW_RESULT,
    MailKind.REVIEW_LANDING,
    MailKind.REVIEW_STILL_NEEDED,
)

ABOUT_TIME = (MailKind.ACCESS_ENDING, MailKind.GUESTS_LAPSING, MailKind.LIFECYCLE_BRAKED)

ABOUT_NO_REQUEST = (
    *ABOUT_REVIEWS,
    MailKind.DECISION_DIGEST,
    MailKind.DELEGATION_GIVEN,
    MailKind.RULE_CHANGE_WANTED,
    MailKind.DRIFT_FOUND,
    *ABOUT_PEOPLE,
    *ABOUT_REDEMPTION,
    *ABOUT_CARE,
    *ABOUT_TIME,
)
"""Mails that tell of no single request, and know nothing of one."""

WANTED = {"proposer": "Cy Novak", "by_itself": "", "wanted": "take over as sponsor", "resource_tenant": "Contoso"}
GUEST = {"guest": "Gus Ray", "count": "1", "resource_tenant": "Contoso"}

OF_REDEMPTION = NO_REQUEST | {
    "resource_tenant": "Contoso",
    "help_contact": "the help desk of Contoso",
    "guest": "Gus Ray",
    "guest_address": "gus@partner.example",
}

OF_CARE = OF_REDEMPTION | {
    "reason": "the end date has come",
    "cause": "the last access is over",
    "by": "",
    "undo_until": "2027-02-09",
    "is_restored": "",
}

REVIEW = NO_REQUEST | {
    "review": "Guests of Contoso",
    "resource_tenant": "Contoso",
    "closes_on": "2027-01-24",
    "no_answer": "recommendation",
}
LANDING = REVIEW | {"guest": "Gus Ray", "access": "Expenses", "until": "2027-02-07", "reason": "left the project"}

LISTED = {"count": "1", "abouts": "a1", "ending": "Gus Ray loses Expenses at Contoso on 1 Mar 2027", "more": ""}

MORE: dict[MailKind, dict[str, str]] = {
    MailKind.REVIEW_ASKED: REVIEW | {"count": "12", "rolled": "30"},
    MailKind.REVIEW_REMINDER: REVIEW | {"count": "12", "days": "7"},
    MailKind.REVIEW_RESULT: REVIEW | {"kept": "3", "removed": "2", "rolled": "30", "left": "1"},
    MailKind.REVIEW_LANDING: LANDING | {"blocked": "yes"},
    MailKind.REVIEW_STILL_NEEDED: LANDING,
    MailKind.ALREADY_ACCEPTED: OF_REDEMPTION | {"package": "Expenses"},
    MailKind.INVITATION_MOVED: OF_REDEMPTION | {"decider": "Bob Ray", "reader": "guest"},
    MailKind.ADDRESS_LIST_WANTED: OF_REDEMPTION
    | {"command": "Set-MailUser -Identity 'gus' -HiddenFromAddressListsEnabled $false"},
    MailKind.DECISION_WANTED: STAGE,
    MailKind.DECISION_REMINDER: STAGE,
    MailKind.DECISION_ESCALATED: STAGE | {"reader": "approver", "silent": "Bob Ray, Lee Wu", "asked": "Dee Fox"},
    MailKind.DECISION_DIGEST: NO_REQUEST
    | {
        "count": "2",
        "stages": "s1\ns2",
        "waiting": "Expenses for Gus Ray, asked by Ann Lee on 10 Jan 2027\nTravel for Ivy, asked by Cy Novak",
        "more": "",
        "lapsed": "",
    },
    MailKind.REQUEST_RECEIVED: {"approvers": "Bob Ray, Lee Wu", "quorum": "1"},
    MailKind.SPONSOR_NAMED: {"approvers": "Bob Ray, Lee Wu"},
    MailKind.REQUEST_EXPIRED: STAGE | {"asked": "Bob Ray, Lee Wu", "owner": "Dee Fox"},
    MailKind.REQUEST_SETTLED: {"said": "Bob Ray agreed."},
    MailKind.APPROVAL_WITHDRAWN: {"decider": "Bob Ray", "reason": "the wrong guest", "state": "denied"},
    MailKind.QUESTION_ASKED: {"asker": "Bob Ray", "question": "For how long?"},
    MailKind.QUESTION_ANSWERED: {"answerer": "Ann Lee", "question": "For how long?", "answer": "Until the close."},
    MailKind.DELEGATION_GIVEN: NO_REQUEST
    | {"delegator": "Bob Ray", "starts_on": "2027-01-12", "last_day": "2027-01-20", "reason": "on holiday"},
    MailKind.DRIFT_FOUND: NO_REQUEST | {"resource_tenant": "Contoso", "found": "1 role that nobody approved"},
    MailKind.RULE_CHANGE_WANTED: NO_REQUEST
    | {"resource_tenant": "Contoso", "proposer": "Bob Ray", "reason": "faster for Finance"},
    MailKind.INVITATION_BLOCKED: {"cause": "The domain is blocked now.", "next_step": "Ask Contoso."},
    MailKind.REQUEST_DECIDED: {"outcome": "approve", "decider": "Bob Ray", "reason": "ok for the close"},
    MailKind.ACCESS_READY: {"reader": "requestor", "invited": "yes"},
    MailKind.DELIVERY_FAILED: {"cause": "The group is gone.", "next_step": "Change the package."},
    MailKind.ACCESS_ENDING: NO_REQUEST | LISTED | {"reader": "sponsor", "soonest": "tomorrow", "sponsor": "Cy Novak"},
    MailKind.ACCESS_EXTENDED: {"reader": "sponsor"},
    MailKind.GUESTS_LAPSING: NO_REQUEST | LISTED,
    MailKind.LIFECYCLE_BRAKED: NO_REQUEST
    | {"resource_tenant": "Contoso", "cause": "30 guests would be blocked today."},
    MailKind.ACCESS_ENDED: {"reason": "the end date has come"},
    MailKind.PROPOSAL_MADE: NO_REQUEST
    | WANTED
    | GUEST
    | {"reason": "I change teams", "answer_by": "2027-01-15", "because": "named by Cy Novak"},
    MailKind.PROPOSAL_ANSWERED: NO_REQUEST
    | WANTED
    | GUEST
    | {"state": "declined", "decider": "Lee Wu", "reason": "not my project"},
    MailKind.SPONSOR_CHANGED: NO_REQUEST | GUEST | {"reader": "new", "sponsor": "Lee Wu", "reason": "I change teams"},
    MailKind.SPONSOR_INTERIM: NO_REQUEST | GUEST | {"reader": "interim", "said": "Cy Novak has left."},
    MailKind.LEAVER_NOTICED: NO_REQUEST
    | GUEST
    | {"reader": "sponsor", "did": "blocked", "undo_until": "2027-02-09", "home_tenant": "Fabrikam"},
    MailKind.GUEST_BLOCKED: OF_CARE,
    MailKind.GUEST_DELETED: OF_CARE,
    MailKind.GUEST_BACK: OF_CARE,
    MailKind.FRESH_LINK: OF_REDEMPTION | {"is_reset": "", "packages": "Expenses"},
    MailKind.LEAVER_BACK: NO_REQUEST | GUEST | {"undo_until": "2027-02-09", "home_tenant": "Fabrikam"},
}


def make_mail(kind: MailKind, **facts: str) -> OutboxMail:
    return OutboxMail(
        once_key="k",
        kind=kind,
        tenant_id="c0000000-0000-4000-8000-000000000001",
        to_address="gus@partner.example",
        message_id="<1@localhost>",
        facts=(LINK if kind in ABOUT_NO_REQUEST else FACTS) | MORE.get(kind, {}) | facts,
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
