"""The mailbox that our mails leave from, in Graph: written as a draft first, then sent."""

import os
from collections.abc import Mapping

from selfservice.config.settings import GraphMailSettings, MailSettings, Settings
from selfservice.entra import fields, paths
from selfservice.entra.answers import Json
from selfservice.entra.directories import service_of
from selfservice.entra.endpoints import ABSENT
from selfservice.entra.filters import literal, query
from selfservice.entra.tokens import AppTokens
from selfservice.entra.transport import Transport
from selfservice.model.directory import MailDraft, OutgoingMail
from selfservice.model.unable import UnableTo

STABLE = {"Prefer": 'IdType="ImmutableId"'}
"""Makes a message keep its id when it moves to the sent items. https://learn.microsoft.com/graph/outlook-immutable-id"""

SELECT = "id,isDraft"


class GraphDraftBox:
    """A shared mailbox, reached with the mail app's own credential."""

    def __init__(self, settings: Settings, environ: Mapping[str, str] = os.environ) -> None:
        graph = _graph_of(settings.mail)
        tenant = settings.tenants[graph.tenant_alias]
        service = service_of(tenant)
        tokens = AppTokens(
            tenant_id=tenant.tenant_id,
            cloud=tenant.cloud,
            credential=graph.credential,
            service=service,
            environ=environ,
        )
        self._graph = Transport(tenant.cloud, tokens, service)
        self._messages = f"/users/{paths.address(graph.mailbox)}/messages"
        self._from = {"emailAddress": {"name": settings.mail.sender_name, "address": settings.mail.sender}}

    def find(self, message_id: str) -> MailDraft | None:
        """Return the message with our Message-ID. https://learn.microsoft.com/graph/api/user-list-messages"""
        options = {"$filter": f"internetMessageId eq {literal(message_id)}", "$select": SELECT}
        answer = self._graph.read(f"{self._messages}{query(options)}", headers=STABLE)
        found = answer.parse(lambda body: fields.items(body, _draft))
        # One that has been sent answers the question; its draft may still be shown for a moment.
        return min(found, key=lambda message: message.is_draft, default=None)

    def create(self, mail: OutgoingMail) -> MailDraft:
        """Write a draft. https://learn.microsoft.com/graph/api/user-post-messages"""
        body: Json = {
            "internetMessageId": mail.message_id,
            "subject": mail.subject,
            "body": {"contentType": "HTML", "content": mail.html},
            "from": self._from,
            "toRecipients": [{"emailAddress": {"address": mail.to}}],
            "internetMessageHeaders": [{"name": "X-Auto-Response-Suppress", "value": "All"}],
        }
        answer = self._graph.write("POST", self._messages, body, headers=STABLE)
        made = answer.parse(_draft)
        return MailDraft(draft_id=made.draft_id, is_draft=made.is_draft, request_id=answer.request_id)

    def get(self, draft_id: str) -> MailDraft | None:
        """Return a message by its id, or None. https://learn.microsoft.com/graph/api/message-get"""
        path = f"{self._messages}/{paths.opaque(draft_id)}{query({'$select': SELECT})}"
        try:
            return self._graph.read(path, headers=STABLE).parse(_draft)
        except UnableTo as failure:
            if failure.code in ABSENT:
                return None
            raise

    def send(self, draft_id: str) -> None:
        """Send a draft. https://learn.microsoft.com/graph/api/message-send"""
        self._graph.write("POST", f"{self._messages}/{paths.opaque(draft_id)}/send", headers=STABLE)


def _draft(body: Json) -> MailDraft:
    return MailDraft(draft_id=fields.text(body, "id"), is_draft=fields.flag(body, "isDraft", default=False))


def _graph_of(mail: MailSettings) -> GraphMailSettings:
    if mail.graph is None:
        raise ValueError("The settings do not send mail through Graph.")
    return mail.graph
