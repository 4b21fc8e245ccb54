"""S47: what our own token grants is compared with what is needed; too much is as wrong as too little."""

import pytest

from selfservice.entra.permissions import APP_ROLES, OPTIONAL, PURPOSES, READING, TOO_MUCH, WRITING, judge, needed
from selfservice.model.unable import UnableTo
from tests.entra.world import APPS, TENANTS, World

CONTOSO_APP = APPS["Selfservice Directory - Contoso"]


def test_s47_our_own_token_says_what_it_grants(world: World) -> None:
    granted = world.directory("Contoso").granted_permissions()
    assert granted.tenant_id == TENANTS["Contoso"]
    assert granted.app_id == CONTOSO_APP
    assert granted.granted - OPTIONAL == READING | WRITING | APP_ROLES
    report = judge(granted.granted, is_home=False, is_resource=True)
    assert (report.missing, report.extra, report.dangerous) == (frozenset(), frozenset(), frozenset())
    home = world.directory("Fabrikam").granted_permissions().granted
    assert home - OPTIONAL == READING


def test_s47_a_token_without_a_permission_is_told_at_once(world: World) -> None:
    world.sim.world.tenants[TENANTS["Contoso"]].grants[CONTOSO_APP] = ["User.Read.All"]
    directory = world.directory("Contoso")
    report = judge(directory.granted_permissions().granted, is_home=False, is_resource=True)
    assert report.missing == (READING | WRITING) - {"User.Read.All"}
    with pytest.raises(UnableTo) as raised:
        directory.invite(
            address="gus@partner.example", display_name=None, redirect_url="https://x.example", attempt_id=""
        )
    assert raised.value.code == "permission-missing"
    assert "selfservice check" in raised.value.next_step


@pytest.mark.parametrize(
    "name",
    [
        *sorted(TOO_MUCH),
        "RoleManagement.ReadWrite.Directory",
        "PrivilegedAccess.ReadWrite.AzureADGroup",
        "Policy.ReadWrite.CrossTenantAccess",
        "UserAuthenticationMethod.ReadWrite.All",
        "Mail.Send",
        "Mail.ReadWrite",
    ],
)
def test_s47_power_over_the_directory_is_refused(world: World, name: str) -> None:
    tenant = world.sim.world.tenants[TENANTS["Contoso"]]
    tenant.grants[CONTOSO_APP] = [*tenant.grants[CONTOSO_APP], name]
    granted = world.directory("Contoso").granted_permissions().granted
    assert judge(granted, is_home=True, is_resource=True).dangerous == {name}


def test_s47_writing_permissions_are_too_many_for_a_home_tenant() -> None:
    report = judge(READING | WRITING | APP_ROLES, is_home=True, is_resource=False)
    assert report.extra == WRITING | APP_ROLES
    assert report.missing == frozenset()


def test_s47_app_roles_are_an_opt_in() -> None:
    assert APP_ROLES.isdisjoint(needed(is_home=True, is_resource=True))
    assert needed(is_home=False, is_resource=True, gives_app_roles=True) == READING | WRITING | APP_ROLES
    assert judge(READING | WRITING, is_home=False, is_resource=True, gives_app_roles=True).missing == APP_ROLES


def test_s47_a_harmless_extra_is_named_and_an_optional_one_is_not() -> None:
    report = judge(READING | {"Reports.Read.All", "AuditLog.Read.All"}, is_home=True, is_resource=False)
    assert report.extra == {"Reports.Read.All"}
    assert report.dangerous == frozenset()


def test_s47_every_permission_that_is_needed_says_what_for() -> None:
    assert set(PURPOSES) == READING | WRITING | APP_ROLES
