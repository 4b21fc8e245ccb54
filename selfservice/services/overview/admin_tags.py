"""The tags that packages of a tenant can carry: what each makes stricter, and which packages carry it."""

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import select

from selfservice.model.actor import Actor
from selfservice.model.package import AccessPackage
from selfservice.model.refusal import NotFound
from selfservice.model.rules.strictness import BUILT_IN_TAGS, Tightening
from selfservice.services import authority
from selfservice.services.overview.rule_words import days_words
from selfservice.services.runtime import Runtime
from selfservice.services.tagging import own_tags, tags_of
from selfservice.store.transaction import reading


@dataclass(frozen=True, kw_only=True)
class TagRow:
    """A tag. `is_own` says that the tenant wrote its meaning; a built-in one can be given its old meaning back."""

    tag: str
    tightening: Tightening
    words: tuple[str, ...]
    is_built_in: bool
    is_own: bool
    package_names: tuple[str, ...]

    @property
    def can_reset(self) -> bool:
        """Whether there is a meaning of the tenant's own to take away."""
        return self.is_own and (self.is_built_in or not self.package_names)


def tags(rt: Runtime, by: Actor) -> tuple[TagRow, ...]:
    """Return the tags of the tenant that the actor oversees."""
    if not authority.oversees(rt.settings, by.tenant_id, by=by):
        return ()
    carried: dict[str, list[str]] = defaultdict(list)
    packages = select(AccessPackage.name, AccessPackage.tags).where(AccessPackage.tenant_id == by.tenant_id)
    with reading(rt.sessions) as tx:
        for name, some in tx.execute(packages.order_by(AccessPackage.name, AccessPackage.id)):
            for tag in some:
                carried[tag].append(name)
        known, own = tags_of(tx, by.tenant_id), own_tags(tx, by.tenant_id)
    return tuple(
        TagRow(
            tag=tag,
            tightening=known[tag],
            words=stricter_words(known[tag]),
            is_built_in=tag in BUILT_IN_TAGS,
            is_own=tag in own,
            package_names=tuple(carried[tag]),
        )
        for tag in sorted(known)
    )


def tag_page(rt: Runtime, by: Actor, tag: str) -> TagRow:
    """Return one tag, to the tenant's admin."""
    if not authority.administers(rt.settings, by.tenant_id, by=by):
        raise NotFound
    found = next((row for row in tags(rt, by) if row.tag == tag), None)
    if found is None:
        raise NotFound
    return found


def stricter_words(tightening: Tightening) -> tuple[str, ...]:
    """Return what a tag makes stricter, in words."""
    said: list[str] = []
    if tightening.longest_days is not None:
        said.append(f"{days_words(tightening.longest_days)} at most")
    if tightening.needs_decision:
        said.append("nothing is granted without a decision")
    if tightening.justification_required:
        said.append("whoever decides must say why")
    if tightening.least_quorum > 1:
        said.append(f"at least {tightening.least_quorum} people agree")
    return tuple(said)
