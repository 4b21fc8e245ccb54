"""Two workers pump one tenant at the same time: every step is done once, by whichever of them holds the lease."""

import threading
from collections import Counter
from dataclasses import replace

from sqlalchemy import func, select

from selfservice.model.actor import SYSTEM
from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.audit import AuditEvent
from selfservice.model.delivery import Delivery, DeliveryState
from selfservice.services import delivering, ending
from selfservice.store.transaction import reading, transaction
from tests.services.copying import copy_directory
from tests.services.drift.making import hold
from tests.services.making import CONTOSO, EXPENSES_USERS, World

MANY = 30


def is_working(world: World) -> bool:
    with reading(world.rt.sessions) as tx:
        working = select(func.count()).select_from(Delivery).where(Delivery.state == DeliveryState.WORKING)
        return tx.scalar(working) != 0


def test_two_workers_do_thirty_deliveries_once_each(world: World) -> None:
    held = [hold(world, number) for number in range(1, MANY + 1)]
    directory = copy_directory(world.rt)
    with transaction(world.rt.sessions) as tx:
        for each in held:
            ending.begin(tx, world.rt, tx.get_one(Assignment, each.assignment_id), by=SYSTEM, why="over")
    worked: Counter[str] = Counter()

    def work(name: str) -> None:
        rt = replace(world.rt, paces={})
        while is_working(world):
            worked[name] += delivering.pump(rt, CONTOSO)

    workers = [threading.Thread(target=work, args=(name,)) for name in ("first", "second")]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=120)
    assert not any(worker.is_alive() for worker in workers)
    assert worked.total() == MANY
    assert Counter(directory.calls)["remove_member"] == MANY
    assert not directory.members_of(EXPENSES_USERS)
    with reading(world.rt.sessions) as tx:
        states = Counter(tx.scalars(select(Assignment.state)))
        told = tx.scalar(select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "assignment.ended"))
    assert (states, told) == ({AssignmentState.ENDED: MANY}, MANY)
