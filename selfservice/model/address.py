"""Addresses of guests: what may be invited, and the key by which two spellings are one."""

import re

from email_validator import EmailNotValidError, validate_email

from selfservice.model.refusal import Refused

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
        checked = validate_email(written, check_deliverability=False, test_environment=True)
    except EmailNotValidError as refusal:
        raise AddressRefused(
            f"That is not an e-mail address: {refusal}",
            next_step="Check the address.",
            owner="You",
        ) from refusal
    return f"{checked.ascii_local_part or checked.local_part}@{checked.ascii_domain}"


def address_key(address: str) -> str:
    """Return the key under which the same mailbox is found again, however it is capitalised."""
    return address.casefold()


def domain_of(address: str) -> str:
    """Return the domain of an address, in lower case."""
    return address.rpartition("@")[2].casefold()
