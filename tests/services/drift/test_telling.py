"""An admin hears once a day of what is newly bad, with how much of it there is, and of nothing else."""

from sqlalchemy import select

from selfservice.model.actor import Role
from selfservice.model.application import RoleHolder
from selfservice.model.mail import MailKind, OutboxMail
from selfservice.store.transaction import reading, transaction
from tests.services.drift.making import DAY, HOUR, compare, drop_role, guest_there, hold, put_role
from tests.services.making import CONTOSO, DEE, WES, WOODGROVE, World


def appoint(world: World) -> None:
    """Let Dee administer Contoso and Wes Woodgrove."""
    with transaction(world.rt.sessions) as tx:
        for tenant_id, admin in ((CONTOSO, DEE), (WOODGROVE, WES)):
            tx.add(RoleHolder(tenant_id=tenant_id, object_id=admin.object_id, role=Role.ADMIN.value))


def told(world: World) -> list[OutboxMail]:
    with reading(world.rt.sessions) as tx:
        return list(tx.scalars(select(OutboxMail).where(OutboxMail.kind == MailKind.DRIFT_FOUND)))


def test_s23_the_admins_of_the_tenant_are_told_and_nobody_of_another(world: World) -> None:
    appoint(world)
    for number in (1, 2):
        put_role(world, guest_there(world, number).object_id)
    compare(world)
    (mail,) = told(world)
    assert (mail.to_address, mail.facts["found"]) == ("dee@contoso.example", "2 roles that nobody approved")


def test_the_same_is_not_told_again_and_what_is_new_is_told_tomorrow(world: World) -> None:
    appoint(world)
    put_role(world, guest_there(world, 1).object_id)
    compare(world)
    put_role(world, guest_there(world, 2).object_id)
    compare(world, HOUR)
    assert len(told(world)) == 1
    compare(world, DAY)
    assert [mail.facts["found"] for mail in told(world)] == ["1 role that nobody approved"] * 2
    compare(world, DAY)
    assert len(told(world)) == 2


def test_what_is_not_bad_is_not_mailed(world: World) -> None:
    appoint(world)
    drop_role(world, hold(world).object_id)
    assert len(compare(world)) == 1
    assert told(world) == []
