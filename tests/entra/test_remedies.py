"""The changes that the card tells admins to make, made: each is a call that Graph takes, and then nothing stops."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from selfservice.model.crossing.finding import Finding, Level
from selfservice.model.crossing.rules import findings
from selfservice.model.crossing.sides import Crossing, HomeKind, Side, Traveller
from selfservice.model.unable import UnableTo
from tests.entra.world import PEOPLE, TENANTS, World
from tests.simulator.clients import Simulated

EVERYBODY = {"accessType": "blocked", "targets": [{"target": "AllUsers", "targetType": "user"}]}
NO_APP = {"accessType": "blocked", "targets": [{"target": "AllApplications", "targetType": "application"}]}
SHUT = {"usersAndGroups": EVERYBODY, "applications": NO_APP}
ANN = "ann@fabrikam.example"


@pytest.fixture
def raw(world: World) -> Iterator[Simulated]:
    """Return a plain client of the same simulator, for what an admin does."""
    made = Simulated(world.sim)
    yield made
    made.close()


def side(world: World, name: str) -> Side:
    return Side(
        tenant_id=TENANTS[name],
        name=name,
        owner=f"An admin of {name}",
        graph_url=world.sim.url,
        cloud="simulator",
        policies=world.directory(name).policies(),
    )


def crossing(world: World, traveller: Traveller | None = None) -> Crossing:
    return Crossing(
        resource=side(world, "Contoso"),
        home=side(world, "Fabrikam"),
        home_kind=HomeKind.TENANT,
        traveller=traveller or Traveller(is_asker=True, object_id=PEOPLE[ANN]),
    )


def mend(raw: Simulated, finding: Finding) -> None:
    """Do what the text says, as an admin of the tenant that it is for."""
    remedy = finding.remedy
    assert remedy is not None
    name = next(name for name, key in TENANTS.items() if key == remedy.tenant_id)
    tenant = raw.tenant(name)
    before = {each: list(granted) for each, granted in tenant.grants.items()}
    graph = raw.graph(name, remedy.permission)
    answer = graph(remedy.method, f"{remedy.graph_url}/v1.0{remedy.path}", dict(remedy.body))
    assert answer.status_code in (201, 204), answer.text
    tenant.grants.clear()
    tenant.grants.update(before)


def mend_all(world: World, raw: Simulated) -> list[str]:
    """Do every change that is offered, one after the other, and return what was in the way."""
    found: list[str] = []
    for _ in range(10):
        wanted = [each for each in findings(crossing(world)) if each.remedy is not None]
        if not wanted:
            return found
        found.append(wanted[0].text)
        mend(raw, wanted[0])
    raise AssertionError(found)


def test_everything_that_is_offered_ends_in_two_tenants_that_trust_each_other(world: World, raw: Simulated) -> None:
    contoso, fabrikam = raw.tenant("Contoso"), raw.tenant("Fabrikam")
    contoso.policies["authorization"]["allowInvitesFrom"] = "none"
    contoso.policies["crossTenantDefault"] = {
        **contoso.policies["crossTenantDefault"],
        "b2bCollaborationInbound": SHUT,
    }
    fabrikam.policies["crossTenantDefault"] = {
        **fabrikam.policies["crossTenantDefault"],
        "b2bCollaborationOutbound": SHUT,
    }
    with pytest.raises(UnableTo):
        invite(world)
    found = mend_all(world, raw)
    assert len(found) >= 5
    assert {each.level for each in findings(crossing(world))} == {Level.OK}
    assert invite(world) == "Completed"


def invite(world: World) -> str:
    made = world.directory("Contoso").invite(
        address=ANN, display_name="Ann Lee", redirect_url="https://apps.example", attempt_id="a"
    )
    return made.status


def test_a_list_that_leaves_somebody_out_is_mended_without_letting_everybody_in(world: World, raw: Simulated) -> None:
    only_cy = {"accessType": "allowed", "targets": [{"target": PEOPLE["cy@fabrikam.example"], "targetType": "user"}]}
    contoso = raw.tenant("Contoso")
    raw.control(
        "POST",
        f"/tenants/{contoso.id}",
        {"partners": {TENANTS["Fabrikam"]: {"b2bCollaborationInbound": {**SHUT, "usersAndGroups": only_cy}}}},
    )
    [stop] = [each for each in findings(crossing(world)) if each.level is Level.STOP]
    mend(raw, stop)
    assert [each for each in findings(crossing(world)) if each.level is Level.STOP] == []
    stranger = Traveller(is_asker=True, object_id="90000000-0000-4000-8000-0000000000ff")
    assert Level.STOP in {each.level for each in findings(crossing(world, stranger))}


def test_codes_by_mail_are_turned_on(world: World, raw: Simulated) -> None:
    raw.tenant("Contoso").policies["email"]["allowExternalIdToUseEmailOtp"] = "disabled"
    way = Crossing(resource=side(world, "Contoso"), home_kind=HomeKind.NO_TENANT, traveller=Traveller(is_asker=False))
    [note] = findings(way)
    mend(raw, note)
    [line] = findings(replace(way, resource=side(world, "Contoso")))
    assert (note.level, line.level) == (Level.NOTE, Level.OK)


def test_what_the_card_calls_a_stop_is_what_graph_refuses(world: World, raw: Simulated) -> None:
    contoso = raw.tenant("Contoso")
    outcomes = set()
    for invites in ("everyone", "none", "adminsAndGuestInviters", "adminsGuestInvitersAndAllMembers"):
        for inbound in (None, SHUT):
            contoso.policies["authorization"]["allowInvitesFrom"] = invites
            partner = {"b2bCollaborationInbound": inbound}
            raw.control("POST", f"/tenants/{contoso.id}", {"partners": {TENANTS["Fabrikam"]: partner}})
            stops = [each for each in findings(crossing(world)) if each.level is Level.STOP]
            outcomes.add((bool(stops), refused(world)))
    assert outcomes == {(True, True), (False, False)}


def refused(world: World) -> bool:
    try:
        invite(world)
    except UnableTo:
        return True
    return False


def test_a_look_up_finds_tenants_of_the_same_cloud_and_nobody_else(world: World, raw: Simulated) -> None:
    directory = world.directory("Contoso")
    partner, home = (
        directory.find_tenant_by_domain("partner.example"),
        directory.find_tenant_by_domain("fabrikam.example"),
    )
    assert partner is not None
    assert home is not None
    assert (partner.display_name, home.tenant_id) == ("Partner Ltd", TENANTS["Fabrikam"])
    assert directory.find_tenant_by_domain("nowhere.example") is None
    assert directory.find_tenant_by_domain("it's.example") is None


def test_without_the_permission_a_look_up_says_what_is_missing(world: World, raw: Simulated) -> None:
    tenant = raw.tenant("Contoso")
    for client, granted in tenant.grants.items():
        tenant.grants[client] = [each for each in granted if not each.startswith("CrossTenantInformation")]
    with pytest.raises(UnableTo) as failed:
        world.directory("Contoso").find_tenant_by_domain("partner.example")
    assert failed.value.code == "permission-missing"
    assert not failed.value.transient
