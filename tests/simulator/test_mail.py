"""Mail through Graph: sent or refused in silence, drafts, and the mailbox pages."""

import base64
from email.message import EmailMessage
from typing import Any

import pytest

from tests.simulator.browsing import heading
from tests.simulator.clients import Graph, Simulated, error_of
from tests.simulator.naming import CLIENTS

BOX = "selfservice@contoso.example"
HTML = '<p>Dear Gus, <a href="https://app.example/x?a=1&amp;b=2">open the <b>request</b></a></p><script>no()</script>'


@pytest.fixture
def mail(sim: Simulated) -> Graph:
    return sim.graph("Contoso", client=CLIENTS["Selfservice Mail"])


def letter(to: str = "gus@partner.example", **more: Any) -> dict[str, Any]:
    return {
        "subject": "Your invitation",
        "body": {"contentType": "HTML", "content": HTML},
        "toRecipients": [{"emailAddress": {"address": to}}],
        **more,
    }


def received(sim: Simulated, address: str = "gus@partner.example") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = sim.control("GET", f"/mailbox/{address}")["messages"]
    return found


@pytest.mark.parametrize(("keep", "kept"), [(True, 1), (False, 0), ("false", 0)])
def test_a_mail_is_accepted_in_silence(sim: Simulated, mail: Graph, keep: Any, kept: int) -> None:
    response = mail("POST", f"/users/{BOX}/sendMail", {"message": letter(), "saveToSentItems": keep})
    assert (response.status_code, response.content) == (202, b"")
    [message] = received(sim)
    assert message["subject"] == "Your invitation"
    assert message["from"]["emailAddress"]["address"] == BOX
    assert message["links"] == ["https://app.example/x?a=1&b=2"]
    assert len([row for row in received(sim, BOX) if row["folder"] == "sentitems"]) == kept


def test_mail_in_its_raw_form_must_be_base64(sim: Simulated, mail: Graph) -> None:
    message = EmailMessage()
    message["To"], message["Subject"] = "gus@partner.example", "Raw"
    message.set_content("See https://app.example/raw for it")
    address, kind = f"{mail.url}/v1.0/users/{BOX}/sendMail", {"Content-Type": "text/plain"}
    good = mail.http.post(address, data=base64.b64encode(message.as_bytes()), headers=kind)
    assert good.status_code == 202
    assert received(sim)[0]["links"] == ["https://app.example/raw"]
    bad = mail.http.post(address, data=b"not base64!", headers=kind)
    assert error_of(bad) == (400, "ErrorMimeContentInvalidBase64String")


@pytest.mark.parametrize("method", ["POST sendMail", "POST messages", "GET messages"])
def test_another_mailbox_than_the_apps_own_is_out_of_scope(mail: Graph, method: str) -> None:
    verb, _, path = method.partition(" ")
    body = {"message": letter()} if path == "sendMail" else letter()
    response = mail(verb, f"/users/bob@contoso.example/{path}", body if verb == "POST" else None)
    assert error_of(response) == (403, "ErrorAccessDenied")


def test_an_app_without_scope_reaches_every_mailbox_that_exists(sim: Simulated, mail: Graph) -> None:
    sim.world.apps[CLIENTS["Selfservice Mail"]].mail_scope = None
    assert mail("POST", "/users/bob@contoso.example/sendMail", {"message": letter()}).status_code == 202
    guest = sim.tenant("Contoso").users.by_key("ida@partner.example")[0]["id"]
    assert error_of(mail("POST", f"/users/{guest}/sendMail", {"message": letter()})) == (
        404,
        "MailboxNotEnabledForRESTAPI",
    )
    nobody = mail("POST", "/users/nobody@contoso.example/sendMail", {"message": letter()})
    assert error_of(nobody) == (404, "ErrorInvalidUser")


def test_without_the_permission_nothing_is_sent(sim: Simulated) -> None:
    graph = sim.graph("Contoso", "User.Read.All")
    assert graph("POST", f"/users/{BOX}/sendMail", {"message": letter()}).status_code == 403


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"toRecipients": []}, "ErrorInvalidRecipients"),
        ({"toRecipients": [{"emailAddress": {"address": "nobody"}}]}, "ErrorInvalidRecipients"),
        ({"internetMessageHeaders": [{"name": "List-Id", "value": "x"}]}, "InvalidInternetMessageHeader"),
    ],
)
def test_a_letter_that_is_not_right_is_refused(mail: Graph, changes: dict[str, Any], code: str) -> None:
    response = mail("POST", f"/users/{BOX}/sendMail", {"message": letter(**changes)})
    assert error_of(response) == (400, code)


def test_a_draft_is_found_by_its_message_id_and_sent_once(sim: Simulated, mail: Graph) -> None:
    named = letter(internetMessageId="<job-7@selfservice.example>", ccRecipients=letter("b@x.example")["toRecipients"])
    draft = mail("POST", f"/users/{BOX}/messages", named)
    assert draft.status_code == 201
    key = draft.json()["id"]
    assert draft.json()["isDraft"] is True
    assert received(sim) == []
    query = "$filter=internetMessageId eq '<job-7@selfservice.example>'"
    for path in (f"/users/{BOX}/messages", f"/users/{BOX}/mailFolders/drafts/messages"):
        assert [row["id"] for row in mail.get(f"{path}?{query}")["value"]] == [key]
    sent = mail("POST", f"/users/{BOX}/messages/{key}/send")
    assert (sent.status_code, sent.content) == (202, b"")
    assert len(received(sim)) == len(received(sim, "b@x.example")) == 1
    assert mail("POST", f"/users/{BOX}/messages/{key}/send").status_code == 400
    assert mail.get(f"/users/{BOX}/mailFolders/drafts/messages?{query}")["value"] == []
    assert mail.get(f"/users/{BOX}/messages/{key}")["isDraft"] is False


def test_a_draft_can_be_thrown_away(mail: Graph) -> None:
    key = mail("POST", f"/users/{BOX}/messages", letter()).json()["id"]
    path = f"/users/{BOX}/messages/{key}"
    assert mail("DELETE", path).status_code == 204
    assert error_of(mail("GET", path)) == (404, "ErrorItemNotFound")
    assert mail("POST", f"{path}/send").status_code == 404


def test_the_mailbox_page_shows_the_mail_in_a_cage_and_its_links_outside(sim: Simulated, mail: Graph) -> None:
    mail("POST", f"/users/{BOX}/sendMail", {"message": letter()})
    page = sim.browser().open(f"{sim.url}/mailbox/gus@partner.example")
    assert heading(page) == "Mail of gus@partner.example"
    assert '<a href="https://app.example/x?a=1&amp;b=2">open the request</a>' in page.text
    assert "<script>" not in page.text
    assert "<iframe" in page.text
    assert " sandbox " in page.text
    assert "gus@partner.example</a>: 1 message" in sim.browser().open(f"{sim.url}/mailbox").text


def test_the_newest_mail_comes_first(sim: Simulated, mail: Graph) -> None:
    for subject in ("first", "second"):
        mail("POST", f"/users/{BOX}/sendMail", {"message": letter(subject=subject)})
    assert [row["subject"] for row in received(sim)] == ["second", "first"]
