"""The frame around every page: who is signed in, where they can go, and what waits for them there."""

from dataclasses import dataclass

from flask import request

from selfservice.config.settings import Tenant
from selfservice.model.actor import Actor, Role
from selfservice.services.overview.home import counts
from selfservice.services.overview.rule_keepers import sees_rules
from selfservice.web.bridge import rt
from selfservice.web.viewer import current_actor

DECIDING = frozenset({"decide", "decide_several", "away"})
REVIEWING = frozenset({"reviews", "reviews_campaigns"})
ADMINISTERING = frozenset({"admin", "drift"})


@dataclass(frozen=True, kw_only=True)
class NavItem:
    """A place in the main navigation."""

    endpoint: str
    words: str
    icon: str
    count: str = ""
    urgent: bool = False
    current: bool = False


@dataclass(frozen=True, kw_only=True)
class Shell:
    """What the layout shows around a page."""

    viewer: Actor | None = None
    tenant: Tenant | None = None
    items: tuple[NavItem, ...] = ()


def shell() -> Shell:
    """Return the frame for whoever looks."""
    actor = current_actor()
    if actor is None:
        return Shell()
    tenant = rt().settings.tenant_by_id(actor.tenant_id)
    return Shell(viewer=actor, tenant=tenant, items=_items(actor, tenant))


def _items(actor: Actor, tenant: Tenant | None) -> tuple[NavItem, ...]:
    waiting, here = counts(rt(), actor), (request.blueprint or "").partition("_")[0]
    items = [_item("home.index", "Home", "home")]
    if tenant and tenant.is_home:
        items += [
            _item("catalog.index", "Catalog", "grid"),
            _item("requests.index", "Requests", "list"),
        ]
    # Whoever is a manager or a sponsor is asked at home, too.
    if (tenant and tenant.is_resource) or waiting.to_decide or request.blueprint in DECIDING:
        items.append(_item("decide.index", "Decide", "decide", waiting.to_decide, urgent=True))
    # Who owns a package answers for guests who asked by themselves.
    if (tenant and tenant.is_home) or waiting.my_guests or here == "guests":
        items.append(_item("guests.index", "My guests", "people", waiting.my_guests))
    if waiting.to_review or request.blueprint in REVIEWING or (tenant and tenant.is_resource):
        items.append(_item("reviews.index", "Reviews", "check", waiting.to_review, urgent=True))
    if tenant and tenant.is_resource and sees_rules(rt(), actor):
        items.append(_item("rules.index", "Rules", "list"))
    if actor.roles & {Role.ADMIN, Role.AUDITOR}:
        items.append(_item("admin.index", "Admin", "gear", waiting.failures, urgent=True))
    return tuple(items)


def _item(endpoint: str, words: str, icon: str, count: int = 0, *, urgent: bool = False) -> NavItem:
    area = endpoint.partition(".")[0]
    here = (request.blueprint or "").partition("_")[0]
    return NavItem(
        endpoint=endpoint,
        words=words,
        icon=icon,
        count="99+" if count > 99 else str(count or ""),
        urgent=urgent,
        current=here in (ADMINISTERING if area == "admin" else {area}),
    )
