"""An invitation that is blocked since it was sent is noticed: once, with who can change it and how."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from selfservice.model.audit import AuditEvent
from selfservice.model.directory import TenantInformation
from selfservice.model.mail import MailKind
from selfservice.model.policy import AskPolicy, KeptPolicy
from selfservice.services import looking_up, mirroring, policing
from selfservice.services.noticing import BLOCKED, notice_blocked
from selfservice.services.overview.rows import RequestPage, Tense
from selfservice.store.transaction import reading, transaction
from tests.services.copying import copy_directory
from tests.services.making import ANN, CONTOSO, DEE, FABRIKAM, START, WOODGROVE, FakeDirectories, HandClock, World
from tests.services.overview.journeys import Journey, begin, mails_of
from tests.services.preflight.asking import PARTNER

SHUT = {
    "b2bCollaborationInbound": {
        "usersAndGroups": {"accessType": "blocked", "targets": [{"target": "AllUsers", "targetType": "user"}]}
    }
}
LONG_AGO = START - timedelta(days=30)
OUT = {"b2bCollaborationOutbound": SHUT["b2bCollaborationInbound"]}


@pytest.fixture
def invited(world: World) -> Journey:
    """Return a journey whose guest is invited and has not accepted, as the mirror knows by now."""
    journey = begin(world, for_self=False, guest_address="gus@partner.example", guest_name="Gus Ray")
    journey.deliver()
    mirror(world)
    return journey


def mirror(world: World, *tenants: str, **how_long: float) -> None:
    assert isinstance(world.rt.clock, HandClock)
    assert isinstance(world.rt.directories, FakeDirectories)
    world.rt.clock.forward(timedelta(**(how_long or {"minutes": 2})))
    for tenant_id in tenants or (CONTOSO,):
        mirroring.mirror(world.rt, tenant_id)


def told(world: World) -> list[AuditEvent]:
    with reading(world.rt.sessions) as tx:
        return list(tx.scalars(select(AuditEvent).where(AuditEvent.action == BLOCKED)))


def told_now(page: RequestPage) -> list[str]:
    return [moment.title for moment in page.timeline if moment.tense is Tense.NOW]


def mails(world: World) -> list[str]:
    return sorted(mail.to_address for mail in mails_of(world) if mail.kind is MailKind.INVITATION_BLOCKED)


def test_a_domain_that_is_denied_later_is_noticed_with_the_next_round(world: World, invited: Journey) -> None:
    assert told(world) == []
    policing.set_policy(world.rt, CONTOSO, AskPolicy(denied_domains=("partner.example",)), by=DEE)
    mirror(world)
    [event] = told(world)
    assert "partner.example" in event.why
    assert "ann@fabrikam.example" in mails(world)
    page = invited.page()
    assert page.failure is not None
    assert (page.failure.cause, page.failure.owner) == (event.why, "the help desk of Contoso")
    assert "Gus Ray cannot accept the invitation any more" in told_now(page)


def test_it_is_told_once(world: World, invited: Journey) -> None:
    policing.set_policy(world.rt, CONTOSO, AskPolicy(denied_domains=("partner.example",)), by=DEE)
    mirror(world)
    before = mails(world)
    mirror(world)
    mirror(world, days=1)
    assert notice_blocked(world.rt, CONTOSO) == 0
    assert (len(told(world)), mails(world)) == (1, before)


def test_a_block_that_passes_is_taken_back_and_a_new_one_is_told_again(world: World, invited: Journey) -> None:
    for number in (1, 2):
        policing.set_policy(world.rt, CONTOSO, AskPolicy(denied_domains=("partner.example",)), by=DEE)
        mirror(world)
        assert len(told(world)) == number
        policing.set_policy(world.rt, CONTOSO, AskPolicy(), by=DEE)
        mirror(world)
        page = invited.page()
        assert page.failure is None
        assert "Waiting for Gus Ray to accept the invitation" in told_now(page)
    assert len(told(world)) == 2


def test_a_partner_that_is_shut_out_later_is_noticed(world: World, invited: Journey) -> None:
    partner = TenantInformation(tenant_id=PARTNER, display_name="Partner Ltd")
    invited.directory.tenants["partner.example"] = partner
    looking_up.ask(world.rt, CONTOSO, "partner.example", by=ANN)
    looking_up.work(world.rt, CONTOSO)
    invited.directory.policy = replace(invited.directory.policy, partners={PARTNER: SHUT})
    mirror(world)
    [event] = told(world)
    assert "let this guest in from Partner Ltd" in event.why
    assert event.details["owner"] == "the help desk of Contoso"


def test_a_home_tenant_that_keeps_its_people_in_is_noticed(world: World) -> None:
    journey = begin(world, for_self=True, guest_address="", guest_name="")
    journey.deliver()
    mirror(world)
    home = copy_directory(world.rt, FABRIKAM)
    mirror(world, FABRIKAM)
    assert told(world) == []
    home.policy = replace(home.policy, partners={CONTOSO: OUT})
    mirror(world, FABRIKAM)
    [event] = told(world)
    assert "Fabrikam does not let you be a guest of Contoso" in event.why


def test_a_guest_who_has_accepted_is_not_spoken_of(world: World, invited: Journey) -> None:
    invited.accept()
    mirror(world)
    policing.set_policy(world.rt, CONTOSO, AskPolicy(denied_domains=("partner.example",)), by=DEE)
    mirror(world)
    assert told(world) == []


def test_what_was_sent_on_a_bad_day_is_found_the_next(world: World, invited: Journey) -> None:
    with transaction(world.rt.sessions) as tx:
        tx.add(KeptPolicy(tenant_id=CONTOSO, body={"denied_domains": ["partner.example"]}, changed_at=LONG_AGO))
    mirror(world)
    assert told(world) == []
    mirror(world, days=1)
    assert len(told(world)) == 1


def test_a_tenant_without_packages_has_nothing_to_notice(world: World) -> None:
    assert [notice_blocked(world.rt, each) for each in (FABRIKAM, WOODGROVE, "0" * 36)] == [0, 0, 0]
