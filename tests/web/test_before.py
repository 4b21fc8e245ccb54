"""The card beside the form: it follows what is filled in, in red, amber and green, and never waits for a directory."""

from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest
from flask import Flask

from selfservice.model.audit import AuditEvent
from selfservice.model.directory import TenantPolicies
from selfservice.model.domain_lookup import DomainLookup, LookupState
from selfservice.model.mirror import TenantPolicy
from selfservice.services.runtime import WebRuntime
from selfservice.store.transaction import reading, transaction
from tests.web.browser import Visitor
from tests.web.cast import ENDS_ON, NOW, identifier
from tests.web.world import RecordingWaker, World

Visit = Callable[[str], Visitor]
TRUST: Mapping[str, object] = {
    "inboundTrust": {"isMfaAccepted": True},
    "automaticUserConsentSettings": {"inboundAllowed": True, "outboundAllowed": True},
}
SHUT = {
    "usersAndGroups": {"accessType": "blocked", "targets": [{"target": "AllUsers", "targetType": "user"}]},
    "applications": {"accessType": "blocked", "targets": [{"target": "AllApplications", "targetType": "application"}]},
}
GREEN, AMBER, RED = "Nothing stands in the way", "It can be asked; mind what is marked", "It would fail as it is"


def settle(rt: WebRuntime, tenant: str, **partners: Mapping[str, object]) -> None:
    """Let the mirror know a tenant's settings about others."""
    entries = {identifier(name): entry for name, entry in partners.items()}
    with transaction(rt.sessions) as tx:
        kept = tx.get(TenantPolicy, identifier(tenant))
        if kept is None:
            kept = TenantPolicy(tenant_id=identifier(tenant), allow_invites_from="everyone")
            tx.add(kept)
        kept.learn(TenantPolicies(allow_invites_from="everyone", partners=entries))


def before(visitor: Visitor, world: World, *, door: str = "invite", **form: str) -> str:
    return visitor.fragment(f"/catalog/{world.package}/before?door={door}", form=form)


def look_up(rt: WebRuntime, domain: str = "partner.example") -> DomainLookup | None:
    with reading(rt.sessions) as tx:
        return tx.get(DomainLookup, (identifier("contoso"), domain))


def test_the_card_turns_red_amber_and_green(visit: Visit, world: World, rt: WebRuntime) -> None:
    ann = visit("eve")
    settle(rt, "contoso", fabrikam=TRUST)
    settle(rt, "fabrikam", contoso=TRUST)
    assert GREEN in before(ann, world, door="ask")
    settle(rt, "contoso", fabrikam={})
    assert AMBER in before(ann, world, door="ask")
    settle(rt, "contoso", fabrikam={"b2bCollaborationInbound": SHUT})
    red = before(ann, world, door="ask")
    assert RED in red
    assert "Text for an admin of Contoso" in red
    assert "crossTenantAccessPolicy/partners" in red


def test_the_card_follows_the_end_and_the_address(visit: Visit, world: World, rt: WebRuntime) -> None:
    eve = visit("eve")
    settle(rt, "contoso")
    late = (NOW.date() + timedelta(days=400)).isoformat()
    assert "at most" in before(eve, world, guest_address="new@partner.example", ends_on=late)
    assert RED not in before(eve, world, guest_address="new@partner.example", ends_on=ENDS_ON.isoformat())
    assert RED in before(eve, world, guest_address="a+b@partner.example")
    assert RED not in before(eve, world, guest_address="new@par")


def test_a_strangers_domain_is_checked_by_the_worker_and_the_card_looks_again(
    visit: Visit, world: World, rt: WebRuntime
) -> None:
    eve = visit("eve")
    first = before(eve, world, guest_address="new@partner.example")
    assert "Checking which organization" in first
    assert "load delay" in first
    assert isinstance(rt.waker, RecordingWaker)
    assert ("lookup", identifier("contoso")) in rt.waker.woken
    with transaction(rt.sessions) as tx:
        row = tx.get_one(DomainLookup, (identifier("contoso"), "partner.example"))
        row.answer(None, at=rt.clock())
    then = before(eve, world, guest_address="new@partner.example", polls="1")
    assert "Checking" not in then
    assert "load delay" not in then
    assert "signs in with a Microsoft account" in then or "have not been read yet" in then


def test_a_card_that_waits_in_vain_stops_asking(visit: Visit, world: World) -> None:
    eve = visit("eve")
    assert "load delay" in before(eve, world, guest_address="new@partner.example", polls="3")
    assert "load delay" not in before(eve, world, guest_address="new@partner.example", polls="20")
    assert "load delay" in before(eve, world, guest_address="new@partner.example", polls="nonsense")


def test_opening_the_form_looks_nothing_up_and_writes_nothing(visit: Visit, world: World, rt: WebRuntime) -> None:
    eve = visit("eve")
    eve.get(f"/catalog/{world.package}/invite?guest_address=new@partner.example")
    assert look_up(rt) is None


def test_the_address_is_never_part_of_an_address_of_ours(visit: Visit, world: World) -> None:
    eve = visit("eve")
    assert eve.send("GET", f"/catalog/{world.package}/before?guest_address=new@partner.example").status_code == 405


def test_without_scripts_the_whole_page_comes_back_with_the_card(visit: Visit, world: World, rt: WebRuntime) -> None:
    eve = visit("eve")
    page = eve.get(f"/catalog/{world.package}/invite").get_data(as_text=True)
    assert "See what would happen" in page
    form = {"guest_address": "kim@partner.example", "justification": "for the close"}
    answer = eve.post(f"/catalog/{world.package}/before?door=invite", form)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert RED in text
    assert "for the close" in text


def test_looking_is_not_asking(visit: Visit, world: World, rt: WebRuntime) -> None:
    def events() -> int:
        with reading(rt.sessions) as tx:
            return tx.query(AuditEvent).count()

    eve = visit("eve")
    count = events()
    before(eve, world, guest_address="new@partner.example", justification="for the close")
    assert events() == count


@pytest.mark.parametrize("text", ["<script>alert(1)</script>@x.example", "new@<b>partner</b>.example", "x" * 3000])
def test_s32_what_is_typed_comes_back_as_text(visit: Visit, world: World, text: str) -> None:
    told = before(visit("eve"), world, guest_address=text, guest_name=text, justification=text)
    assert "<script>alert" not in told
    assert "<b>partner" not in told


def test_a_look_up_that_failed_is_said(visit: Visit, world: World, rt: WebRuntime, site: Flask) -> None:
    eve = visit("eve")
    settle(rt, "contoso")
    before(eve, world, guest_address="new@partner.example")
    with transaction(rt.sessions) as tx:
        row = tx.get_one(DomainLookup, (identifier("contoso"), "partner.example"))
        row.state, row.answered_at, row.due_at = LookupState.FAILED, rt.clock(), None
    assert "could not say which organization" in before(eve, world, guest_address="new@partner.example")
