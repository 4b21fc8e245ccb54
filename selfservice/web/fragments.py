"""One page, two answers: the whole of it, or the one block that htmx asked for."""

from flask import Request, render_template, request
from jinja2_fragments.flask import render_block


def wants_fragment() -> bool:
    """Say whether htmx asks for a part of the page it already shows."""
    return (
        request.headers.get("HX-Request") == "true"
        and request.headers.get("HX-Boosted") != "true"
        and request.headers.get("HX-History-Restore-Request") != "true"
    )


def is_poll(asked: Request) -> bool:
    """Say whether a page asks by itself, with nobody at it: what it has `seen` comes along."""
    return asked.method == "GET" and asked.headers.get("HX-Request") == "true" and "seen" in asked.args


def page(template: str, *, block: str, **context: object) -> str:
    """Render the page, or this block of it where htmx asks."""
    if wants_fragment():
        return render_block(template, block, **context)
    return render_template(template, **context)


def part(template: str, *, block: str, **context: object) -> str:
    """Render one block of a page, for an address that answers with nothing else."""
    return render_block(template, block, **context)
