"""A group that a rule, a catalog, an organization or a policy names is mirrored with its members, wherever it is."""

from datetime import timedelta

import pytest

from selfservice.model.catalog import Catalog, CatalogOwner
from selfservice.model.group import Group
from selfservice.model.organization import ConnectedOrganization, OrganizationSponsor
from selfservice.model.package import AccessPackage, PartyKind
from selfservice.model.policy import KeptPolicy
from selfservice.model.rules.clause import Clause
from selfservice.model.rules.outcome import Approver, ApproverKind, Stages, StageSpec
from selfservice.services.mirrored.members import tenants_with_unread_groups, wanted_groups
from selfservice.services.requesting import Ask, submit
from selfservice.services.rules.edits import Remove
from selfservice.store.transaction import reading, transaction
from tests.services.making import ANN, CONTOSO, EXPENSES_APPROVERS, EXPENSES_USERS, FABRIKAM, TIER_0, World
from tests.services.rules.writing import id_of, new, save

CHIEFS = "92000000-0000-4000-8000-000000000001"
NAMED_BY_PACKAGES = {EXPENSES_APPROVERS, EXPENSES_USERS}


@pytest.fixture
def company(world: World) -> World:
    """Return the company with a group of Fabrikam, which asks."""
    with transaction(world.rt.sessions) as tx:
        tx.add(Group(tenant_id=FABRIKAM, object_id=CHIEFS, display_name="Chiefs"))
    return world


def wanted(world: World, tenant_id: str) -> set[str]:
    with reading(world.rt.sessions) as tx:
        return set(wanted_groups(tx, world.rt, tenant_id))


def asks_group(tenant_id: str, group_id: str) -> Stages:
    approver = Approver(kind=ApproverKind.GROUP, tenant_id=tenant_id, object_id=group_id)
    return Stages(stages=(StageSpec(approvers=(approver,)),))


def test_a_group_that_a_rule_asks_is_wanted_where_it_is(company: World) -> None:
    save(company.rt, new("Chiefs", asks_group(FABRIKAM, CHIEFS)), new("Tier 0", asks_group(CONTOSO, TIER_0)))
    assert wanted(company, FABRIKAM) == {CHIEFS}
    assert wanted(company, CONTOSO) == {TIER_0, *NAMED_BY_PACKAGES}
    with reading(company.rt.sessions) as tx:
        assert FABRIKAM in tenants_with_unread_groups(tx, company.rt)


def test_a_group_that_a_clause_asks_about_is_wanted_in_the_requestors_tenant(company: World) -> None:
    assert wanted(company, FABRIKAM) == set()
    save(company.rt, new("For chiefs", clauses=(Clause(attribute="group", values=(CHIEFS,)),)))
    assert wanted(company, FABRIKAM) == {CHIEFS}
    save(company.rt, Remove(rule_id=id_of(company.rt, "For chiefs")))
    assert wanted(company, FABRIKAM) == set()


def test_a_group_that_a_pending_request_asks_stays_wanted_though_its_rule_is_gone(company: World) -> None:
    save(company.rt, new("Approvers", asks_group(CONTOSO, EXPENSES_APPROVERS)))
    ask = Ask(
        form_key="one",
        package_id=company.expenses,
        for_self=True,
        justification="Month end",
        ends_on=company.rt.clock().date() + timedelta(days=30),
    )
    submit(company.rt, ask, by=ANN)
    save(company.rt, Remove(rule_id=id_of(company.rt, "Approvers")))
    with transaction(company.rt.sessions) as tx:
        package = tx.get_one(AccessPackage, company.expenses)
        package.approvers.clear()
    assert EXPENSES_APPROVERS in wanted(company, CONTOSO)


def test_groups_of_catalogs_organizations_and_policies_are_wanted(company: World) -> None:
    at = company.rt.clock()
    catalog = Catalog(tenant_id=CONTOSO, name="Apps", created_at=at, changed_at=at)
    catalog.owners.append(CatalogOwner(kind=PartyKind.GROUP, object_id=TIER_0))
    partner = ConnectedOrganization(tenant_id=CONTOSO, name="Partner", changed_at=at)
    partner.sponsors.append(OrganizationSponsor(kind=PartyKind.GROUP, object_id="93000000-0000-4000-8000-000000000001"))
    policy = KeptPolicy(tenant_id=CONTOSO, scope_id="", body={"groups": [f"{FABRIKAM}/{CHIEFS}"]}, changed_at=at)
    with transaction(company.rt.sessions) as tx:
        tx.add_all([catalog, partner, policy])
    assert wanted(company, CONTOSO) == {TIER_0, "93000000-0000-4000-8000-000000000001", *NAMED_BY_PACKAGES}
    assert wanted(company, FABRIKAM) == {CHIEFS}
