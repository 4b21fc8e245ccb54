"""A person is what the directory says of them, and may act while they are enabled and there."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from selfservice.model.actor import Actor, ActorKind, PersonRef
from selfservice.model.directory import DirectoryUser, RedemptionState, UserType
from selfservice.model.person import Person, PersonSource
from tests.model.making import ANN, FABRIKAM, NOW

TOLD = DirectoryUser(
    object_id=ANN.object_id,
    display_name="Änne LEE",
    mail="Ann@Fabrikam.example",
    user_principal_name="ann@fabrikam.example",
    user_type=UserType.MEMBER,
    enabled=True,
    department="Finance",
)


def make_person(**changes: object) -> Person:
    return Person(**{"tenant_id": FABRIKAM, "object_id": ANN.object_id, **changes})  # type: ignore[arg-type]


def test_what_the_directory_says_is_learnt_once() -> None:
    person = make_person(source=PersonSource.SIGN_IN)
    assert person.learn(TOLD)
    assert not person.learn(TOLD)
    assert (person.display_name, person.department, person.source) == ("Änne LEE", "Finance", PersonSource.MIRROR)


def test_names_and_addresses_are_found_however_they_are_capitalised() -> None:
    person = make_person()
    person.learn(TOLD)
    assert (person.name_key, person.mail_key) == ("änne lee", "ann@fabrikam.example")


@pytest.mark.parametrize(
    "change",
    [
        {"display_name": "Ann"},
        {"mail": None},
        {"enabled": False},
        {"user_type": UserType.GUEST},
        {"redemption_state": RedemptionState.ACCEPTED},
        {"job_title": "Clerk"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_change_is_noticed(change: dict[str, object]) -> None:
    person = make_person()
    person.learn(TOLD)
    assert person.learn(replace(TOLD, **change))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("enabled", "removed_at", "active"),
    [(True, None, True), (False, None, False), (True, NOW, False), (False, NOW, False)],
)
def test_a_person_may_act_while_enabled_and_there(enabled: bool, removed_at: datetime | None, active: bool) -> None:
    assert make_person(enabled=enabled, removed_at=removed_at).active is active


def test_a_directory_that_does_not_say_whether_someone_is_enabled_does_not_lock_them_out() -> None:
    person = make_person()
    person.learn(replace(TOLD, enabled=None))
    assert person.active


def test_whoever_is_told_of_again_is_back() -> None:
    person = make_person(removed_at=datetime(2027, 1, 1, tzinfo=UTC))
    person.learn(TOLD)
    assert person.active


def test_a_person_is_a_tenant_and_an_id_and_never_an_address() -> None:
    assert make_person().ref == ANN.ref
    assert ANN.is_(FABRIKAM, ANN.object_id)
    assert not ANN.is_("another tenant", ANN.object_id)
    assert not ANN.is_(None, None)
    assert PersonRef(tenant_id="a", object_id="b") < PersonRef(tenant_id="a", object_id="c")


def test_this_application_is_nobody_in_particular() -> None:
    system = Actor(kind=ActorKind.SYSTEM, tenant_id=FABRIKAM, object_id=ANN.object_id)
    assert not system.is_(FABRIKAM, ANN.object_id)
