"""Who changed the approvers of a package is kept, since they do not decide by that change."""

from dataclasses import replace

import pytest

from selfservice.model.actor import PersonRef
from selfservice.model.package import AccessPackage, PartyKind
from selfservice.model.routing import NobodyDecides
from selfservice.services.cataloguing import PartyChoice
from selfservice.store.transaction import reading
from tests.services.asking.asking import ask, package_draft, request_of, write_package
from tests.services.making import DEE, LEE, World

DEE_HERSELF = PartyChoice(kind=PartyKind.PERSON, object_id=DEE.object_id)
LEE_TOO = PartyChoice(kind=PartyKind.PERSON, object_id=LEE.object_id)


def changer(world: World) -> PersonRef | None:
    with reading(world.rt.sessions) as tx:
        package = tx.get_one(AccessPackage, world.expenses)
        if package.approvers_changed_at is None:
            return None
        return PersonRef(
            tenant_id=package.approvers_changed_by_tenant_id, object_id=package.approvers_changed_by_object_id
        )


def test_s15_an_admin_who_makes_themself_an_approver_is_not_asked_by_it(world: World) -> None:
    write_package(world, replace(package_draft(world), approvers=(DEE_HERSELF, LEE_TOO)))
    (stage,) = request_of(world.rt, ask(world)).stages
    assert [approver.name for approver in stage.approvers] == ["Lee Wu"]


def test_s15_an_admin_who_makes_themself_the_only_approver_has_made_nobody_one(world: World) -> None:
    write_package(world, replace(package_draft(world), approvers=(DEE_HERSELF,)))
    with pytest.raises(NobodyDecides):
        ask(world)


def test_only_a_change_of_who_decides_is_kept_as_one(world: World) -> None:
    write_package(world, replace(package_draft(world), name="Expenses and travel", max_days=30))
    assert changer(world) is None
    owner = PartyChoice(kind=PartyKind.PERSON, object_id=LEE.object_id)
    write_package(world, replace(package_draft(world), owner=owner))
    assert changer(world) == DEE.ref
