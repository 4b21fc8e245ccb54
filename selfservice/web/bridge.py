"""The one way from Flask to the runtime."""

from typing import cast

from flask import Flask, current_app

from selfservice.services.runtime import WebRuntime

KEY = "selfservice"


def attach(app: Flask, runtime: WebRuntime) -> None:
    """Give the app its runtime."""
    app.extensions[KEY] = runtime


def rt() -> WebRuntime:
    """Return the runtime of the app that serves this request."""
    return cast(WebRuntime, current_app.extensions[KEY])
