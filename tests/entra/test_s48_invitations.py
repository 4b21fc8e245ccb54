"""S48: an invitation makes a guest, in the one form that is allowed, and never turns one person into another."""

import uuid

import pytest

from selfservice.model.unable import UnableTo
from selfservice.simulator.faults import FaultKind
from tests.entra.scripted import Graph, Scripted
from tests.entra.world import PEOPLE, TENANTS, World

WELCOME = "https://myapps.microsoft.com/"


def invite(world: World, address: str, *, attempt_id: str = "") -> str:
    contoso = world.directory("Contoso")
    made = contoso.invite(address=address, display_name=None, redirect_url=WELCOME, attempt_id=attempt_id)
    return made.user_id


def refusal_of(world: World, address: str) -> UnableTo:
    with pytest.raises(UnableTo) as raised:
        invite(world, address)
    return raised.value


@pytest.mark.parametrize("name", [None, "Gus Ray"])
def test_s48_the_body_is_the_allowed_one_and_nothing_more(world: World, name: str | None) -> None:
    attempt = str(uuid.uuid4())
    world.directory("Contoso").invite(
        address="gus@partner.example", display_name=name, redirect_url=WELCOME, attempt_id=attempt
    )
    [written] = world.written("POST", "/invitations")
    assert written["client_request_id"] == attempt
    assert written["body"] == {
        "invitedUserEmailAddress": "gus@partner.example",
        "inviteRedirectUrl": WELCOME,
        "sendInvitationMessage": False,
        "invitedUserType": "Guest",
        **({"invitedUserDisplayName": name} if name else {}),
    }


def test_a_guest_who_is_invited_again_is_the_same_with_a_fresh_link(world: World) -> None:
    contoso = world.directory("Contoso")
    first, second = (
        contoso.invite(address="gus@partner.example", display_name=None, redirect_url=WELCOME, attempt_id="")
        for _ in range(2)
    )
    assert first.user_id == second.user_id
    assert first.invitation_id != second.invitation_id
    assert first.redeem_url != second.redeem_url
    assert first.redeem_url.reveal() not in repr(first)


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("gus+tag@partner.example", "address-refused"),
        ("una@contoso.example", "internal-user"),
        ("stranger@contoso.example", "domain-verified-here"),
        ("rex@partner.example", "guest-blocked"),
    ],
)
def test_a_refused_invitation_says_why(world: World, address: str, code: str) -> None:
    failure = refusal_of(world, address)
    assert failure.code == code
    assert not failure.transient
    assert not failure.outcome_unknown
    assert failure.request_id


def test_invitations_that_are_off_say_whose_they_are_to_allow(world: World) -> None:
    world.sim.world.tenants[TENANTS["Contoso"]].policies["authorization"]["allowInvitesFrom"] = "none"
    failure = refusal_of(world, "gus@partner.example")
    assert failure.code == "invitations-off"
    assert failure.owner == "An admin of Contoso"


def test_suspicious_activity_is_for_a_person_and_never_tried_again(world: World) -> None:
    world.fault(FaultKind.SUSPICIOUS, path="/invitations")
    failure = refusal_of(world, "gus@partner.example")
    assert failure.code == "suspicious-activity"
    assert not failure.transient


@pytest.mark.parametrize("kind", [FaultKind.DROP_AFTER, FaultKind.TRUNCATE, FaultKind.EMPTY, FaultKind.STATUS_AFTER])
def test_an_invitation_whose_answer_is_lost_is_sent_once_and_looked_up(world: World, kind: FaultKind) -> None:
    world.fault(kind, path="/invitations")
    assert refusal_of(world, "gus@partner.example").outcome_unknown
    assert len(world.written("POST", "/invitations")) == 1
    assert len(world.directory("Contoso").find_users_by_address("gus@partner.example")) == 1


def test_a_throttled_invitation_says_how_long_to_wait(world: World) -> None:
    world.fault(FaultKind.THROTTLE, path="/invitations", retry_after=17)
    failure = refusal_of(world, "gus@partner.example")
    assert (failure.code, failure.retry_after, failure.outcome_unknown) == ("throttled", 17.0, True)
    assert world.written("POST", "/invitations") == []


def test_a_claims_challenge_delays_nothing(world: World) -> None:
    world.fault(FaultKind.CLAIMS_CHALLENGE, path="/invitations")
    assert invite(world, "gus@partner.example")
    assert len(world.written("POST", "/invitations")) == 1


GOOD = {
    "id": "35d454b0-576c-468b-baeb-751530351065",
    "status": "PendingAcceptance",
    "inviteRedeemUrl": "https://login.example/redeem?rd=x",
    "invitedUser": {"id": PEOPLE["ida@partner.example"]},
}


@pytest.mark.parametrize(
    "change",
    [
        {"id": None},
        {"status": None},
        {"inviteRedeemUrl": None},
        {"inviteRedeemUrl": "javascript:alert(1)"},
        {"invitedUser": None},
        {"invitedUser": {}},
        {"invitedUser": {"id": "me"}},
    ],
)
def test_an_invitation_without_its_facts_is_of_unknown_outcome(graph: Graph, change: dict[str, object]) -> None:
    graph.script(Scripted(status=201, body={**GOOD, **change}))
    with pytest.raises(UnableTo) as raised:
        graph.directory.invite(address="a@b.example", display_name=None, redirect_url=WELCOME, attempt_id="")
    assert raised.value.outcome_unknown
    assert raised.value.code == "unexpected-answer"


def test_a_guest_with_nothing_left_to_redeem_needs_no_link(graph: Graph) -> None:
    graph.script(Scripted(status=201, body={**GOOD, "status": "Completed", "inviteRedeemUrl": None}))
    made = graph.directory.invite(address="a@b.example", display_name=None, redirect_url=WELCOME, attempt_id="")
    assert (made.status, made.redeem_url.reveal()) == ("Completed", "")
