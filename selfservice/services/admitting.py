"""Admitting: everything that stands against a request before anybody decides about it. The form shows it, the submit
refuses with the first of it, and the delivery looks at it once more.
"""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.package import AccessPackage
from selfservice.model.refusal import Refused
from selfservice.model.request import AccessRequest
from selfservice.model.rules.facts import RuleFacts
from selfservice.services import eligibility, excluding, policing, quotas
from selfservice.services.routing import facts_of
from selfservice.services.runtime import Runtime


def objections(
    tx: Session, rt: Runtime, package: AccessPackage, request: AccessRequest, facts: RuleFacts, *, by: Actor
) -> Iterator[Refused]:
    """Yield whatever stands against a request that is not stored yet: policy, a duplicate, an exclusion, a quota."""
    yield from policing.objections_to(tx, rt, package, facts)
    if request.guest_key:
        yield from eligibility.not_new(tx, package, request.guest_key, by=by, extends_id=request.extends_id)
    today = rt.clock().date()
    excluded = excluding.objection(tx, package, request, today=today)
    if excluded is not None:
        yield excluded
    for allowance in quotas.allowances(tx, package, facts, request.requestor):
        over = quotas.objection(tx, package, allowance, day=today)
        if over is not None:
            yield over


def drift_of(tx: Session, rt: Runtime, package: AccessPackage, request: AccessRequest) -> str:
    """Say what has come to stand against an approved request since it was asked, or nothing."""
    facts = facts_of(tx, rt, package, request)
    excluded = excluding.objection(tx, package, request, today=rt.clock().date())
    against = [*policing.objections_to(tx, rt, package, facts), *([excluded] if excluded else [])]
    return against[0].cause if against else ""
