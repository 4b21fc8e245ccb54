"""Pre-flight: what will happen to a request, said before it is sent, by the same code that will decide about it.

Whatever the submit would refuse is a stop on the card, since both ask `drafting`, `admitting` and `routing`. Besides,
the card says what would fail later, in the directories, as far as the mirror knows.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy.orm import Session

from selfservice.config.settings import Tenant
from selfservice.model.actor import Actor
from selfservice.model.crossing.finding import ORDER, Level
from selfservice.model.mirror import TenantBrake
from selfservice.model.package import AccessPackage, PackageState
from selfservice.model.refusal import NotFound, Refused
from selfservice.model.request import AccessRequest
from selfservice.services import admitting, looking_up, policing, quotas, tagging
from selfservice.services.drafting import Ask, Sketch, sketch
from selfservice.services.looking_up import Answered
from selfservice.services.preflight.borders import Origin, border_lines, crossing_of, origin_of
from selfservice.services.preflight.card import Preflight, PreflightLine, day, note, stop, well
from selfservice.services.preflight.deciding import Deciding, deciding
from selfservice.services.preflight.discretion import may_tell
from selfservice.services.preflight.guests import guest_lines, known_guest
from selfservice.services.preflight.history import refused_before
from selfservice.services.routing import facts_of
from selfservice.services.runtime import Runtime
from selfservice.store.scope import everything
from selfservice.store.transaction import reading

FEW_LEFT = 3


@dataclass(frozen=True, kw_only=True)
class _Case:
    """One card in the making."""

    tx: Session
    rt: Runtime
    package: AccessPackage
    tenant: Tenant
    by: Actor
    sketch: Sketch

    @property
    def request(self) -> AccessRequest:
        return self.sketch.request


@everything()  # as the submit, which counts what others asked for
def preflight(rt: Runtime, ask: Ask, *, by: Actor) -> Preflight:
    """Return what would happen if this were asked now. What is not typed yet is left out.

    A stranger's domain is looked up by the worker meanwhile, unless the request would be refused anyway.
    """
    if not ask.for_self and not may_tell(rt, ask.guest_address, by=by):
        return _withheld(rt, ask, by=by)
    card, origin, tenant_id = _card(rt, ask, by=by, answered=None)
    if not origin.wanted or card.level is Level.STOP:
        return card
    answered = looking_up.ask(rt, tenant_id, origin.wanted, by=by)
    return card if answered == origin.answered else _card(rt, ask, by=by, answered=answered)[0]


def _withheld(rt: Runtime, ask: Ask, *, by: Actor) -> Preflight:
    """Return the card of somebody who has looked at too many addresses: what is wrong with the form, and that."""
    with reading(rt.sessions) as tx:
        package, _ = _package(tx, rt, ask.package_id, by)
        drawn = sketch(tx, rt, ask, package, by)
        wait = note(
            "You have looked at many guests in this hour, so nothing is said about this one.",
            owner="You",
            next_step="Ask without it, or look again in an hour.",
        )
        return Preflight(
            lines=(*(stop(problem) for problem in drawn.problems), wait),
            latest_end=_latest(tx, rt, package),
            missing=tuple(refusal.cause for refusal in drawn.missing),
        )


def latest_end(rt: Runtime, package_id: str, *, by: Actor) -> date:
    """Return the last day until which a package is given, if it is asked for today."""
    with reading(rt.sessions) as tx:
        package, _ = _package(tx, rt, package_id, by)
        return _latest(tx, rt, package)


def _latest(tx: Session, rt: Runtime, package: AccessPackage) -> date:
    return rt.clock().date() + timedelta(days=tagging.longest_days_of(tx, package))


def _card(rt: Runtime, ask: Ask, *, by: Actor, answered: Answered | None) -> tuple[Preflight, Origin, str]:
    with reading(rt.sessions) as tx:
        package, tenant = _package(tx, rt, ask.package_id, by)
        case = _Case(tx=tx, rt=rt, package=package, tenant=tenant, by=by, sketch=sketch(tx, rt, ask, package, by))
        origin = origin_of(tx, rt.settings, case.request)
        if answered is not None:
            origin = replace(origin, answered=answered)
        facts = facts_of(tx, rt, package, case.request)
        decided = deciding(tx, rt, package, case.request, facts)
        lines = [*_refusals(case), *decided.lines, *_about_guest(case, origin), *_terms_of_access(case)]
        return _written(case, decided, lines, origin), origin, package.tenant_id


def _package(tx: Session, rt: Runtime, package_id: str, by: Actor) -> tuple[AccessPackage, Tenant]:
    package = tx.get(AccessPackage, package_id)
    if (
        package is None
        or package.state is PackageState.DRAFT
        or not rt.settings.may_ask(home_id=by.tenant_id, resource_id=package.tenant_id)
    ):
        raise NotFound
    tenant = rt.settings.tenant_by_id(package.tenant_id)
    if tenant is None:
        raise NotFound
    return package, tenant


def _written(case: _Case, decided: Deciding, lines: list[PreflightLine], origin: Origin) -> Preflight:
    lines.sort(key=lambda line: -ORDER.index(line.level))
    return Preflight(
        lines=tuple(lines),
        latest_end=_latest(case.tx, case.rt, case.package),
        stages=decided.stages,
        is_automatic=decided.is_automatic,
        rule_name=decided.rule_name,
        tightened=decided.tightened,
        advice=decided.advice,
        missing=tuple(refusal.cause for refusal in case.sketch.missing),
        is_checking=origin.answered.is_checking,
    )


def _refusals(case: _Case) -> Iterator[PreflightLine]:
    """Yield everything for which the submit would refuse, the rules aside."""
    try:
        case.package.ensure_open()
    except Refused as refusal:
        yield stop(refusal)
    yield from (stop(problem) for problem in case.sketch.problems)
    if not case.request.guest_key:
        return
    facts = facts_of(case.tx, case.rt, case.package, case.request)
    for objection in admitting.objections(case.tx, case.rt, case.package, case.request, facts, by=case.by):
        yield stop(objection)
    for allowance in quotas.allowances(case.tx, case.package, facts, case.request.requestor):
        left = allowance.limit - quotas.used(case.tx, case.package, allowance, day=case.rt.clock().date())
        if 0 < left <= FEW_LEFT and allowance.kind == "person":
            yield note(f"Of what one person may ask for in a day, {left} {'is' if left == 1 else 'are'} left.")


def _about_guest(case: _Case, origin: Origin) -> Iterator[PreflightLine]:
    request, tenant = case.request, case.tenant
    known = known_guest(case.tx, request)
    if request.guest_key:
        yield from guest_lines(request, tenant, known, sender=case.rt.settings.mail.sender)
        yield from _look_alikes(case)
    crossing = crossing_of(case.tx, tenant, case.package, request, origin, invited=known.needs_invitation)
    yield from border_lines(crossing, origin, request)
    if request.guest_domain and known.needs_invitation:
        refused = refused_before(case.tx, crossing.resource, request.guest_domain, at=case.rt.clock())
        yield from [refused] if refused else []
    if case.tx.get(TenantBrake, tenant.tenant_id) is not None:
        yield note(
            f"Deliveries to {tenant.name} are on hold; yours will wait for that.",
            owner=tenant.help_contact or f"An admin of {tenant.name}",
        )


def _look_alikes(case: _Case) -> Iterator[PreflightLine]:
    request = case.request
    if request.for_self:
        return
    twin = policing.resembling(case.tx, case.rt, request.tenant_id, request.guest_domain)
    if twin:
        yield note(
            f"{request.guest_domain} looks like {twin}, but is another domain.",
            owner="You",
            next_step="Check with the guest, by a way you already know, that the address is theirs.",
        )
    if policing.similar_guests(case.tx, request.tenant_id, request.guest_address):
        # Whose address it is, is none of the asker's business.
        yield note(
            f"{case.tenant.name} has a guest with nearly the same address.",
            owner="You",
            next_step="Check that this one is spelt as the guest signs in with it.",
        )


def _terms_of_access(case: _Case) -> Iterator[PreflightLine]:
    given = "; ".join(role.words for role in case.package.roles)
    whose = "You get" if case.request.for_self else "The guest gets"
    yield well(f"{whose}: {given}. It ends by itself on {day(case.request.ends_on)}.")
