"""Sealing: what lies in the database opens with the key of the settings alone."""

import pytest

from selfservice.model.directory import Secret
from selfservice.model.unable import UnableTo
from selfservice.services import sealing
from tests.services.making import make_settings

LINK = Secret("https://login.example/redeem?rd=canary")


def test_a_sealed_link_opens_again_and_is_not_to_be_seen_in_its_seal() -> None:
    settings = make_settings()
    sealed = sealing.seal(settings, LINK)
    assert "canary" not in sealed
    assert sealing.unseal(settings, sealed) == LINK


def test_the_same_link_is_sealed_differently_each_time() -> None:
    settings = make_settings()
    assert sealing.seal(settings, LINK) != sealing.seal(settings, LINK)


def test_another_key_opens_nothing_and_says_what_to_do() -> None:
    sealed = sealing.seal(make_settings(), LINK)
    with pytest.raises(UnableTo) as failure:
        sealing.unseal(make_settings(secret_key="o" * 48), sealed)
    assert (failure.value.code, failure.value.transient) == ("unsealable", False)
    assert failure.value.next_step


def test_a_seal_that_somebody_touched_does_not_open() -> None:
    settings = make_settings()
    sealed = sealing.seal(settings, LINK)
    changed = sealed[:-6] + ("A" if sealed[-6] != "A" else "B") + sealed[-5:]
    with pytest.raises(UnableTo):
        sealing.unseal(settings, changed)
