"""The web door as a whole: every route, behind every wall, attached to the app."""

from flask import Flask
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from selfservice.services.runtime import WebRuntime
from selfservice.web import access, bridge
from selfservice.web.assets import register_assets
from selfservice.web.browser_session import ServerSideSessions
from selfservice.web.errors import register_errors
from selfservice.web.headers import register_headers
from selfservice.web.origins import register_origins
from selfservice.web.presenting import register_presenting
from selfservice.web.scoping import register_scoping
from selfservice.web.typed import register_typed
from selfservice.web.views import (
    admin,
    admin_adoption,
    admin_audit,
    admin_catalogs,
    admin_deliveries,
    admin_exclusions,
    admin_lifecycle,
    admin_mails,
    admin_organizations,
    admin_packages,
    admin_policy,
    admin_tags,
    away,
    catalog,
    catalog_asking,
    catalog_together,
    decide,
    decide_several,
    drift,
    guests,
    guests_acts,
    guests_people,
    guests_redeem,
    guests_time,
    guests_treat,
    health,
    home,
    my_invitation,
    proposals,
    requests,
    reviews,
    reviews_campaigns,
    rules,
    rules_editing,
    rules_examples,
    rules_replays,
    signing_in,
    still_needed,
)

LARGEST_FORM = 128 * 1024

VIEWS = (
    home,
    signing_in,
    catalog,
    catalog_asking,
    catalog_together,
    requests,
    decide,
    decide_several,
    away,
    guests,
    guests_time,
    guests_acts,
    guests_people,
    proposals,
    reviews,
    reviews_campaigns,
    still_needed,
    guests_redeem,
    guests_treat,
    my_invitation,
    rules,
    rules_examples,
    rules_replays,
    rules_editing,
    admin,
    admin_adoption,
    admin_packages,
    admin_catalogs,
    admin_organizations,
    admin_exclusions,
    admin_tags,
    admin_policy,
    admin_lifecycle,
    admin_deliveries,
    admin_mails,
    drift,
    admin_audit,
    health,
)
"""Whose pages there are."""


class UndeclaredRoute(Exception):
    """A route does not say who may use it."""


def register(app: Flask, runtime: WebRuntime) -> None:
    """Attach the pages to the app."""
    bridge.attach(app, runtime)
    _configure(app, runtime)
    register_scoping(app)
    register_headers(app, runtime.settings)
    register_origins(app, runtime.settings)
    access.guard(app)
    register_typed(app)
    CSRFProtect(app)
    for views in VIEWS:
        app.register_blueprint(views.bp)
    register_errors(app)
    register_assets(app)
    register_presenting(app, runtime)
    if missing := list(access.undeclared(app)):
        raise UndeclaredRoute(", ".join(missing))


def _configure(app: Flask, runtime: WebRuntime) -> None:
    settings = runtime.settings
    app.session_interface = ServerSideSessions(runtime)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=LARGEST_FORM,
        PROVIDE_AUTOMATIC_OPTIONS=False,
        # The token lives as long as the session that it is bound to, and the origin check is ours (origins.py).
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        WTF_CSRF_CHECK_DEFAULT=True,
    )
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=0, x_prefix=0
        )
