"""Whether somebody may decide about a request right now, by the rules that will judge their decision."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.package import AccessPackage
from selfservice.model.refusal import Refused
from selfservice.model.request import AccessRequest
from selfservice.services import voices
from selfservice.services.voices import Case


@dataclass(frozen=True, kw_only=True)
class Interest:
    """Whether the actor may decide: why not, or for whom where it is not for themself."""

    why_not: str = ""
    on_behalf_of: str = ""

    @property
    def may_decide(self) -> bool:
        """Whether the actor may decide now."""
        return not self.why_not


def interest_of(tx: Session, package: AccessPackage, request: AccessRequest, *, by: Actor, at: datetime) -> Interest:
    """Return whether the actor may decide now, judged as their decision would be."""
    stage = request.open_stage
    if stage is None:
        return Interest(why_not="This request does not wait for a decision any more.")
    try:
        voice = voices.voice_of(tx, Case(package=package, request=request, stage=stage), by=by, at=at)
    except Refused as refusal:
        return Interest(why_not=refusal.cause)
    return Interest(on_behalf_of=voice.name if voice.delegated else "")
