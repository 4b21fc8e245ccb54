"""Tells what a refusal of Microsoft Graph means: the one table of codes and texts.

Microsoft says to branch on codes, but several outcomes here share a code and differ by their text alone; so texts are
matched loosely, in order, whatever their letters' case, and what matches nothing is `unexpected`.
"""

import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Final

from selfservice.entra.answers import Refusal
from selfservice.entra.meanings import MEANINGS, Service
from selfservice.model.unable import UnableTo


class DeltaExpired(UnableTo):
    """The directory has forgotten where we were in its changes: read everything, from no link."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One line of the table: what is empty matches everything."""

    meaning: str
    status: str = ""
    code: str = ""
    text: str = ""
    path: str = ""

    def fits(self, refusal: Refusal) -> bool:
        """Say whether a refusal is of this kind."""
        told = (
            (self.status, str(refusal.status)),
            (self.code, refusal.code),
            (self.text, refusal.message),
            (self.path, refusal.path),
        )
        return all(not wanted or re.search(wanted, value, re.IGNORECASE | re.DOTALL) for wanted, value in told)


INVITE: Final = r"^/invitations$"
MAIL: Final = r"/messages\b"
REFERENCE: Final = r"\$ref$|/appRoleAssignedTo\b"

RULES: Final = (
    Rule(meaning="throttled", status="429"),
    Rule(meaning="target-unresolvable", path=INVITE, text=r"unable to find target address"),
    Rule(meaning="service", status=r"^5(?!01)|^408$"),
    Rule(meaning="suspicious-activity", text=r"suspicious"),
    Rule(meaning="invitations-off", path=INVITE, text=r"invitations? (are |is )?not allowed"),
    Rule(meaning="cross-tenant-blocked", path=INVITE, text=r"cross-tenant access"),
    Rule(meaning="domain-verified-here", path=INVITE, text=r"verified domain of this directory"),
    Rule(meaning="guest-blocked", path=INVITE, text=r"already exists in the directory.*blocked from signing in"),
    Rule(meaning="internal-user", path=INVITE, text=r"already exists in the directory"),
    Rule(meaning="guest-deleted", path=INVITE, text=r"was deleted.*restored|soft.deleted"),
    Rule(meaning="address-conflict", path=INVITE, text=r"proxyaddresses"),
    Rule(meaning="redirect-refused", path=INVITE, text=r"redirect ?url"),
    Rule(meaning="domain-blocked", path=INVITE, text=r"domain.*(block|not allowed|policy)|(block|policy).*domain"),
    Rule(
        meaning="address-refused",
        path=INVITE,
        text=r"can.?t be invited|cannot be invited|e-?mail ?address (is|was) (not valid|invalid)|invalid e-?mail",
    ),
    Rule(meaning="sponsor-limit", path=r"/sponsors/", text=r"sponsor.*(limit|exceed|maximum)|(limit|maximum).*sponsor"),
    Rule(
        meaning="not-writable-group",
        path=r"/members/",
        text=r"dynamic membership|on-premises mastered|directory sync|mail-enabled security|distribution list",
    ),
    Rule(
        meaning="already-there",
        path=REFERENCE,
        status="400",
        text=r"references already exist|assigned already exists|entitlementgrant entry already exists",
    ),
    Rule(meaning="not-found", path=REFERENCE, status="400", text=r"removed object references do not exist"),
    Rule(meaning="role-unknown", path=REFERENCE, text=r"permission being assigned was not found"),
    Rule(meaning="not-there-yet", path=REFERENCE, status="400", text=r"not a valid reference update"),
    Rule(meaning="not-there-yet", text=r"queried reference-property objects are not present"),
    Rule(meaning="not-there-yet", status="404", code=r"^request_resourcenotfound$"),
    Rule(meaning="mailbox-denied", path=MAIL, code=r"^erroraccessdenied$"),
    Rule(meaning="mailbox-missing", path=MAIL, code=r"^mailboxnotenabledforrestapi$|^errorinvaliduser$"),
    Rule(meaning="recipient-refused", path=MAIL, code=r"^errorinvalidrecipients$"),
    Rule(meaning="license-missing", code=r"nonpremium", status="403"),
    Rule(meaning="license-missing", text=r"premium licen[cs]e", status="403"),
    Rule(meaning="delta-expired", status="410"),
    Rule(meaning="delta-expired", code=r"syncstatenotfound|resyncrequired|expiredpagetoken"),
    Rule(meaning="query-unsupported", code=r"^request_unsupportedquery$"),
    Rule(meaning="token-refused", status="401"),
    # Without a code it is not Graph's: a proxy's "not found" must not count as a missing guest.
    Rule(meaning="permission-missing", status="403", code="."),
    Rule(meaning="not-found", status="404", code="."),
    Rule(meaning="conflict", status="409|423"),
    Rule(meaning="redirected", status="^3"),
)


def failure_of(refusal: Refusal, service: Service) -> UnableTo:
    """Return what a refusal means, for people and for the retry rules."""
    meaning = next((rule.meaning for rule in RULES if rule.fits(refusal)), "unexpected")
    # Of a write, even a throttled or redirected one may have taken effect; only a reasoned refusal has not.
    unknown = refusal.write and meaning in ("throttled", "service", "conflict", "redirected")
    return unable(
        meaning,
        service,
        outcome_unknown=unknown,
        retry_after=refusal.retry_after,
        request_id=refusal.request_id,
    )


def unable(
    code: str,
    service: Service,
    *,
    outcome_unknown: bool = False,
    retry_after: float | None = None,
    request_id: str = "",
) -> UnableTo:
    """Return the failure with this code, in this tenant's words."""
    meaning = MEANINGS[code]
    kind = DeltaExpired if code == "delta-expired" else UnableTo
    return kind(
        meaning.cause.format(tenant=service.name),
        code=code,
        transient=meaning.transient or outcome_unknown,
        outcome_unknown=outcome_unknown,
        retry_after=retry_after,
        request_id=request_id,
        owner=meaning.owner or service.owner,
        next_step=meaning.next_step.format(tenant=service.name),
    )


LONGEST_WAIT: Final = 86400.0


def retry_after_of(value: str, date: str) -> float | None:
    """Return the seconds a service asks us to wait: a number, or a date seen from its own clock. Nonsense is None."""
    text = value.strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        return min(float(text), LONGEST_WAIT)
    try:
        wait = (parsedate_to_datetime(text) - parsedate_to_datetime(date)).total_seconds()
    except (TypeError, ValueError):
        return None
    return min(max(wait, 0.0), LONGEST_WAIT)
