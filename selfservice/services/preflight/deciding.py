"""Who decides, in which order, how long they usually take, and what would help: by the rules of now."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from selfservice.model.package import AccessPackage
from selfservice.model.refusal import Refused
from selfservice.model.request import AccessRequest
from selfservice.model.routing import DeniedByRule, PlannedStage, Route
from selfservice.model.rules.facts import RuleFacts
from selfservice.services.explaining import why_of
from selfservice.services.overview.waits import usual_hours
from selfservice.services.preflight.card import PreflightLine, PreflightStage, note, stop, well
from selfservice.services.routing import plan_route
from selfservice.services.runtime import Runtime


@dataclass(frozen=True, kw_only=True)
class Deciding:
    """What the rules say."""

    lines: tuple[PreflightLine, ...]
    stages: tuple[PreflightStage, ...] = ()
    is_automatic: bool = False
    rule_name: str = ""
    tightened: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()


def deciding(tx: Session, rt: Runtime, package: AccessPackage, request: AccessRequest, facts: RuleFacts) -> Deciding:
    """Return who decides about a request that is not stored, or why nobody does.

    A guest whose address is not typed yet is nobody's no: what the rules say to it is said once it is there.
    """
    try:
        route = plan_route(tx, rt, package, request, facts)
        why = why_of(tx, rt, package, facts, route)
        if route.denied_because:
            raise DeniedByRule(why, owner=package.owner_name)
    except Refused as refusal:
        if not request.guest_key:
            return Deciding(lines=(well("Who decides depends on the guest: type the address first."),))
        return Deciding(lines=(stop(refusal),), advice=_advice_in(refusal))
    return Deciding(
        lines=_lines(package, route),
        stages=tuple(_stage(tx, package, planned, number) for number, planned in enumerate(route.stages, 1)),
        is_automatic=route.automatic,
        rule_name=why.verdict.rule.name if why.verdict.rule else "",
        tightened=route.tightened,
        advice=why.advice,
    )


def _advice_in(refusal: Refused) -> tuple[str, ...]:
    return refusal.why.advice if isinstance(refusal, DeniedByRule) else ()


def _lines(package: AccessPackage, route: Route) -> tuple[PreflightLine, ...]:
    if route.automatic:
        return (well("Nobody needs to decide: by the rules, this is granted at once."),)
    fallen_back = [
        note(
            "Those who should decide are away or would decide for themselves, so others do.",
            owner=package.owner_name,
        )
        for planned in route.stages
        if planned.fell_back
    ]
    return tuple(fallen_back[:1])


def _stage(tx: Session, package: AccessPackage, planned: PlannedStage, number: int) -> PreflightStage:
    spec, people = planned.spec, [candidate.person for candidate in planned.approvers]
    return PreflightStage(
        number=number,
        names=tuple(candidate.name for candidate in planned.approvers),
        reasons=tuple(candidate.because for candidate in planned.approvers),
        quorum=spec.quorum,
        days_to_answer=spec.days_to_answer,
        usual_hours=usual_hours(tx, people, package.tenant_id),
        escalate_after_days=spec.escalate_after_days if planned.alternates else None,
        alternates=tuple(candidate.name for candidate in planned.alternates),
        justification_required=spec.justification_required,
    )
