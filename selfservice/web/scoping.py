"""Tells the database for whom a page is made, before anything else of the request runs."""

from flask import Flask, request

from selfservice.services.sight import EVERYTHING, NOBODY, enter

BEFORE_SIGN_IN = frozenset({"signing_in", "my_invitation", "still_needed"})
"""Whose visitors nobody knows yet. What such a page may find is bound by what its use case asks for."""


def register_scoping(app: Flask) -> None:
    """Begin every request with the eyes of nobody. They stay until the thread's next request begins: an export still
    reads while it is being sent.
    """

    @app.before_request
    def begin() -> None:
        enter(EVERYTHING if request.blueprint in BEFORE_SIGN_IN else NOBODY)
