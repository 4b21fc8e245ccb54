"""What templates can use: the words of `present`, field attributes, and the frame around every page."""

from flask import Flask
from jinja2 import StrictUndefined
from wtforms import Field

from selfservice.services.runtime import WebRuntime
from selfservice.web import present
from selfservice.web.shell import shell


def register_presenting(app: Flask, runtime: WebRuntime) -> None:
    """Give the templates their filters and globals; a name that does not exist is a bug and says so."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        day=present.day,
        exact=present.exact,
        iso=present.iso,
        ago=lambda value: present.ago(value, now=runtime.clock()),
        ahead=present.ahead,
        count=present.count,
        many=present.many,
        either=present.either,
        initials=present.initials,
        sentence=present.sentence,
        hours=present.hours,
        hue=present.hue,
    )
    app.jinja_env.globals.update(field_attributes=field_attributes)
    app.context_processor(lambda: {"shell": shell})


def field_attributes(field: Field, kind: str, extra: dict[str, object]) -> dict[str, object]:
    """Return the attributes of an input: its class, and what describes it to a screen reader."""
    described = [f"{field.id}-hint"] if field.description else []
    if field.errors:
        described.append(f"{field.id}-error")
    attributes: dict[str, object] = {"class_": kind, **extra}
    if described:
        attributes["aria-describedby"] = " ".join(described)
    if field.errors:
        attributes["aria-invalid"] = "true"
    return attributes
