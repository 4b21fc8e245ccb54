"""Signing in: who may, who they are from then on, and which roles they hold right now."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from selfservice.model.actor import Actor, Role
from selfservice.model.application import RoleHolder
from selfservice.model.audit import AuditEvent
from selfservice.model.directory import DirectoryUser, UserType
from selfservice.model.identity import VerifiedIdentity
from selfservice.model.mirror import MirrorKind, MirrorState
from selfservice.model.person import Person, PersonSource
from selfservice.services import signing_in
from selfservice.services.signing_in import NotEmployed, NotServed
from selfservice.store.transaction import reading, transaction
from tests.services.making import ANN, DEE, FABRIKAM, START, FakeSignIn, World

NEW = "a0000000-0000-4000-8000-0000000000ff"
ADMIN = frozenset({"Admin"})


def identity(actor: Actor = ANN, **changes: object) -> VerifiedIdentity:
    who = VerifiedIdentity(
        tenant_id=actor.tenant_id,
        object_id=actor.object_id,
        display_name=actor.name,
        user_name="someone@fabrikam.example",
        roles=frozenset(),
        session_hint="sid",
        login_hint=None,
    )
    return replace(who, **changes)  # type: ignore[arg-type]


def sign_in(world: World, who: VerifiedIdentity) -> VerifiedIdentity:
    assert isinstance(world.rt.signin, FakeSignIn)
    world.rt.signin.comes = who
    return signing_in.finish(world.rt, {}, {}, remote_address="192.0.2.7")


def acting(world: World, actor: Actor, *roles: str) -> Actor | None:
    return signing_in.actor(
        world.rt,
        tenant_id=actor.tenant_id,
        object_id=actor.object_id,
        token_roles=frozenset(roles),
        since=START,
        remote_address="192.0.2.7",
    )


def person(world: World, object_id: str) -> Person:
    with reading(world.rt.sessions) as tx:
        return tx.get_one(Person, (FABRIKAM, object_id))


def change(world: World, actor: Actor, **facts: object) -> None:
    with transaction(world.rt.sessions) as tx:
        found = tx.get_one(Person, (actor.tenant_id, actor.object_id))
        for name, value in facts.items():
            setattr(found, name, value)


def events(world: World) -> list[AuditEvent]:
    with reading(world.rt.sessions) as tx:
        return list(tx.scalars(select(AuditEvent).where(AuditEvent.object_kind == "person")))


def test_a_sign_in_comes_back_to_this_installation_alone(world: World) -> None:
    begun = signing_in.start(world.rt, login_hint="ann@fabrikam.example")
    assert begun.url.endswith("redirect_uri=http://localhost:8080/sign-in/callback")
    leaving = signing_in.sign_out_url(world.rt, tenant_id=FABRIKAM, return_to="http://localhost:8080", login_hint=None)
    assert FABRIKAM in leaving


def test_somebody_whom_the_mirror_does_not_know_yet_is_known_from_their_token(world: World) -> None:
    sign_in(world, identity(object_id=NEW, display_name="Nia New", user_name="nia@fabrikam.example"))
    nia = person(world, NEW)
    assert (nia.display_name, nia.name_key, nia.user_principal_name, nia.source) == (
        "Nia New",
        "nia new",
        "nia@fabrikam.example",
        PersonSource.SIGN_IN,
    )
    assert acting(world, Actor(tenant_id=FABRIKAM, object_id=NEW)) is not None


def test_what_the_mirror_says_is_not_overwritten_by_a_token(world: World) -> None:
    sign_in(world, identity(display_name="Somebody Else"))
    assert person(world, ANN.object_id).display_name == "Ann Lee"


def test_a_sign_in_is_told_in_the_audit_trail(world: World) -> None:
    sign_in(world, identity(roles=ADMIN))
    (event,) = events(world)
    assert (event.action, event.actor_object_id, event.remote_address) == (
        "person.signedIn",
        ANN.object_id,
        "192.0.2.7",
    )
    assert event.details["roles"] == ["Admin"]


@pytest.mark.parametrize(
    "facts",
    [{"enabled": False}, {"removed_at": START}, {"user_type": UserType.GUEST}],
    ids=["disabled", "removed", "guest"],
)
def test_s09_whoever_may_not_act_can_neither_sign_in_nor_go_on(world: World, facts: dict[str, object]) -> None:
    assert acting(world, ANN) is not None
    change(world, ANN, **facts)
    assert acting(world, ANN) is None
    with pytest.raises(NotEmployed):
        sign_in(world, identity())
    assert [event.action for event in events(world)] == ["person.signInRefused"]


def test_a_tenant_that_is_not_configured_is_not_served(world: World) -> None:
    with pytest.raises(NotServed):
        sign_in(world, identity(tenant_id="e0000000-0000-4000-8000-000000000009"))
    assert events(world) == []
    assert acting(world, Actor(tenant_id="e0000000-0000-4000-8000-000000000009", object_id=NEW)) is None


def test_whoever_never_signed_in_and_is_not_mirrored_is_nobody(world: World) -> None:
    assert acting(world, Actor(tenant_id=FABRIKAM, object_id=NEW)) is None


def test_a_person_acts_under_the_name_that_the_mirror_knows(world: World) -> None:
    actor = acting(world, ANN)
    assert actor is not None
    assert (actor.name, actor.user_name, actor.remote_address, actor.roles) == (
        "Ann Lee",
        "ann@fabrikam.example",
        "192.0.2.7",
        frozenset(),
    )


def roles_of(world: World, *token_roles: str) -> frozenset[Role]:
    actor = acting(world, DEE, *token_roles)
    assert actor is not None
    return actor.roles


def mirror_roles(world: World, *held: str, minutes_after: float) -> None:
    with transaction(world.rt.sessions) as tx:
        at = START + timedelta(minutes=minutes_after)
        tx.merge(MirrorState(tenant_id=DEE.tenant_id, kind=MirrorKind.ROLE_HOLDERS, synced_at=at))
        for role in held:
            tx.merge(RoleHolder(tenant_id=DEE.tenant_id, object_id=DEE.object_id, role=role))


def test_a_token_s_roles_hold_while_the_mirror_has_not_looked(world: World) -> None:
    assert roles_of(world, "Admin", "Auditor", "Emperor") == {Role.ADMIN, Role.AUDITOR}


def test_s10_a_mirrored_role_without_a_token_s_is_none(world: World) -> None:
    mirror_roles(world, "Admin", minutes_after=5)
    assert roles_of(world) == frozenset()


def test_s11_a_role_that_was_taken_away_is_gone_from_running_sessions(world: World) -> None:
    mirror_roles(world, "Auditor", minutes_after=5)
    assert roles_of(world, "Admin", "Auditor") == {Role.AUDITOR}


def test_a_round_that_may_have_begun_before_the_sign_in_takes_no_role_away(world: World) -> None:
    mirror_roles(world, minutes_after=0.5)
    assert roles_of(world, "Admin") == {Role.ADMIN}
    mirror_roles(world, minutes_after=1)
    assert roles_of(world, "Admin") == frozenset()


def test_the_mirror_takes_over_whom_a_token_made_known(world: World) -> None:
    sign_in(world, identity(object_id=NEW, display_name="Nia"))
    with transaction(world.rt.sessions) as tx:
        tx.get_one(Person, (FABRIKAM, NEW)).learn(
            DirectoryUser(object_id=NEW, display_name="Nia Newton", user_type=UserType.MEMBER)
        )
    sign_in(world, identity(object_id=NEW, display_name="Nia"))
    assert (person(world, NEW).display_name, person(world, NEW).source) == ("Nia Newton", PersonSource.MIRROR)


def test_two_first_sign_ins_at_once_make_one_person(world: World) -> None:
    failures: list[Exception] = []
    barrier = threading.Barrier(4)

    def come() -> None:
        barrier.wait(10)
        try:
            signing_in.finish(world.rt, {}, {}, remote_address="192.0.2.7")
        except Exception as failure:
            failures.append(failure)

    assert isinstance(world.rt.signin, FakeSignIn)
    world.rt.signin.comes = identity(object_id=NEW, display_name="Nia New")
    threads = [threading.Thread(target=come) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []
    assert len(events(world)) == 4
