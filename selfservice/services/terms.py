"""Terms: what whoever asks for an access package agrees to. Every version is kept, and a request keeps which one it
was.
"""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.package import AccessPackage
from selfservice.model.policy import PackageTerms
from selfservice.model.refusal import Refused
from selfservice.services.eligibility import clean_text

LONGEST = 10_000


class TermsNotAgreed(Refused):
    """The terms of a package were not agreed to."""


class TermsOutdated(Refused):
    """Other terms hold now than those that were agreed to; `text` is what holds now."""

    def __init__(self, cause: str, *, text: str) -> None:
        super().__init__(cause, next_step="Read the terms as they are now, and agree to them.", owner="You")
        self.text = text


def text_of(tx: Session, package: AccessPackage) -> str:
    """Return the terms that hold now, or nothing."""
    kept = tx.get(PackageTerms, (package.id, package.terms_version)) if package.terms_version else None
    return kept.text if kept else ""


def write(tx: Session, package: AccessPackage, text: str, *, by: Actor, at: datetime) -> None:
    """Let these terms hold from now on: a new version where the text is another, no version where it is empty."""
    wanted = clean_text(text, what="text of the terms", longest=LONGEST)
    if wanted == text_of(tx, package):
        return
    if not wanted:
        package.terms_version = 0
        return
    last = tx.scalar(select(func.max(PackageTerms.version)).where(PackageTerms.package_id == package.id))
    package.terms_version = (last or 0) + 1
    tx.add(
        PackageTerms(
            package_id=package.id,
            version=package.terms_version,
            text=wanted,
            written_at=at,
            written_by_name=by.name,
        )
    )


def ensure_agreed(tx: Session, package: AccessPackage, version: int) -> int:
    """Return the version that was agreed to, or refuse where that is not the one which holds."""
    if version == package.terms_version or not package.terms_version:
        return package.terms_version
    if version == 0:
        raise TermsNotAgreed(
            f"The terms of {package.name} are not agreed to.",
            next_step="Read them, and tick that you agree.",
            owner="You",
        )
    raise TermsOutdated(
        f"The terms of {package.name} have changed since you opened the form.", text=text_of(tx, package)
    )
