"""Tells what a refusal of the token endpoint means.

https://learn.microsoft.com/entra/identity-platform/reference-error-codes
"""

import re
from collections.abc import Mapping
from typing import Final

from selfservice.entra.errors import unable
from selfservice.entra.meanings import Service
from selfservice.model.unable import UnableTo

BY_NUMBER: Final = {
    "700016": "consent-missing",
    "7000112": "sign-in-blocked",
    "7000215": "credential-refused",
    "7000222": "credential-refused",
    "700024": "credential-refused",
    "700027": "credential-refused",
    "700213": "credential-refused",
    "50012": "credential-refused",
    "65001": "consent-missing",
    "90094": "consent-missing",
    "90002": "tenant-unknown",
    "900023": "tenant-unknown",
    "500011": "consent-missing",
    "53003": "sign-in-blocked",
    "530034": "sign-in-blocked",
    "50196": "throttled",
}

BY_ERROR: Final = {
    "invalid_client": "credential-refused",
    "unauthorized_client": "consent-missing",
    "consent_required": "consent-missing",
    "temporarily_unavailable": "service",
    "server_error": "service",
}


def numbers_of(result: Mapping[str, object]) -> tuple[str, ...]:
    """Return the AADSTS numbers of an error answer."""
    codes = result.get("error_codes")
    listed = [str(code) for code in codes] if isinstance(codes, list) else []
    return tuple(dict.fromkeys([*listed, *re.findall(r"AADSTS(\d+)", str(result.get("error_description", "")))]))


def token_failure(result: Mapping[str, object], service: Service) -> UnableTo:
    """Return what an error answer of the token endpoint means."""
    known = next((BY_NUMBER[number] for number in numbers_of(result) if number in BY_NUMBER), None)
    code = known or BY_ERROR.get(str(result.get("error", "")), "unexpected")
    return unable(code, service, request_id=str(result.get("trace_id", ""))[:64])
