"""Who keeps which rules: a tenant's admins all of them, owners those of what they own, everybody else none."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from selfservice.model.actor import SYSTEM, Actor, Role
from selfservice.model.catalog import Catalog, CatalogOwner
from selfservice.model.group import GroupMembership
from selfservice.model.package import AccessPackage, PartyKind
from selfservice.model.person import Person
from selfservice.model.refusal import NotFound, Refused
from selfservice.model.rulebook import ApproverRule
from selfservice.model.rules.rule import Band
from selfservice.services.rules import editing
from selfservice.services.rules.edits import Edit, Move, Put, Remove
from selfservice.services.rules.keeping import keeping_of
from selfservice.store.transaction import reading, transaction
from tests.services.making import (
    ANN,
    BOB,
    CONTOSO,
    DEE,
    EVE,
    EXPENSES_APPROVERS,
    EXPENSES_USERS,
    LEE,
    WES,
    WOODGROVE,
    World,
    make_package,
)
from tests.services.rules.writing import asks, draft, id_of, new, rules_of, save, serial_of

AUDITOR = replace(LEE, roles=frozenset({Role.AUDITOR}))
ADMIN_ELSEWHERE = replace(WES, roles=frozenset({Role.ADMIN}))


def add_catalog(world: World, *, owner: Actor | None = None, group: str = "") -> str:
    """Add a catalog with Expenses in it, and return its id."""
    catalog = Catalog(tenant_id=CONTOSO, name="Finance apps", created_at=world.rt.clock(), changed_at=world.rt.clock())
    party = (PartyKind.PERSON, owner.object_id) if owner else (PartyKind.GROUP, group)
    catalog.owners.append(CatalogOwner(kind=party[0], object_id=party[1]))
    with transaction(world.rt.sessions) as tx:
        tx.add(catalog)
        tx.flush()
        tx.get_one(AccessPackage, world.expenses).catalog_id = catalog.id
    return catalog.id


def add_package(world: World) -> str:
    """Add a package of Contoso that belongs to no catalog and to Dee, and return its id."""
    package = make_package(world.rt, CONTOSO, "Payroll", gives=EXPENSES_USERS)
    package.owner_id, package.owner_name = DEE.object_id, DEE.name
    with transaction(world.rt.sessions) as tx:
        tx.add(package)
    return package.id


def test_an_owner_writes_the_rules_of_their_package(world: World) -> None:
    save(world.rt, new("Mine", asks(LEE), band=Band.PACKAGE, scope=world.expenses), by=BOB)
    mine = id_of(world.rt, "Mine")
    changed = draft("Ours", asks(LEE), band=Band.PACKAGE, scope=world.expenses)
    save(world.rt, Put(rule_id=mine, draft=changed), by=BOB)
    save(world.rt, Move(rule_id=mine, position=1), Remove(rule_id=mine), by=BOB)
    assert rules_of(world.rt) == ()


def test_a_member_of_the_owning_group_keeps_the_packages_rules(world: World) -> None:
    with transaction(world.rt.sessions) as tx:
        package = tx.get_one(AccessPackage, world.expenses)
        package.owner_kind, package.owner_id = PartyKind.GROUP, EXPENSES_APPROVERS
    save(world.rt, new("Ours", band=Band.PACKAGE, scope=world.expenses), by=LEE)
    with transaction(world.rt.sessions) as tx:
        tx.delete(tx.get_one(GroupMembership, (CONTOSO, EXPENSES_APPROVERS, LEE.object_id)))
    with pytest.raises(NotFound):
        save(world.rt, new("Late", band=Band.PACKAGE, scope=world.expenses), by=LEE)


def test_a_catalogs_owner_keeps_its_rules_and_those_of_its_packages(world: World) -> None:
    catalog, other = add_catalog(world, owner=LEE), add_package(world)
    save(world.rt, new("Catalog", band=Band.CATALOG, scope=catalog), by=LEE)
    save(world.rt, new("Package", band=Band.PACKAGE, scope=world.expenses), by=LEE)
    for edit in (new("No", band=Band.PACKAGE, scope=other), new("No", band=Band.FIRST), new("No")):
        with pytest.raises(NotFound):
            save(world.rt, edit, by=LEE)
    assert [rule.name for rule in rules_of(world.rt)] == ["Package", "Catalog"]


def test_a_group_can_own_a_catalog(world: World) -> None:
    catalog = add_catalog(world, group=EXPENSES_APPROVERS)
    save(world.rt, new("Catalog", band=Band.CATALOG, scope=catalog), by=LEE)
    assert [rule.name for rule in rules_of(world.rt)] == ["Catalog"]


@pytest.mark.parametrize("stranger", [LEE, AUDITOR, ANN, EVE, WES, ADMIN_ELSEWHERE], ids=lambda actor: actor.name)
def test_s22_whoever_keeps_nothing_finds_nothing_to_change(world: World, stranger: Actor) -> None:
    save(world.rt, new("Mine", band=Band.PACKAGE, scope=world.expenses), new("Last"))
    mine, last, seen = id_of(world.rt, "Mine"), id_of(world.rt, "Last"), serial_of(world.rt)
    edits: list[Edit] = [
        new("New"),
        new("New", band=Band.FIRST),
        new("New", band=Band.PACKAGE, scope=world.expenses),
        new("New", band=Band.PACKAGE, scope="0" * 32),
        Put(rule_id=mine, draft=draft("Changed", band=Band.PACKAGE, scope=world.expenses)),
        Remove(rule_id=mine),
        Remove(rule_id=last),
        Remove(rule_id="0" * 32),
        Move(rule_id=last, position=1),
    ]
    for edit in edits:
        with pytest.raises(NotFound):
            save(world.rt, edit, by=stranger)
    assert serial_of(world.rt) == seen


def test_s22_an_owner_changes_no_rule_of_anybody_else(world: World) -> None:
    other = add_package(world)
    save(world.rt, new("Admin's", band=Band.FIRST), new("Other", band=Band.PACKAGE, scope=other), new("Last"))
    before = rules_of(world.rt)
    taken = draft("Taken", band=Band.PACKAGE, scope=world.expenses)
    for rule in before:
        for edit in (Remove(rule_id=rule.id), Move(rule_id=rule.id, position=1), Put(rule_id=rule.id, draft=taken)):
            with pytest.raises(NotFound):
                save(world.rt, edit, by=BOB)
    assert rules_of(world.rt) == before


def test_s22_a_rule_of_another_tenant_is_not_within_reach(world: World) -> None:
    editing.save(
        world.rt,
        WOODGROVE,
        [new("Theirs", band=Band.PACKAGE, scope=world.design)],
        by=WES,
        why="It is ours.",
        seen_serial=0,
    )
    theirs = rules_of(world.rt, WOODGROVE)[0].id
    for edit in (Remove(rule_id=theirs), new("Over there", band=Band.PACKAGE, scope=world.design)):
        with pytest.raises(Refused, match=r"not in the book|There is no access package"):
            save(world.rt, edit, by=DEE)
    with pytest.raises(NotFound):
        editing.save(world.rt, WOODGROVE, [Remove(rule_id=theirs)], by=DEE, why="It is theirs.", seen_serial=1)
    assert len(rules_of(world.rt, WOODGROVE)) == 1


def test_an_owner_who_has_left_keeps_nothing(world: World) -> None:
    with transaction(world.rt.sessions) as tx:
        tx.get_one(Person, (CONTOSO, BOB.object_id)).enabled = False
    with pytest.raises(NotFound):
        save(world.rt, new("Mine", band=Band.PACKAGE, scope=world.expenses), by=BOB)


def test_whoever_runs_the_commands_keeps_all_rules_under_a_name_on_record(world: World) -> None:
    operator = replace(SYSTEM, name="Olga at the console")
    save(world.rt, new("Imported"), by=operator)
    with reading(world.rt.sessions) as tx:
        assert tx.scalars(select(ApproverRule.changed_by_name)).one() == "Olga at the console"
        assert keeping_of(tx, world.rt, "00000000-0000-4000-8000-000000000000", by=operator).keeps_anything is False
        assert tx.scalar(select(func.count()).select_from(ApproverRule)) == 1
