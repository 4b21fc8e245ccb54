"""A browser session is found by a hash of its token, from which the token cannot be told."""

from selfservice.model.session import token_hash


def test_the_same_token_has_the_same_hash_and_another_has_another() -> None:
    assert token_hash("a") == token_hash("a") != token_hash("b")
    assert len(token_hash("a" * 1000)) == 64


def test_a_hash_does_not_hold_its_token() -> None:
    assert "secret" not in token_hash("secret")
