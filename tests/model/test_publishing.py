"""What may be given through a package, and what never."""

import pytest

from selfservice.model.application import Application, AppRole
from selfservice.model.group import Group
from selfservice.model.publishing import (
    DENIED_APP_IDS,
    MICROSOFT_TENANTS,
    why_application_is_unsafe,
    why_group_is_unsafe,
    why_role_is_unsafe,
)
from tests.model.making import CONTOSO, NOW


def make_group(**changes: object) -> Group:
    facts: dict[str, object] = {"tenant_id": CONTOSO, "object_id": "g1", "security_enabled": True}
    return Group(**{**facts, **changes})  # type: ignore[arg-type]


def make_application(**changes: object) -> Application:
    facts: dict[str, object] = {
        "tenant_id": CONTOSO,
        "object_id": "a1",
        "app_id": "81000000-0000-4000-8000-000000000001",
        "owner_tenant_id": CONTOSO,
    }
    return Application(**{**facts, **changes})  # type: ignore[arg-type]


def make_role(**changes: object) -> AppRole:
    facts: dict[str, object] = {"tenant_id": CONTOSO, "application_id": "a1", "role_id": "r1", "value": "Reader"}
    return AppRole(**{**facts, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "facts", [{}, {"security_enabled": False, "mail_enabled": True}], ids=["security group", "Microsoft 365 group"]
)
def test_ordinary_groups_are_safe(facts: dict[str, object]) -> None:
    assert why_group_is_unsafe(make_group(**facts)) is None


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"removed_at": NOW}, "no longer exists"),
        ({"role_assignable": True}, "administrators"),
        ({"dynamic": True}, "rule"),
        ({"synced": True}, "on-premises"),
        ({"mail_enabled": True}, "mail-enabled security"),
        ({"security_enabled": False}, "no access"),
    ],
)
def test_s45_other_groups_are_not_and_the_reason_is_told(facts: dict[str, object], reason: str) -> None:
    assert reason in (why_group_is_unsafe(make_group(**facts)) or "")


@pytest.mark.parametrize("app_id", sorted(DENIED_APP_IDS))
def test_s44_no_role_of_microsoft_s_own_applications_is_ever_given(app_id: str) -> None:
    application = make_application(app_id=app_id)
    assert "directory" in (why_application_is_unsafe(application) or "")
    assert why_role_is_unsafe(application, make_role()) == why_application_is_unsafe(application)


@pytest.mark.parametrize("tenant_id", sorted(MICROSOFT_TENANTS))
def test_s44_whatever_microsoft_s_tenants_own_is_microsoft_s(tenant_id: str) -> None:
    assert why_application_is_unsafe(make_application(owner_tenant_id=tenant_id)) is not None


def test_an_application_without_a_known_owner_is_judged_by_what_it_is() -> None:
    assert why_application_is_unsafe(make_application(owner_tenant_id=None)) is None
    assert why_application_is_unsafe(make_application(enabled=False)) is not None
    assert why_application_is_unsafe(make_application(removed_at=NOW)) is not None


@pytest.mark.parametrize(("facts", "safe"), [({}, True), ({"enabled": False}, False), ({"for_users": False}, False)])
def test_a_role_is_given_to_people_while_it_is_switched_on(facts: dict[str, object], safe: bool) -> None:
    assert (why_role_is_unsafe(make_application(), make_role(**facts)) is None) is safe
