"""An access package: what it gives, whether it can be asked for, and the fingerprint that approvals bind to."""

from datetime import timedelta

import pytest

from selfservice.model.package import (
    PackageClosed,
    PackageIncomplete,
    PackageState,
    ResourceRole,
    RoleKind,
)
from selfservice.model.refusal import NotAllowed
from tests.model.making import CONTOSO, FABRIKAM, NOW, make_package

LATER = NOW + timedelta(days=1)


def group(resource_id: str, name: str = "") -> ResourceRole:
    return ResourceRole(kind=RoleKind.GROUP, resource_id=resource_id, resource_name=name)


def app_role(resource_id: str, role_id: str) -> ResourceRole:
    return ResourceRole(
        kind=RoleKind.APP_ROLE, resource_id=resource_id, role_id=role_id, resource_name="Expenses", role_name="Reader"
    )


def test_roles_are_told_in_words() -> None:
    assert group("g1", "Expenses Users").words == "member of Expenses Users"
    assert app_role("a1", "r1").words == "Reader in Expenses"


@pytest.mark.parametrize("state", [PackageState.DRAFT, PackageState.RETIRED])
def test_a_package_can_be_published_from_every_other_state(state: PackageState) -> None:
    package = make_package(state=state)
    with pytest.raises(PackageClosed):
        package.ensure_open()
    package.publish(at=LATER)
    package.ensure_open()
    assert (package.changed_at, package.version) == (LATER, 2)


def test_a_published_package_is_not_published_again() -> None:
    with pytest.raises(NotAllowed):
        make_package().publish(at=LATER)


@pytest.mark.parametrize("facts", [{"roles": []}, {"approvers": []}])
def test_an_incomplete_package_stays_closed(facts: dict[str, object]) -> None:
    package = make_package(state=PackageState.DRAFT, **facts)
    with pytest.raises(PackageIncomplete):
        package.publish(at=LATER)
    assert (package.state, package.version) == (PackageState.DRAFT, 1)


@pytest.mark.parametrize("state", [PackageState.DRAFT, PackageState.RETIRED])
def test_only_what_is_published_is_retired(state: PackageState) -> None:
    with pytest.raises(NotAllowed):
        make_package(state=state).retire(at=LATER)
    package = make_package()
    package.retire(at=LATER)
    with pytest.raises(PackageClosed):
        package.ensure_open()


def test_the_fingerprint_is_what_is_given_in_any_order_and_by_any_name() -> None:
    one = make_package(roles=[group("g1", "Old name"), app_role("a1", "r1")])
    two = make_package(roles=[app_role("a1", "r1"), group("g1", "New name")], name="Other", max_days=1)
    assert one.fingerprint == two.fingerprint


@pytest.mark.parametrize(
    "other",
    [
        {"roles": [group("g2")]},
        {"roles": [group("g1"), group("g2")]},
        {"roles": [app_role("g1", "r1")]},
        {"roles": []},
        {"roles": [group("g1")], "tenant_id": FABRIKAM},
    ],
)
def test_whatever_else_is_given_has_another_fingerprint(other: dict[str, object]) -> None:
    assert make_package(roles=[group("g1")], tenant_id=CONTOSO).fingerprint != make_package(**other).fingerprint
