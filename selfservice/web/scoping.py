"""Tells the database for whom a page is made, before anything else of the request runs."""

from flask import Flask, request

from selfservice.store.scope import EVERYTHING, NOBODY, enter

BEFORE_SIGN_IN = frozenset({"signing_in", "my_invitation", "still_needed"})
"""Whose visitors nobody knows yet. What such a page may find is bound by what its use case asks for."""


def register_scoping(app: Flask) -> None:
    """Begin every request, and leave its thread, with the eyes of nobody."""

    @app.before_request
    def begin() -> None:
        enter(EVERYTHING if request.blueprint in BEFORE_SIGN_IN else NOBODY)

    @app.teardown_request
    def end(_failure: BaseException | None) -> None:
        enter(NOBODY)
