"""The mail that the invitation service itself sends when it is asked to."""

from html import escape

from selfservice.simulator.clock import iso
from selfservice.simulator.directory.shapes import Properties
from selfservice.simulator.graph.call import Call, as_list
from selfservice.simulator.identifiers import new_id

SENDER = "invites@microsoft.example"


def mail_invitation(call: Call, address: str, link: str, message: Properties) -> None:
    """Put the service's own mail in the mailbox; text of an app is dropped, as documented."""
    copies = [
        (entry or {}).get("emailAddress", {}).get("address") for entry in as_list(message.get("ccRecipients"))[:1]
    ]
    content = (
        f"<p>{escape(call.tenant.name)} invited you to access applications within their"
        f' organization.</p><p><a href="{escape(link)}">Accept invitation</a></p>'
    )
    for recipient in [address, *(copy for copy in copies if copy)]:
        call.world.mail.put(
            recipient,
            "inbox",
            {
                "subject": f"{call.tenant.name} invited you to access applications",
                "body": {"contentType": "html", "content": content},
                "from": {"emailAddress": {"name": "Microsoft Invitations", "address": SENDER}},
                "toRecipients": [{"emailAddress": {"address": address}}],
                "internetMessageId": f"<{new_id()}@invitations.example>",
                "receivedDateTime": iso(call.world.clock.now()),
                "isDraft": False,
            },
        )
