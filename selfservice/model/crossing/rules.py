"""What the settings of both tenants do to a guest: first what would fail, then what should be known, then what is well.

https://learn.microsoft.com/entra/external-id/cross-tenant-access-overview
https://learn.microsoft.com/entra/external-id/redemption-experience
"""

from collections.abc import Iterator

from selfservice.model.crossing import remedies
from selfservice.model.crossing.finding import ORDER, Finding, Level, Remedy
from selfservice.model.crossing.remedies import Gate
from selfservice.model.crossing.settings import Answer, Border, Direction
from selfservice.model.crossing.sides import CloudPair, Crossing, HomeKind, Side

CLOSED = frozenset({"none", "adminsAndGuestInviters"})
"""Who may invite, where an application may not. https://learn.microsoft.com/graph/api/invitation-post"""


def findings(crossing: Crossing) -> tuple[Finding, ...]:
    """Return what the settings mean for this guest, the worst first."""
    found = [*_invitations(crossing), *_one_time_codes(crossing), *_clouds(crossing)]
    if crossing.clouds is not CloudPair.APART:
        found += [*_inbound(crossing), *_outbound(crossing), *_mfa(crossing), *_consent(crossing)]
    return tuple(sorted(found, key=lambda finding: -ORDER.index(finding.level)))


def _invitations(crossing: Crossing) -> Iterator[Finding]:
    side = crossing.resource
    if side.policies is None or not crossing.traveller.invited or side.policies.allow_invites_from not in CLOSED:
        return
    yield Finding(
        level=Level.STOP,
        text=f"{side.name} does not let applications invite guests at the moment.",
        owner=side.owner,
        next_step="Ask them to change the external collaboration settings (who may invite).",
        remedy=remedies.allow_invitations(side),
    )


def _one_time_codes(crossing: Crossing) -> Iterator[Finding]:
    side = crossing.resource
    if crossing.home_kind is not HomeKind.NO_TENANT or side.policies is None or not crossing.traveller.invited:
        return
    if side.policies.email_one_time_passcode != "disabled":
        yield Finding(
            level=Level.OK,
            text="No Microsoft Entra tenant stands behind this domain: the guest signs in with a Microsoft account, "
            "or with a code that comes by mail each time.",
        )
        return
    yield Finding(
        level=Level.NOTE,
        text=f"No Microsoft Entra tenant stands behind this domain, and {side.name} sends no codes by mail: "
        "without a Microsoft account the guest cannot come in.",
        owner=side.owner,
        next_step="Ask them to turn on the e-mail one-time passcode, or ask the guest for a Microsoft account.",
        remedy=remedies.allow_one_time_codes(side),
    )


def _clouds(crossing: Crossing) -> Iterator[Finding]:
    home, side = crossing.home, crossing.resource
    if home is None or crossing.clouds is CloudPair.SAME:
        return
    if crossing.clouds is CloudPair.APART:
        yield Finding(
            level=Level.STOP,
            text=f"{home.name} and {side.name} are in clouds between which Microsoft lets nobody be a guest.",
            owner=side.owner,
            next_step=f"Ask them for an account in {side.name} instead of an invitation.",
        )
        return
    for here, there in ((side, home), (home, side)):
        gate = _gate(here, there)
        if gate is not None and not gate.border.has_entry:
            yield Finding(
                level=Level.STOP,
                text=f"{there.name} is in another Microsoft cloud, and {here.name} has not opened itself for it.",
                owner=here.owner,
                next_step="Ask them to turn on that cloud and to add the tenant by its id.",
                remedy=remedies.add_partner(gate),
            )
    yield Finding(
        level=Level.NOTE,
        text=f"{home.name} and {side.name} are in different Microsoft clouds: the address must be the user name at "
        "home, and Teams shared channels do not cross.",
        next_step="Check that the address is what the guest types to sign in.",
    )


def _inbound(crossing: Crossing) -> Iterator[Finding]:
    if crossing.home is None:
        return
    who = "you" if crossing.traveller.is_asker else "this guest"
    gate = _gate(crossing.resource, crossing.home)
    if gate is not None:
        yield from _passage(crossing, gate, Direction.INBOUND, f"let {who} in from {crossing.home.name}")


def _outbound(crossing: Crossing) -> Iterator[Finding]:
    if crossing.home is None:
        return
    who = "you" if crossing.traveller.is_asker else "this guest"
    gate = _gate(crossing.home, crossing.resource)
    if gate is not None:
        yield from _passage(crossing, gate, Direction.OUTBOUND, f"let {who} be a guest of {crossing.resource.name}")


def _passage(crossing: Crossing, gate: Gate, direction: Direction, does: str) -> Iterator[Finding]:
    people = gate.border.people(direction, crossing.traveller.ids)
    apps = gate.border.applications(direction, crossing.traveller.apps)
    remedy = remedies.let_through(gate, direction, crossing.traveller.object_id, keep_apps=apps is not Answer.NO)
    word = "inbound" if direction is Direction.INBOUND else "outbound"
    ask = f"Send them the text that is ready: it names the {word} setting."
    if Answer.NO in (people, apps):
        what = "" if people is Answer.NO else ", as far as the applications of this package go"
        yield Finding(
            level=Level.STOP,
            text=f"{gate.side.name} does not {does}{what} (cross-tenant access, {word}).",
            owner=gate.side.owner,
            next_step=ask,
            remedy=remedy,
        )
    elif Answer.PERHAPS in (people, apps):
        whom = "people" if people is Answer.PERHAPS else "applications"
        yield Finding(
            level=Level.NOTE,
            text=f"{gate.side.name} lists the {whom} for whom it opens (cross-tenant access, {word}); whether this is "
            "one of them cannot be seen from here.",
            owner=gate.side.owner,
            next_step="Ask them, before the invitation is in vain.",
            remedy=remedy,
        )


def _mfa(crossing: Crossing) -> Iterator[Finding]:
    gate = _gate(crossing.resource, crossing.home)
    if gate is None or not crossing.traveller.invited:
        return
    here, home = gate.side.name, gate.other.name
    whose = "your" if crossing.traveller.is_asker else "the guest's"
    if gate.border.trusts_mfa:
        yield Finding(level=Level.OK, text=f"{here} trusts {whose} multifactor authentication of {home}.")
        return
    who = "you register" if crossing.traveller.is_asker else "the guest registers"
    yield Finding(
        level=Level.NOTE,
        text=f"Where {here} wants multifactor authentication, {who} it again there; after a lost phone, {here} helps, "
        f"not {home}.",
        owner=gate.side.owner,
        next_step=f"They can trust {home} instead.",
        remedy=remedies.trust_mfa(gate),
    )


def _consent(crossing: Crossing) -> Iterator[Finding]:
    gate = _gate(crossing.resource, crossing.home)
    if gate is None or not crossing.traveller.invited:
        return
    here, home = gate.side, gate.other
    back = _gate(home, here)
    if not gate.border.redeems(Direction.INBOUND):
        yield _consent_page(crossing, remedies.redeem(gate, Direction.INBOUND), here)
    elif back is None:
        yield _consent_page(crossing, None, home)
    elif not back.border.redeems(Direction.OUTBOUND):
        yield _consent_page(crossing, remedies.redeem(back, Direction.OUTBOUND), home)
    else:
        yield Finding(
            level=Level.OK, text=f"No consent page: {here.name} and {home.name} redeem invitations by themselves."
        )


def _consent_page(crossing: Crossing, remedy: Remedy | None, side: Side) -> Finding:
    who = "you see" if crossing.traveller.is_asker else "the guest sees"
    if remedy is None:
        text = f"At the first sign-in {who} a consent page of {crossing.resource.name}, unless {side.name} spares it."
        return Finding(level=Level.OK, text=text)
    return Finding(
        level=Level.OK,
        text=f"At the first sign-in {who} a consent page of {crossing.resource.name}.",
        owner=side.owner,
        next_step="They can spare it: both tenants tick that invitations are redeemed automatically.",
        remedy=remedy,
    )


def _gate(side: Side, other: Side | None) -> Gate | None:
    """Return what one side says about the other, where both are known."""
    if other is None or side.policies is None:
        return None
    return Gate(side=side, other=other, border=Border(policies=side.policies, partner_id=other.tenant_id))
