"""The mailbox that mail leaves from: a draft is written, found by our own id, sent once, and found again."""

from dataclasses import replace

import pytest

from selfservice.entra.graph_mailbox import GraphDraftBox
from selfservice.model.directory import OutgoingMail
from selfservice.model.unable import UnableTo
from selfservice.simulator.faults import FaultKind
from tests.entra.world import APPS, MAIL_APP, MAILBOX, TENANTS, World

MAIL = OutgoingMail(
    message_id="<o'neil+1@access.example>",
    to="gus@partner.example",
    subject="You are invited",
    text="Open the link.",
    html="<p>Open the <b>link</b>.</p>",
)


def box_of(world: World) -> GraphDraftBox:
    return GraphDraftBox(world.settings, {})


def inbox(world: World, address: str = "gus@partner.example") -> list[dict[str, object]]:
    return world.sim.world.mail.in_mailbox(address, "inbox")


def test_a_draft_is_found_by_our_own_id_before_and_after_it_is_sent(world: World) -> None:
    box = box_of(world)
    assert box.find(MAIL.message_id) is None
    draft = box.create(MAIL)
    assert draft.is_draft
    assert draft.request_id
    assert inbox(world) == []
    found = box.find(MAIL.message_id)
    assert found is not None
    assert (found.draft_id, found.is_draft) == (draft.draft_id, True)
    box.send(draft.draft_id)
    sent, again = box.get(draft.draft_id), box.find(MAIL.message_id)
    assert sent is not None
    assert again is not None
    assert not sent.is_draft
    assert not again.is_draft


def test_what_arrives_is_what_was_written(world: World) -> None:
    box = box_of(world)
    box.send(box.create(MAIL).draft_id)
    [arrived] = inbox(world)
    assert arrived["subject"] == MAIL.subject
    assert arrived["body"] == {"contentType": "html", "content": MAIL.html}
    assert arrived["internetMessageId"] == MAIL.message_id
    assert arrived["from"] == {"emailAddress": {"name": "Selfservice", "address": MAILBOX}}


def test_a_message_that_is_not_there_is_none(world: World) -> None:
    assert box_of(world).get("AAMkNone") is None


def test_a_draft_whose_answer_is_lost_can_be_looked_up(world: World) -> None:
    box = box_of(world)
    world.fault(FaultKind.DROP_AFTER, method="POST", path="/messages$")
    with pytest.raises(UnableTo) as raised:
        box.create(MAIL)
    assert raised.value.outcome_unknown
    assert box.find(MAIL.message_id) is not None


def test_a_send_whose_answer_is_lost_can_be_looked_up(world: World) -> None:
    box = box_of(world)
    draft = box.create(MAIL)
    world.fault(FaultKind.DROP_AFTER, method="POST", path="/send$")
    with pytest.raises(UnableTo) as raised:
        box.send(draft.draft_id)
    assert raised.value.outcome_unknown
    sent = box.get(draft.draft_id)
    assert sent is not None
    assert not sent.is_draft
    assert len(inbox(world)) == 1


def test_a_mailbox_outside_the_apps_scope_is_named(world: World) -> None:
    world.sim.world.apps[MAIL_APP].mail_scope = ["other@contoso.example"]
    with pytest.raises(UnableTo) as raised:
        box_of(world).create(MAIL)
    assert raised.value.code == "mailbox-denied"
    assert "Exchange" in raised.value.next_step


def test_the_mail_leaves_with_the_mail_apps_own_credential(world: World) -> None:
    box_of(world).create(MAIL)
    [row] = world.written("POST", f"/users/{MAILBOX}/messages")
    assert row["app"] == MAIL_APP
    granted = world.sim.world.tenants[TENANTS["Contoso"]].grants[APPS["Selfservice Directory - Contoso"]]
    assert not [name for name in granted if name.startswith("Mail.")]


@pytest.mark.parametrize("draft_id", ["", "../..", "a?b", "a b"])
def test_what_is_no_message_id_reaches_nothing(world: World, draft_id: str) -> None:
    with pytest.raises(ValueError, match="id"):
        box_of(world).send(draft_id)


def test_an_installation_with_another_way_of_mail_has_no_mailbox(world: World) -> None:
    with pytest.raises(ValueError, match="Graph"):
        GraphDraftBox(replace(world.settings, mail=replace(world.settings.mail, graph=None)), {})
