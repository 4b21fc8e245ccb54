"""Each documented refusal gets its name, and each name has words for people."""

import json
from importlib.resources import files

import pytest

from selfservice.entra.answers import Refusal
from selfservice.entra.errors import RULES, DeltaExpired, failure_of, unable
from selfservice.entra.meanings import MEANINGS, Service
from selfservice.entra.token_errors import BY_ERROR, BY_NUMBER, token_failure

CONTOSO = Service(name="Contoso", owner="The help desk of Contoso")

INVITE, MEMBERS, SPONSORS = "/invitations", "/groups/G/members/$ref", "/users/U/sponsors/$ref"
ROLES, USER, MAIL, DELTA = "/servicePrincipals/S/appRoleAssignedTo", "/users/U", "/users/a@b/messages", "/users/delta"

TABLE = [
    (
        INVITE,
        400,
        "BadRequest",
        "domain of the user's email address is a verified domain of this directory.",
        "domain-verified-here",
    ),
    (
        INVITE,
        403,
        "Forbidden",
        "Guest invitations not allowed for your company. Contact your company",
        "invitations-off",
    ),
    (
        INVITE,
        403,
        "Forbidden",
        "This invitation is blocked by cross-tenant access settings. Admins",
        "cross-tenant-blocked",
    ),
    (INVITE, 400, "BadRequest", "The domain x.example is not allowed by the invitation policy", "domain-blocked"),
    (INVITE, 400, "", "Invitations to the DOMAIN x are BLOCKED", "domain-blocked"),
    (INVITE, 500, "InternalServerError", "Unable to find target address", "target-unresolvable"),
    (
        INVITE,
        400,
        "BadRequest",
        "The invited user already exists in the directory as object ID: 1, but the account is blocked from signing in.",
        "guest-blocked",
    ),
    (
        INVITE,
        400,
        "BadRequest",
        "The invited user already exists in the directory as objectID: 1. They",
        "internal-user",
    ),
    (INVITE, 400, "BadRequest", "This user can't be invited to this directory. Please try", "address-refused"),
    (INVITE, 400, "BadRequest", "The invited user email address is not valid", "address-refused"),
    (INVITE, 400, "BadRequest", "same value for property proxyAddresses already exists.", "address-conflict"),
    (INVITE, 400, "BadRequest", "The invite redirect URL must be absolute", "redirect-refused"),
    (INVITE, 403, "Forbidden", "blocked for this directory due to suspicious activity.", "suspicious-activity"),
    (
        INVITE,
        400,
        "BadRequest",
        "The invited user was deleted from the directory and can be restored.",
        "guest-deleted",
    ),
    (INVITE, 403, "Authorization_RequestDenied", "Insufficient privileges to complete", "permission-missing"),
    (INVITE, 429, "TooManyRequests", "Please retry again later.", "throttled"),
    (INVITE, 500, "InternalServerError", "", "service"),
    (INVITE, 400, "BadRequest", "Something new", "unexpected"),
    (
        MEMBERS,
        400,
        "Request_BadRequest",
        "One or more added object references already exist for 'members'",
        "already-there",
    ),
    (MEMBERS, 400, "Request_BadRequest", "One or more removed object references do not exist", "not-found"),
    (MEMBERS, 404, "Request_ResourceNotFound", "Resource 'x' does not exist or one of its queried", "not-there-yet"),
    (MEMBERS, 400, "Request_BadRequest", "Not a valid reference update.", "not-there-yet"),
    (
        MEMBERS,
        400,
        "Request_BadRequest",
        "Insufficient privileges: a group with dynamic membership",
        "not-writable-group",
    ),
    (MEMBERS, 400, "Request_BadRequest", "Unable to update on-premises mastered Directory Sync", "not-writable-group"),
    (MEMBERS, 400, "Request_BadRequest", "Cannot Update a mail-enabled security groups", "not-writable-group"),
    (SPONSORS, 400, "Request_BadRequest", "The number of sponsors exceeds the limit of 5.", "sponsor-limit"),
    (SPONSORS, 400, "Request_BadRequest", "added object references already exist for 'sponsors'", "already-there"),
    (ROLES, 400, "Request_BadRequest", "Permission being assigned already exists on the object.", "already-there"),
    (ROLES, 400, "", "EntitlementGrant entry already exists", "already-there"),
    (ROLES, 400, "Request_BadRequest", "Permission being assigned was not found on application", "role-unknown"),
    (USER, 404, "Request_ResourceNotFound", "", "not-there-yet"),
    (USER, 400, "", "or one of its queried reference-property objects are not present.", "not-there-yet"),
    (USER, 403, "", "Neither tenant is B2C or tenant doesn't have premium license", "license-missing"),
    (USER, 404, "ResourceNotFound", "", "not-found"),
    (USER, 400, "Request_UnsupportedQuery", "Unsupported Query.", "query-unsupported"),
    (USER, 403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", "", "license-missing"),
    (USER, 401, "InvalidAuthenticationToken", "", "token-refused"),
    (USER, 404, "", "", "unexpected"),
    (USER, 403, "", "", "unexpected"),
    (USER, 409, "Conflict", "", "conflict"),
    (USER, 501, "NotImplemented", "This operation target is not yet supported.", "unexpected"),
    (USER, 503, "", "", "service"),
    (USER, 302, "", "", "redirected"),
    (DELTA, 410, "resyncRequired", "", "delta-expired"),
    (DELTA, 400, "syncStateNotFound", "", "delta-expired"),
    (DELTA, 400, "Directory_ExpiredPageToken", "", "delta-expired"),
    (MAIL, 403, "ErrorAccessDenied", "Access to OData is disabled.", "mailbox-denied"),
    (MAIL, 404, "MailboxNotEnabledForRESTAPI", "", "mailbox-missing"),
    (MAIL, 404, "ErrorInvalidUser", "", "mailbox-missing"),
    (MAIL, 404, "ErrorItemNotFound", "", "not-found"),
    (MAIL, 400, "ErrorInvalidRecipients", "", "recipient-refused"),
]


def refusal(path: str, status: int, code: str = "", message: str = "", *, write: bool = True) -> Refusal:
    return Refusal(
        status=status, code=code, message=message, path=path, write=write, retry_after=None, request_id="r-1"
    )


@pytest.mark.parametrize(("path", "status", "code", "message", "meaning"), TABLE)
def test_a_refusal_gets_its_name(path: str, status: int, code: str, message: str, meaning: str) -> None:
    for words in (message, message.upper(), f"\n{message}\n"):
        failure = failure_of(refusal(path, status, code, words), CONTOSO)
        assert failure.code == meaning
        assert failure.request_id == "r-1"


def test_every_rule_of_the_table_is_proven() -> None:
    unproven = [
        rule
        for rule in RULES
        if not any(
            rule.fits(refusal(path, status, code, message)) and rule.meaning == meaning
            for path, status, code, message, meaning in TABLE
        )
    ]
    assert unproven == []


def test_the_simulators_own_words_are_all_understood() -> None:
    texts = json.loads(files("selfservice.simulator").joinpath("texts.json").read_text("utf-8"))["texts"]
    paths = {"invite": INVITE, "mail": MAIL, "role": ROLES, "reference": MEMBERS, "group": MEMBERS, "sponsor": SPONSORS}
    ours = {
        # What our own calls never ask, so what never comes back to them.
        "invite-required", "invite-type", "invite-synced", "invite-reset-address",
        "mail-header", "mail-mime", "mail-sent", "reference-host", "reference-missing", "reference-kind",
        "role-member-type",
    }  # fmt: skip
    missing = {
        name
        for name, text in texts.items()
        if name.partition("-")[0] in paths and name not in ours
        if failure_of(
            refusal(paths[name.partition("-")[0]], text["status"], text["code"], text["message"]), CONTOSO
        ).code
        == "unexpected"
    }
    assert missing == set()


@pytest.mark.parametrize("code", MEANINGS)
def test_every_failure_says_its_cause_its_owner_and_the_next_step(code: str) -> None:
    failure = unable(code, CONTOSO)
    assert failure.code == code
    for sentence in (failure.cause, failure.next_step):
        assert sentence.endswith(".")
        assert "{" not in sentence
    assert failure.owner


def test_what_is_nobody_elses_is_the_tenants() -> None:
    assert unable("invitations-off", CONTOSO).owner == "The help desk of Contoso"
    assert unable("network", CONTOSO).owner.startswith("Nobody")


def test_a_person_must_look_at_suspicious_activity() -> None:
    failure = failure_of(refusal(INVITE, 403, "Forbidden", "suspicious activity"), CONTOSO)
    assert not failure.transient
    assert not failure.outcome_unknown


@pytest.mark.parametrize(("write", "unknown"), [(True, True), (False, False)])
def test_only_a_write_can_have_an_unknown_outcome(write: bool, unknown: bool) -> None:
    for status in (429, 500, 503, 409):
        assert failure_of(refusal(USER, status, write=write), CONTOSO).outcome_unknown is unknown


def test_a_reasoned_refusal_has_a_known_outcome() -> None:
    assert not failure_of(
        refusal(INVITE, 500, "InternalServerError", "Unable to find target address"), CONTOSO
    ).transient
    assert not failure_of(refusal(INVITE, 403, "Forbidden"), CONTOSO).outcome_unknown


def test_a_forgotten_place_in_the_changes_has_a_class_of_its_own() -> None:
    failure = failure_of(refusal(DELTA, 410, write=False), CONTOSO)
    assert isinstance(failure, DeltaExpired)
    assert failure.transient


@pytest.mark.parametrize(("number", "meaning"), BY_NUMBER.items())
def test_a_token_error_is_known_by_its_number_or_its_text(number: str, meaning: str) -> None:
    assert token_failure({"error": "x", "error_codes": [int(number)]}, CONTOSO).code == meaning
    text = f"AADSTS{number}: some words. Trace ID: t"
    assert token_failure({"error": "x", "error_description": text, "trace_id": "t"}, CONTOSO).request_id == "t"
    assert token_failure({"error": "x", "error_description": text}, CONTOSO).code == meaning


@pytest.mark.parametrize(("error", "meaning"), [*BY_ERROR.items(), ("new_error", "unexpected"), ("", "unexpected")])
def test_a_token_error_without_a_known_number_is_known_by_its_error(error: str, meaning: str) -> None:
    assert token_failure({"error": error, "error_codes": [1]}, CONTOSO).code == meaning
