"""Tagging: what the tags of an access package make stricter in its tenant, the built-in ones and the tenant's own."""

import re
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.audit import Account, Subject, event
from selfservice.model.package import AccessPackage
from selfservice.model.refusal import NotFound, Refused
from selfservice.model.rulebook import TagPolicy
from selfservice.model.rules import strictness
from selfservice.model.rules.strictness import (
    BUILT_IN_TAGS,
    Tightening,
    tightening_from_data,
    tightening_to_data,
)
from selfservice.services import authority
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import transaction

NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")


class TagNameRefused(Refused):
    """A tag's name is no small word."""


class TagInUse(Refused):
    """Packages carry the tag."""


def own_tags(tx: Session, tenant_id: str) -> dict[str, Tightening]:
    """Return the tags whose meaning a tenant has written itself."""
    kept = tx.scalars(select(TagPolicy).where(TagPolicy.tenant_id == tenant_id).order_by(TagPolicy.tag))
    return {each.tag: tightening_from_data(each.tag, each.body) for each in kept}


def tags_of(tx: Session, tenant_id: str) -> Mapping[str, Tightening]:
    """Return every tag that makes something stricter in a tenant."""
    return {**BUILT_IN_TAGS, **own_tags(tx, tenant_id)}


def tightenings_of(tx: Session, package: AccessPackage) -> tuple[Tightening, ...]:
    """Return what the tags of a package make stricter."""
    return strictness.tightenings_of(package.tags, own_tags(tx, package.tenant_id)) if package.tags else ()


def longest_days_of(tx: Session, package: AccessPackage) -> int:
    """Return for how many days a package is given at most, its tags included."""
    return strictness.longest_days(tightenings_of(tx, package), package.max_days)


def set_tag(rt: Runtime, tenant_id: str, tightening: Tightening, *, by: Actor) -> None:
    """Say what a tag makes stricter in a tenant; a built-in one is replaced by it."""
    _ensure_admin(rt, tenant_id, by=by)
    tag, at = tightening.tag, rt.clock()
    if not NAME.fullmatch(tag):
        raise TagNameRefused(
            "A tag is a small word: letters a to z, digits and hyphens, at most 40.",
            next_step="Write it like short-term.",
            owner="You",
        )
    body = tightening_to_data(tightening)
    tightening_from_data(tag, body)
    with transaction(rt.sessions) as tx:
        kept = tx.get(TagPolicy, (tenant_id, tag), with_for_update=True)
        if kept is None:
            tx.add(TagPolicy(tenant_id=tenant_id, tag=tag, body=body, changed_at=at))
        else:
            kept.body, kept.changed_at = body, at
        tx.add(event("tag.set", _subject(tenant_id, tag), by=by, at=at, account=Account(details=body)))


def reset_tag(rt: Runtime, tenant_id: str, tag: str, *, by: Actor) -> None:
    """Let a built-in tag mean again what it always meant, or take away one of the tenant's own that nothing carries."""
    _ensure_admin(rt, tenant_id, by=by)
    with transaction(rt.sessions) as tx:
        kept = tx.get(TagPolicy, (tenant_id, tag), with_for_update=True)
        if kept is None:
            raise NotFound
        carried = select(AccessPackage.name, AccessPackage.tags).where(AccessPackage.tenant_id == tenant_id)
        by_name = next((name for name, tags in tx.execute(carried) if tag in tags), None)
        if tag not in BUILT_IN_TAGS and by_name is not None:
            raise TagInUse(f"{by_name} carries the tag “{tag}”.", next_step="Take it off first.", owner="You")
        tx.delete(kept)
        tx.add(event("tag.reset", _subject(tenant_id, tag), by=by, at=rt.clock()))


def _ensure_admin(rt: Runtime, tenant_id: str, *, by: Actor) -> None:
    if not authority.administers(rt.settings, tenant_id, by=by):
        raise NotFound


def _subject(tenant_id: str, tag: str) -> Subject:
    return Subject(kind="tag", id=tag, tenant_id=tenant_id)
