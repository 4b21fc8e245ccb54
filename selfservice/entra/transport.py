"""Calls Microsoft Graph for one tenant: a token, one request, and an answer or a named failure."""

import base64
import json
import logging
import re
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeVar
from urllib.parse import urlsplit

from selfservice.config.clouds import Cloud
from selfservice.entra.answers import NOTHING, IllFormed, Json, Refusal, error_of, json_of, request_id_of
from selfservice.entra.errors import failure_of, retry_after_of, unable
from selfservice.entra.meanings import Service
from selfservice.entra.scrubbing import scrub
from selfservice.entra.tokens import Tokens
from selfservice.entra.wire import ForeignAddress, Limits, NoAnswer, Outgoing, Reply, Wire
from selfservice.model.unable import UnableTo

log = logging.getLogger(__name__)

T = TypeVar("T")

READ_ATTEMPTS: Final = 3
SHORT_WAIT: Final = 2.0
"""How many seconds a read may wait in here; a longer pause is the caller's to keep, where it survives a crash."""

ATTEMPT_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
CLAIMS = re.compile(r'\bclaims="([A-Za-z0-9+/=_-]+)"')


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What Graph answered. `write` says that something was asked to change."""

    body: Json
    request_id: str
    service: Service
    write: bool

    def parse(self, parser: Callable[[Json], T]) -> T:
        """Return the answer as a value. Raises `UnableTo` where it is not of the promised shape."""
        try:
            return parser(self.body)
        except IllFormed as failure:
            raise unable(
                "unexpected-answer", self.service, outcome_unknown=self.write, request_id=self.request_id
            ) from failure


class Transport:
    """Graph v1.0 of one tenant."""

    def __init__(
        self,
        cloud: Cloud,
        tokens: Tokens,
        service: Service,
        *,
        limits: Limits | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.base = f"{cloud.graph_url}/v1.0"
        self.service = service
        self._tokens = tokens
        self._pause = pause
        self._wire = Wire(cloud, cloud.graph_url, limits)

    def read(self, path: str, *, headers: Mapping[str, str] | None = None) -> Answer:
        """Get a path, or a link that Graph gave us. Raises `UnableTo`."""
        url = path if path.startswith("https:") else self.base + path
        if not url.startswith(f"{self.base}/") or not self._wire.leads_to(url):
            raise unable("foreign-address", self.service)
        outgoing = Outgoing(method="GET", url=url, headers=headers or {})
        for _ in range(READ_ATTEMPTS - 1):
            try:
                return self._exchange(outgoing)
            except UnableTo as failure:
                if failure.retry_after is None or failure.retry_after > SHORT_WAIT:
                    raise
                self._pause(failure.retry_after)
        return self._exchange(outgoing)

    def write(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        *,
        attempt_id: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a change once, and never again in here. Raises `UnableTo`."""
        told = dict(headers or {})
        if ATTEMPT_ID.fullmatch(attempt_id):
            told["client-request-id"] = attempt_id
        content = None
        if body is not None:
            told["Content-Type"] = "application/json"
            content = json.dumps(body).encode()
        return self._exchange(Outgoing(method=method, url=self.base + path, headers=told, content=content))

    def _exchange(self, outgoing: Outgoing) -> Answer:
        write = outgoing.method != "GET"
        try:
            reply = self._authorized(outgoing)
        except ForeignAddress as failure:
            raise unable("foreign-address", self.service) from failure
        except NoAnswer as failure:
            code = "untrusted" if failure.tls else "network"
            raise unable(code, self.service, outcome_unknown=write and failure.sent) from failure
        if 200 <= reply.status < 300:
            return self._answer(reply, write=write)
        raise self._failure(outgoing, reply)

    def _authorized(self, outgoing: Outgoing) -> Reply:
        reply = self._with_token(outgoing, self._tokens.bearer())
        if reply.status != 401:
            return reply
        claims = claims_of(reply)
        if claims is None:
            self._tokens.forget()
            return reply
        # A refused token means that nothing was done, so even a write may be sent with the new one.
        return self._with_token(outgoing, self._tokens.bearer(claims))

    def _with_token(self, outgoing: Outgoing, token: str) -> Reply:
        headers = {
            "Accept": "application/json",
            "client-request-id": str(uuid.uuid4()),
            **outgoing.headers,
            "Authorization": f"Bearer {token}",
        }
        return self._wire.send(replace(outgoing, headers=headers))

    def _answer(self, reply: Reply, *, write: bool) -> Answer:
        try:
            body = json_of(reply)
        except IllFormed as failure:
            raise unable("service", self.service, outcome_unknown=write, request_id=request_id_of(reply)) from failure
        return Answer(body=body or NOTHING, request_id=request_id_of(reply), service=self.service, write=write)

    def _failure(self, outgoing: Outgoing, reply: Reply) -> UnableTo:
        code, message, request_id = error_of(reply)
        refusal = Refusal(
            status=reply.status,
            code=code,
            message=message,
            path=urlsplit(outgoing.url).path.removeprefix("/v1.0"),
            write=outgoing.method != "GET",
            retry_after=retry_after_of(reply.headers.get("retry-after", ""), reply.headers.get("date", "")),
            request_id=request_id,
        )
        failure = failure_of(refusal, self.service)
        log.info(
            "%s: %s %s answered %s %s (%s), request-id %s: %s",
            self.service.name,
            outgoing.method,
            scrub(refusal.path),
            reply.status,
            scrub(code, limit=60),
            failure.code,
            scrub(request_id),
            scrub(message),
        )
        return failure


def claims_of(reply: Reply) -> str | None:
    """Return the claims that a challenge asks a new token to answer, or None.

    https://learn.microsoft.com/entra/identity-platform/claims-challenge
    """
    challenge = reply.headers.get("www-authenticate", "")
    found = CLAIMS.search(challenge)
    if found is None or "insufficient_claims" not in challenge:
        return None
    try:
        text = base64.b64decode(found[1] + "=" * (-len(found[1]) % 4), altchars=b"-_").decode("utf-8")
        return text if isinstance(json.loads(text), dict) else None
    except ValueError:
        return None
