"""The page of an invitation that is not accepted: what is in the way, the buttons for it, and another address."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from selfservice.model.delivery import Delivery, DeliveryKind
from selfservice.model.directory import RedemptionState
from selfservice.model.guest import Guest
from selfservice.model.person import Person
from selfservice.model.proposal import Proposal, ProposalKind
from selfservice.model.redemption import Examination
from selfservice.model.treatment import Treatment
from selfservice.services.runtime import WebRuntime
from selfservice.store.transaction import reading, transaction
from tests.web.browser import HTMX, Visitor
from tests.web.cast import CAST
from tests.web.house_rules import HTML, text_of
from tests.web.world import World

Visit = Callable[[str], Visitor]


@pytest.fixture
def pending(rt: WebRuntime, world: World) -> str:
    """Let Kim not have accepted yet, and return the address of her page."""
    with transaction(rt.sessions) as tx:
        guest = tx.get_one(Guest, world.guest)
        guest.redeemed_at = None
        person = tx.get_one(Person, (guest.tenant_id, guest.object_id))
        person.redemption_state = RedemptionState.PENDING
    return f"/guests/person/{world.guest}"


def ordered(rt: WebRuntime, kind: DeliveryKind) -> list[dict[str, object]]:
    with reading(rt.sessions) as tx:
        return [each.order for each in tx.scalars(select(Delivery).where(Delivery.kind == kind))]


def test_a_sponsor_sends_a_fresh_link_and_is_told_where_it_goes(visit: Visit, rt: WebRuntime, pending: str) -> None:
    cy = visit("cy")
    cy.get(f"{pending}/redemption")
    assert "Send a fresh link" in text_of(cy.document)
    answer = cy.post(f"{pending}/link")
    assert answer.status_code == 303
    cy.get(answer.headers["Location"])
    assert "A fresh link is on its way to kim@partner.example" in text_of(cy.document)
    assert ordered(rt, DeliveryKind.LINK) == [{"to_address": "kim@partner.example"}]


def test_a_second_link_at_once_says_why_not_on_the_same_page(visit: Visit, rt: WebRuntime, pending: str) -> None:
    cy = visit("cy")
    cy.post(f"{pending}/link")
    assert cy.post(f"{pending}/link").status_code == 409
    assert "A fresh link was sent a few minutes ago." in text_of(cy.document)
    assert len(ordered(rt, DeliveryKind.LINK)) == 1


def test_s24_nobody_can_say_where_the_link_goes(visit: Visit, rt: WebRuntime, pending: str) -> None:
    forged = {"to_address": "evil@evil.example", "address": "evil@evil.example", "guest_id": "0" * 32}
    assert visit("cy").post(f"{pending}/link", forged).status_code == 303
    assert ordered(rt, DeliveryKind.LINK) == [{"to_address": "kim@partner.example"}]


def test_the_page_waits_for_the_directory_by_itself(visit: Visit, rt: WebRuntime, world: World, pending: str) -> None:
    ann = visit("ann")
    ann.post(f"{pending}/examine")
    ann.get(f"{pending}/redemption")
    assert "Contoso's directory is being asked." in text_of(ann.document)
    with transaction(rt.sessions) as tx:
        asked = tx.get_one(Examination, world.guest)
        asked.answered_at, asked.found = rt.clock(), {"there": True, "deleted": True}
    fragment = ann.fragment(f"{pending}/redemption")
    assert "deleted guest with the address kim@partner.example" in fragment
    assert "is being asked" not in fragment


def test_a_page_that_has_not_changed_is_not_sent_again(visit: Visit, pending: str) -> None:
    ann = visit("ann")
    ann.post(f"{pending}/examine")
    page = ann.send("GET", f"{pending}/redemption").get_data(as_text=True)
    seen = page.partition("seen=")[2].partition('"')[0]
    assert len(seen) == 20
    assert ann.send("GET", f"{pending}/redemption?seen={seen}", headers=HTMX).status_code == 204


def test_whoever_asked_may_send_a_link_but_not_change_the_address(visit: Visit, pending: str) -> None:
    ann = visit("ann")
    ann.get(f"{pending}/redemption")
    assert "Send a fresh link" in text_of(ann.document)
    assert "Use another address" not in text_of(ann.document)
    assert ann.send("GET", f"{pending}/reset").status_code == 404


def test_an_auditor_sees_what_is_in_the_way_and_no_button(visit: Visit, pending: str) -> None:
    ada = visit("ada")
    ada.get(f"{pending}/redemption")
    assert "Invited as kim@partner.example" in text_of(ada.document)
    assert ada.document is not None
    forms = [form.get("action") for form in ada.document.iter(f"{HTML}form")]
    assert forms == ["/sign-out"]


def test_another_address_is_asked_and_waits_for_a_second_person(visit: Visit, rt: WebRuntime, pending: str) -> None:
    cy = visit("cy")
    fields = {**cy.form(f"{pending}/reset"), "address": "kim.poe@partner.example", "why": "the old one is closed"}
    answer = cy.post(f"{pending}/reset", fields)
    assert answer.status_code == 303
    cy.get(answer.headers["Location"])
    assert "A second person is asked to agree" in text_of(cy.document)
    with reading(rt.sessions) as tx:
        proposal = tx.scalars(select(Proposal).where(Proposal.kind == ProposalKind.RESET)).one()
    assert proposal.body["address"] == "kim.poe@partner.example"
    assert ordered(rt, DeliveryKind.RESET) == []
    cy.get(f"{pending}/reset")
    assert "Another address was asked for already" in text_of(cy.document)
    second = next(name for name, who in CAST.items() if who.object_id in {each.object_id for each in proposal.asked})
    visitor = visit(second)
    visitor.get(f"/proposals/{proposal.id}")
    told = text_of(visitor.document)
    assert "kim.poe@partner.example" in told
    assert "Whoever reads the mail of the new address has the guest's access." in told
    assert "As sponsor you say" not in told


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("", 400, "Type the new address."),
        ("kim+1@partner.example", 409, "Microsoft refuses this address"),
        ("kim@contoso.example", 409, "belongs to Contoso itself"),
        ("<script>alert(1)</script>@x.example", 409, "Microsoft refuses this address"),
    ],
)
def test_an_address_that_will_not_do_is_refused_with_the_reason_in_the_form(
    visit: Visit, pending: str, address: str, status: int, words: str
) -> None:
    cy = visit("cy")
    assert cy.post(f"{pending}/reset", {"address": address, "why": "moved"}).status_code == status
    assert words in text_of(cy.document)


def test_a_guest_who_has_accepted_is_asked_to_become_a_member(visit: Visit, rt: WebRuntime, world: World) -> None:
    cy, path = visit("cy"), f"/guests/person/{world.guest}/treatment"
    fields = cy.form(path)
    assert fields["user_type"] == "Member"
    shown = text_of(cy.document)
    assert "may need a licence" in shown
    assert "Signs in" in shown
    assert "as a guest Address list" in shown
    assert cy.post(path, {**fields, "wants_list": "y", "why": "works here"}).status_code == 303
    cy.get(path)
    assert "It waits for an admin of Contoso to agree." in text_of(cy.document)


def test_an_admin_sees_the_command_for_the_address_list_and_says_when_it_is_done(
    visit: Visit, rt: WebRuntime, world: World
) -> None:
    with reading(rt.sessions) as tx:
        guest_id = tx.get_one(Treatment, world.treatment).guest_id
    dee, path = visit("dee"), f"/guests/person/{guest_id}/treatment"
    dee.get(path)
    assert "Set-MailUser -Identity 'ole_partner.example#EXT#@contoso.example'" in text_of(dee.document)
    assert dee.post(f"/guests/treatment/{world.treatment}/listed").status_code == 303
    assert ordered(rt, DeliveryKind.TREAT) == [{"user_type": "Member"}]
    dee.get(path)
    assert "Set-MailUser" not in text_of(dee.document)


def test_a_change_to_a_made_up_type_is_refused(visit: Visit, world: World) -> None:
    path = f"/guests/person/{world.guest}/treatment"
    assert visit("cy").post(path, {"user_type": "Owner", "why": "because"}).status_code == 400
