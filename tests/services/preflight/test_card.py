"""The card before asking: red, amber and green, each with the cause, whose it is, and what they can do."""

from dataclasses import replace
from datetime import timedelta

import pytest

from selfservice.model.crossing.finding import Level
from selfservice.model.directory import RedemptionState, UserType
from selfservice.model.mirror import TenantBrake
from selfservice.model.package import AccessPackage
from selfservice.model.person import Person
from selfservice.model.refusal import NotFound
from selfservice.store.transaction import transaction
from tests.services.making import ANN, CONTOSO, FABRIKAM, START, WES, World
from tests.services.preflight.asking import TRUSTING, card_of, invite, know, make_ask, texts

BLOCKED = {
    "usersAndGroups": {"accessType": "blocked", "targets": [{"target": "AllUsers", "targetType": "user"}]},
    "applications": {"accessType": "blocked", "targets": [{"target": "AllApplications", "targetType": "application"}]},
}


def put_guest(world: World, address: str, **facts: object) -> None:
    told: dict[str, object] = {
        "tenant_id": CONTOSO,
        "object_id": "99000000-0000-4000-8000-0000000000aa",
        "display_name": "Gus Ray",
        "name_key": "gus ray",
        "mail": address,
        "mail_key": address,
        "user_principal_name": f"{address.replace('@', '_')}#EXT#@contoso.example",
        "user_type": UserType.GUEST,
        "creation_type": "Invitation",
        "redemption_state": RedemptionState.ACCEPTED,
    }
    with transaction(world.rt.sessions) as tx:
        tx.add(Person(**{**told, **facts}))  # type: ignore[arg-type]


def test_two_tenants_that_trust_each_other_make_it_green(world: World) -> None:
    know(world.rt, CONTOSO, home=TRUSTING)
    know(world.rt, FABRIKAM, resource=TRUSTING)
    card = card_of(world)
    assert card.level is Level.OK
    assert "No consent page" in texts(card)
    assert "trusts your multifactor authentication" in texts(card)
    assert "It ends by itself on 9 Feb 2027" in texts(card)
    assert "member of Expenses Users" in texts(card)


def test_settings_that_only_cost_an_effort_make_it_amber(world: World) -> None:
    know(world.rt, CONTOSO)
    know(world.rt, FABRIKAM)
    card = card_of(world)
    assert card.level is Level.NOTE
    assert "you register it again there" in texts(card, "note")
    ready = next(line for line in card.lines if line.level is Level.NOTE)
    assert ready.ready_for == "Contoso"
    assert '"isMfaAccepted": true' in ready.ready_text


@pytest.mark.parametrize(
    ("tenant", "entry", "owner"),
    [
        (CONTOSO, {"home": {"b2bCollaborationInbound": BLOCKED}}, "the help desk of Contoso"),
        (FABRIKAM, {"resource": {"b2bCollaborationOutbound": BLOCKED}}, "the help desk of Fabrikam"),
    ],
)
def test_either_side_that_lets_nobody_through_makes_it_red(
    world: World, tenant: str, entry: dict[str, object], owner: str
) -> None:
    know(world.rt, CONTOSO)
    know(world.rt, FABRIKAM)
    know(world.rt, tenant, **entry)  # type: ignore[arg-type]
    card = card_of(world)
    assert card.level is Level.STOP
    first = card.lines[0]
    assert (first.level, first.owner) == (Level.STOP, owner)
    assert "crossTenantAccessPolicy/partners" in first.ready_text


def test_an_invitation_that_would_be_refused_is_said_before_anybody_decides(world: World) -> None:
    know(world.rt, CONTOSO, invites="none")
    card = card_of(world, invite(world, "gus@partner.example"))
    assert "does not let applications invite guests" in texts(card, "stop")
    assert "the help desk of Contoso" in texts(card, "stop")


def test_the_way_and_the_wait_of_a_decision_are_told(world: World) -> None:
    card = card_of(world)
    [stage] = card.stages
    assert card.approver_names == ("Bob Ray", "Lee Wu")
    assert (stage.quorum, stage.days_to_answer, stage.usual_hours) == (1, 14, None)
    assert not card.is_automatic


def test_a_guest_who_is_not_there_is_invited_by_our_own_mail(world: World) -> None:
    text = texts(card_of(world, invite(world, "gus@partner.example")))
    assert "Contoso does not know the guest yet" in text
    assert "selfservice@contoso.example to gus@partner.example" in text


def test_a_guest_who_has_accepted_needs_no_invitation_and_no_consent(world: World) -> None:
    know(world.rt, CONTOSO, invites="none")
    put_guest(world, "gus@partner.example")
    card = card_of(world, invite(world, "gus@partner.example"))
    assert "a guest of Contoso already" in texts(card, "ok")
    assert "invit" not in texts(card, "stop")
    assert "consent page" not in texts(card)


def test_an_invitation_that_was_never_accepted_is_sent_anew(world: World) -> None:
    put_guest(world, "gus@partner.example", redemption_state=RedemptionState.PENDING)
    assert "a fresh link is mailed from" in texts(card_of(world, invite(world, "gus@partner.example")), "note")


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"enabled": False}, "sign-in is blocked"),
        ({"user_type": UserType.MEMBER, "creation_type": None}, "has a member with this address"),
    ],
)
def test_a_user_object_in_the_way_makes_it_red(world: World, facts: dict[str, object], words: str) -> None:
    put_guest(world, "gus@partner.example", **facts)
    assert words in texts(card_of(world, invite(world, "gus@partner.example")), "stop")


def test_a_domain_that_looks_like_ours_is_pointed_out(world: World) -> None:
    card = card_of(world, invite(world, "gus@fabrikarn.example"))
    assert "looks like fabrikam.example" in texts(card, "note")


def test_what_is_not_typed_yet_is_missing_and_no_mistake(world: World) -> None:
    know(world.rt)
    card = card_of(world, invite(world, "gus@par", justification="", guest_name=""))
    assert card.level is not Level.STOP
    assert len(card.missing) >= 2


def test_a_finished_address_that_cannot_be_invited_is_a_mistake(world: World) -> None:
    assert "Microsoft refuses this address" in texts(card_of(world, invite(world, "a+b@partner.example")), "stop")


def test_an_end_that_is_too_late_makes_it_red(world: World) -> None:
    late = make_ask(world, ends_on=START.date() + timedelta(days=91))
    card = card_of(world, late)
    assert "at most 90 days" in texts(card, "stop")
    assert card.latest_end == START.date() + timedelta(days=90)


def test_a_package_that_is_closed_makes_it_red(world: World) -> None:
    with transaction(world.rt.sessions) as tx:
        tx.get_one(AccessPackage, world.expenses).retire(at=START)
    assert "cannot be asked for at the moment" in texts(card_of(world), "stop")


def test_deliveries_on_hold_are_told(world: World) -> None:
    with transaction(world.rt.sessions) as tx:
        tx.add(TenantBrake(tenant_id=CONTOSO, pulled_at=START, cause="too many changes"))
    assert "on hold" in texts(card_of(world), "note")


def test_settings_that_nobody_has_read_yet_are_no_promise(world: World) -> None:
    card = card_of(world)
    assert card.level is Level.NOTE
    assert "have not been read yet" in texts(card, "note")


def test_a_stranger_to_the_package_learns_nothing(world: World) -> None:
    with pytest.raises(NotFound):
        card_of(world, by=WES)
    with pytest.raises(NotFound):
        card_of(world, replace(make_ask(world), package_id="0" * 32), by=ANN)
