"""A stranger's domain: the page says that it is checking, the worker asks, and the card fills in."""

from selfservice.model.crossing.finding import Level
from selfservice.model.directory import TenantInformation
from selfservice.model.organization import ConnectedOrganization
from selfservice.model.unable import UnableTo
from selfservice.services import looking_up
from selfservice.store.transaction import transaction
from tests.services.fakes import FakeDirectory
from tests.services.making import CONTOSO, FABRIKAM, START, FakeDirectories, World
from tests.services.preflight.asking import PARTNER, card_of, invite, know, texts

BLOCKED = {
    "usersAndGroups": {"accessType": "blocked", "targets": [{"target": "AllUsers", "targetType": "user"}]},
    "applications": {"accessType": "blocked", "targets": [{"target": "AllApplications", "targetType": "application"}]},
}


def direct(world: World) -> FakeDirectory:
    partner = TenantInformation(tenant_id=PARTNER, display_name="Partner Ltd")
    directory = FakeDirectory(tenant_id=CONTOSO, tenants={"partner.example": partner})
    assert isinstance(world.rt.directories, FakeDirectories)
    world.rt.directories.by_tenant[CONTOSO] = directory
    return directory


def test_the_card_checks_and_fills_in(world: World) -> None:
    direct(world)
    know(world.rt, CONTOSO, partner={"b2bCollaborationInbound": BLOCKED})
    first = card_of(world, invite(world, "gus@partner.example"))
    assert (first.is_checking, first.level) == (True, Level.OK)
    looking_up.work(world.rt, CONTOSO)
    then = card_of(world, invite(world, "gus@partner.example"))
    assert not then.is_checking
    assert "Contoso does not let this guest in from Partner Ltd" in texts(then, "stop")


def test_a_domain_of_no_tenant_needs_codes_or_a_microsoft_account(world: World) -> None:
    direct(world)
    know(world.rt, CONTOSO, codes="disabled")
    card_of(world, invite(world, "gus@nowhere.example"))
    looking_up.work(world.rt, CONTOSO)
    assert "without a Microsoft account" in texts(card_of(world, invite(world, "gus@nowhere.example")), "note")


def test_our_own_and_connected_organizations_need_no_look_up(world: World) -> None:
    directory = direct(world)
    know(world.rt, CONTOSO, partner={"b2bCollaborationInbound": BLOCKED})
    know(world.rt, FABRIKAM)
    with transaction(world.rt.sessions) as tx:
        tx.add(
            ConnectedOrganization(
                tenant_id=CONTOSO,
                name="Partner Limited",
                partner_tenant_id=PARTNER,
                domains=["partner.example"],
                changed_at=START,
            )
        )
    card = card_of(world, invite(world, "gus@partner.example"))
    assert "in from Partner Limited" in texts(card, "stop")
    assert "a consent page" in texts(card_of(world, invite(world, "cy@fabrikam.example")))
    assert looking_up.due_tenants(world.rt) == ()
    assert directory.calls == []


def test_a_request_that_is_refused_anyway_looks_nothing_up(world: World) -> None:
    know(world.rt, CONTOSO, invites="none")
    card_of(world, invite(world, "gus@partner.example"))
    assert looking_up.due_tenants(world.rt) == ()


def test_half_an_address_looks_nothing_up(world: World) -> None:
    card_of(world, invite(world, "gus@partner"))
    assert looking_up.due_tenants(world.rt) == ()


def test_a_directory_that_cannot_say_is_a_note(world: World) -> None:
    know(world.rt, CONTOSO)
    direct(world).fail("find_tenant_by_domain", UnableTo("We lack a permission in Contoso."))
    card_of(world, invite(world, "gus@partner.example"))
    looking_up.work(world.rt, CONTOSO)
    card = card_of(world, invite(world, "gus@partner.example"))
    assert "could not say which organization" in texts(card, "note")
    assert not card.is_checking


def test_whoever_asks_for_too_many_domains_is_told_so(world: World) -> None:
    know(world.rt, CONTOSO)
    cards = [card_of(world, invite(world, f"gus@d{number}.example")) for number in range(21)]
    assert "Too many new domains" in texts(cards[-1], "note")
    assert not cards[-1].is_checking
