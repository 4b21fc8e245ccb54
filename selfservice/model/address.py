"""Addresses of guests: what may be invited, and the key by which two spellings are one."""

import re

from email_validator import EmailNotValidError, validate_email

from selfservice.model.refusal import Refused
from selfservice.model.rules.domains import NotADomain, mixes_alphabets, normalise

FORBIDDEN = re.compile(r"[~!#$%^&*()+=\[\]{}\\/|;:\"<>?,\s]")
"""Characters that Microsoft refuses in `invitedUserEmailAddress`.

Source: https://learn.microsoft.com/graph/api/resources/invitation
"""


class AddressRefused(Refused):
    """The address cannot be invited as it is written."""


def invitable(text: str) -> str:
    """Return the address as it will be invited (domain in its ASCII form), or refuse with the reason."""
    written = text.strip()
    if len(written) > 254 or any(ord(character) < 32 for character in written):
        raise AddressRefused(
            "That is not an e-mail address.",
            next_step="Check the address.",
            owner="You",
        )
    local, _, domain = written.rpartition("@")
    if FORBIDDEN.search(local) or FORBIDDEN.search(domain):
        raise AddressRefused(
            "Microsoft refuses this address: it holds a character such as +, / or a space.",
            next_step="Ask the guest for an address without it, usually their main address.",
            owner="The guest",
        )
    try:
        checked = validate_email(
            written,
            check_deliverability=False,
            test_environment=True,
            allow_smtputf8=False,
            allow_quoted_local=False,
            allow_domain_literal=False,
        )
    except EmailNotValidError as refusal:
        raise AddressRefused(
            f"That is not an e-mail address: {refusal}",
            next_step="Check the address.",
            owner="You",
        ) from refusal
    _ensure_one_alphabet(checked.ascii_domain)
    return f"{checked.local_part}@{checked.ascii_domain}"


def address_key(address: str) -> str:
    """Return the key under which the same mailbox is found again, however it is capitalised or its domain spelt.

    Dots and tags in front of the @ are kept: whether they matter is the provider's business (see `loose_key`).
    """
    local, at, _ = address.rpartition("@")
    return f"{local.casefold()}@{domain_of(address)}" if at else address.casefold()


def loose_key(address: str) -> str:
    """Return the key under which addresses that may be one mailbox are found: without dots and tag before the @."""
    local, _, domain = address_key(address).rpartition("@")
    return f"{local.partition('+')[0].replace('.', '')}@{domain}"


def domain_of(address: str) -> str:
    """Return the domain of an address in its ASCII form and lower case."""
    domain = address.rpartition("@")[2]
    try:
        return normalise(domain) if domain else ""
    except NotADomain:
        return domain.casefold()


def _ensure_one_alphabet(domain: str) -> None:
    try:
        mixed = mixes_alphabets(domain)
    except (NotADomain, UnicodeError):
        mixed = True
    if mixed:
        raise AddressRefused(
            f"The domain of this address mixes letters of several alphabets that look alike ({domain}).",
            next_step="Ask the guest to write their address down for you, and type it anew.",
            owner="The guest",
        )
