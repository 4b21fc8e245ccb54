"""MSAL's way to the sign-in service: our wire, with our limits and our failures."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from selfservice.entra.answers import Refusal, request_id_of
from selfservice.entra.errors import failure_of, retry_after_of, unable
from selfservice.entra.meanings import Service
from selfservice.entra.token_errors import token_failure
from selfservice.entra.wire import ForeignAddress, NoAnswer, Outgoing, Reply, Wire


@dataclass(frozen=True, kw_only=True)
class MsalReply:
    """An answer as MSAL wants it."""

    status_code: int
    text: str
    headers: Mapping[str, str]

    def raise_for_status(self) -> None:
        """Do nothing: what is no answer for MSAL has been raised before."""


class MsalHttp:
    """MSAL's `http_client`. An answer that is not the protocol's own is raised here, as `UnableTo`.

    So MSAL, which would remember it and give it again, never sees it.
    """

    def __init__(self, wire: Wire, service: Service) -> None:
        self._wire = wire
        self._service = service

    def get(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        **_options: object,
    ) -> MsalReply:
        """Get a document; a refusal is raised, since MSAL would take it for a wrong address."""
        address = url + (f"?{urlencode(params)}" if params else "")
        reply = self._send(Outgoing(method="GET", url=address, headers=headers or {}))
        if reply.status_code != 200:
            document = json.loads(reply.text)
            raise token_failure(document if isinstance(document, dict) else {}, self._service)
        return reply

    def post(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        **_options: object,
    ) -> MsalReply:
        """Post a form."""
        address = url + (f"?{urlencode(params)}" if params else "")
        form = urlencode({name: value for name, value in (data or {}).items() if value is not None}).encode()
        told = {**(headers or {}), "Content-Type": "application/x-www-form-urlencoded"}
        return self._send(Outgoing(method="POST", url=address, headers=told, content=form))

    def close(self) -> None:
        """Close every connection."""
        self._wire.close()

    def fetch_json(self, url: str) -> Mapping[str, object]:
        """Return a JSON document of the sign-in service. Raises `UnableTo`."""
        document = json.loads(self.get(url).text)
        if not isinstance(document, dict):
            raise unable("unexpected-answer", self._service)
        return document

    def _send(self, outgoing: Outgoing) -> MsalReply:
        try:
            reply = self._wire.send(outgoing)
        except ForeignAddress as failure:
            raise unable("foreign-address", self._service) from failure
        except NoAnswer as failure:
            raise unable("untrusted" if failure.tls else "network", self._service) from failure
        if reply.status == 429 or reply.status >= 500 or 300 <= reply.status < 400:
            raise failure_of(_refusal(reply), self._service)
        try:
            text = reply.content.decode("utf-8")
            json.loads(text)
        except ValueError as failure:
            raise unable("service", self._service) from failure
        return MsalReply(status_code=reply.status, text=text, headers=reply.headers)


def _refusal(reply: Reply) -> Refusal:
    return Refusal(
        status=reply.status,
        code="",
        message="",
        path="",
        write=False,
        retry_after=retry_after_of(reply.headers.get("retry-after", ""), reply.headers.get("date", "")),
        request_id=request_id_of(reply) or reply.headers.get("x-ms-request-id", "")[:64],
    )
