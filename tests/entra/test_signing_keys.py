"""The service's keys are kept for a day, and asked for again when one is unknown, but not by every forgery."""

from selfservice.entra.signing_keys import KEPT_FOR, PAUSE, SigningKeys, read_key_set
from tests.entra.forging import Claims, published


class Publisher:
    """A sign-in service that publishes keys, and a clock."""

    def __init__(self) -> None:
        self.keys: list[Claims] = [published(1)]
        self.asked = 0
        self.time = 1000.0
        self.found = SigningKeys(self.fetch, lambda: self.time)

    def fetch(self) -> Claims:
        """Return the key set."""
        self.asked += 1
        return {"keys": self.keys}


def test_keys_are_fetched_when_they_are_needed_and_kept() -> None:
    publisher = Publisher()
    assert publisher.asked == 0
    assert publisher.found.find("key-1") is not None
    publisher.time += KEPT_FOR - 1
    assert publisher.found.find("key-1") is not None
    assert publisher.asked == 1


def test_keys_are_fetched_anew_after_a_day_so_that_a_withdrawn_one_ends() -> None:
    publisher = Publisher()
    assert publisher.found.find("key-1") is not None
    publisher.keys = [published(2)]
    publisher.time += KEPT_FOR
    assert publisher.found.find("key-1") is None


def test_an_unknown_key_is_asked_for_once() -> None:
    publisher = Publisher()
    assert publisher.found.find("key-1") is not None
    publisher.keys = [published(1), published(2)]
    publisher.time += PAUSE
    assert publisher.found.find("key-2") is not None
    assert publisher.asked == 2


def test_forgeries_do_not_make_us_ask_again_and_again() -> None:
    publisher = Publisher()
    for number in range(100):
        assert publisher.found.find(f"forged-{number}") is None
    assert publisher.asked == 1


def test_a_short_key_is_no_key() -> None:
    assert read_key_set({"keys": [published(3, size=1024)]}) == {}
    assert list(read_key_set({"keys": [published(3)]})) == ["key-3"]


def test_a_set_without_keys_is_empty() -> None:
    assert read_key_set({}) == {}
    assert read_key_set({"keys": "none"}) == {}


def test_a_key_without_a_stated_issuer_signs_for_any_and_one_with_it_for_that_alone() -> None:
    [anybodys] = read_key_set({"keys": [{**published(), "issuer": None}]}).values()
    [templates] = read_key_set({"keys": [published()]}).values()
    tenant = "11111111-aaaa-4aaa-8aaa-111111111111"
    own = f"https://entra.simulator.localhost/{tenant}/v2.0"
    assert anybodys.may_sign_for(own, tenant)
    assert templates.may_sign_for(own, tenant)
    assert not templates.may_sign_for("https://evil.example/v2.0", tenant)
