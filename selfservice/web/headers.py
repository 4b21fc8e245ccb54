"""The headers that every answer carries, the failed ones too."""

from urllib.parse import urlsplit

from flask import Flask, Response, request

from selfservice.config.clouds import Cloud
from selfservice.config.settings import Settings

FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}


def register_headers(app: Flask, settings: Settings) -> None:
    """Add the security and caching headers to every answer."""
    fixed = {**FIXED, "Content-Security-Policy": content_security_policy(settings)}
    if settings.base_url.startswith("https://"):
        fixed["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"

    @app.after_request
    def add(response: Response) -> Response:
        response.headers.update(fixed)
        if request.endpoint == "static" and response.status_code in (200, 304):
            versioned = "v" in request.args
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if versioned else "no-cache"
        else:
            response.headers["Cache-Control"] = "no-store"
            response.vary.update(("HX-Request", "Cookie"))
        return response


def content_security_policy(settings: Settings) -> str:
    """Return the policy: everything from ourselves; a form may also end at the sign-in service (signing out there)."""
    clouds = [settings.signin.cloud, *(t.cloud for t in settings.tenants.values())]
    logins = sorted({origin for cloud in clouds for origin in _login_origins(cloud)})
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "connect-src 'self'",
            "img-src 'self' data:",
            f"form-action 'self' {' '.join(logins)}",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


def _login_origins(cloud: Cloud) -> set[str]:
    origins = set()
    for address in filter(None, (cloud.login_url, cloud.loopback)):
        parts = urlsplit(address)
        origins.add(f"{parts.scheme}://{parts.netloc}")
        if parts.hostname == "127.0.0.1":
            # A local simulator is reached by the browser under its name, by us under its number.
            origins.add(f"{parts.scheme}://localhost:{parts.port}")
    return origins
