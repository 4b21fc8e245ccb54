"""Requests are for our own name, and what changes something comes from our own pages."""

from urllib.parse import urlsplit

from flask import Flask, request
from werkzeug.exceptions import BadRequest, Forbidden, HTTPException

from selfservice.config.settings import Settings

PROBES = frozenset({"health.alive", "health.ready"})


class OwnWords(HTTPException):
    """An HTTP error whose description is written for people."""


class WrongHost(OwnWords, BadRequest):
    """The request names another host than ours."""

    description = "This site answers under its own name only."


class CrossSite(OwnWords, Forbidden):
    """Another site's page tries to change something here."""

    description = "This came from a page of another site, so nothing was done."


def register_origins(app: Flask, settings: Settings) -> None:
    """Refuse other hosts' names, and other sites' forms (beside the CSRF token, not instead of it)."""
    ours = urlsplit(settings.base_url)
    host, origin = ours.netloc.casefold(), f"{ours.scheme}://{ours.netloc}".casefold()

    @app.before_request
    def check_host() -> None:
        if request.endpoint not in PROBES and request.headers.get("Host", "").casefold() != host:
            raise WrongHost

    @app.before_request
    def check_origin() -> None:
        if request.method in ("GET", "HEAD"):
            return
        site = request.headers.get("Sec-Fetch-Site")
        if site is not None and site != "same-origin":
            raise CrossSite
        said = request.headers.get("Origin")
        # With `Referrer-Policy: no-referrer` a browser says `Origin: null` for our own forms, too; only
        # `Sec-Fetch-Site`, which no page can forge, tells them from a stranger's.
        if said == "null" and site == "same-origin":
            return
        if said is not None and said.casefold() != origin:
            raise CrossSite
