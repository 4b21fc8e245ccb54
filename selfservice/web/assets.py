"""Static files by address: each carries a hash of its content, so that browsers may keep it for ever."""

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, url_for

FIRST_SHEETS = ("css/tokens.css", "css/base.css")


def register_assets(app: Flask) -> None:
    """Offer `asset(path)`, the style sheets and htmx to the templates."""
    root = Path(app.static_folder or "static")

    @cache
    def fingerprint(path: str) -> str:
        return hashlib.sha256((root / path).read_bytes()).hexdigest()[:12]

    def asset(path: str) -> str:
        return url_for("static", filename=path, v=fingerprint(path))

    app.jinja_env.globals.update(
        asset=asset,
        stylesheets=_stylesheets(root),
        htmx=_vendored(root, "htmx*/htmx.min.js"),
    )


def _stylesheets(root: Path) -> tuple[str, ...]:
    components = sorted(path.relative_to(root).as_posix() for path in (root / "css" / "components").glob("*.css"))
    bootstrap = _vendored(root, "bootstrap*/**/bootstrap.min.css")
    return (bootstrap, *FIRST_SHEETS, *components, "css/print.css")


def _vendored(root: Path, pattern: str) -> str:
    return next((root / "vendor").glob(pattern)).relative_to(root).as_posix()
