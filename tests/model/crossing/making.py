"""Sides, sections and travellers for tests of crossings."""

from collections.abc import Mapping
from dataclasses import replace

from selfservice.model.crossing.sides import Crossing, HomeKind, Side, Traveller
from selfservice.model.directory import TenantPolicies

HERE = "c0000000-0000-4000-8000-000000000001"
HOME = "f0000000-0000-4000-8000-000000000001"
ANN = "a0000000-0000-4000-8000-000000000001"
TEAM = "90000000-0000-4000-8000-0000000000f1"
APP = "81000000-0000-4000-8000-000000000001"


def part(access: str, *targets: str, kind: str = "user") -> dict[str, object]:
    """Return one part of a section."""
    return {"accessType": access, "targets": [{"target": each, "targetType": kind} for each in targets]}


def section(people: Mapping[str, object], apps: Mapping[str, object] | None = None) -> dict[str, object]:
    """Return a section; applications are open unless they are said."""
    return {"usersAndGroups": people, "applications": apps or part("allowed", "AllApplications", kind="application")}


OPEN = section(part("allowed", "AllUsers"))
SHUT = section(part("blocked", "AllUsers"), part("blocked", "AllApplications", kind="application"))


def policies(
    *, invites: str = "everyone", codes: str = "default", default: Mapping[str, object] | None = None, **entry: object
) -> TenantPolicies:
    """Return a tenant's settings, with an entry about the other one where anything is said about it."""
    return TenantPolicies(
        allow_invites_from=invites,
        email_one_time_passcode=codes,
        cross_tenant_default=default or {"b2bCollaborationInbound": OPEN, "b2bCollaborationOutbound": OPEN},
        partners={HOME: entry, HERE: entry} if entry else {},
    )


CONTOSO = Side(
    tenant_id=HERE,
    name="Contoso",
    owner="Contoso's help desk",
    graph_url="https://graph.microsoft.com",
    cloud="global",
    policies=policies(),
)
FABRIKAM = replace(CONTOSO, tenant_id=HOME, name="Fabrikam", owner="Fabrikam's help desk")
ANN_HERSELF = Traveller(is_asker=True, object_id=ANN, apps=frozenset({APP}))
SOMEBODY = Traveller(is_asker=False)


def crossing(
    *, here: TenantPolicies | None = None, home: TenantPolicies | None = None, who: Traveller = ANN_HERSELF
) -> Crossing:
    """Return the way from Fabrikam into Contoso."""
    return Crossing(
        resource=replace(CONTOSO, policies=here or policies()),
        home=replace(FABRIKAM, policies=home or policies()),
        home_kind=HomeKind.TENANT,
        traveller=who,
    )
