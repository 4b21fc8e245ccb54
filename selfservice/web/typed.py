"""What no database takes as text is refused at the door."""

from collections.abc import Iterator

from flask import Flask, request
from werkzeug.exceptions import BadRequest

from selfservice.web.origins import OwnWords

NUL = "\0"


class NotText(OwnWords, BadRequest):
    """The address or the form holds a character that is no text."""

    description = "What was sent holds a character that has no place in a text."


def register_typed(app: Flask) -> None:
    """Refuse the character that PostgreSQL cannot store and SQLite stores as an end."""

    @app.before_request
    def check() -> None:
        if any(NUL in text for text in _texts()):
            raise NotText


def _texts() -> Iterator[str]:
    yield request.path
    for source in (request.args, request.form):
        for name, value in source.items(multi=True):
            yield name
            yield value
