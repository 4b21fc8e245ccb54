"""What waits is tended to by a running worker, with nobody asking for it."""

from datetime import timedelta

from selfservice.model.mail import MailKind
from selfservice.model.mirror import MirrorKind, MirrorState
from selfservice.model.rules.outcome import StageSpec
from selfservice.store.transaction import transaction
from tests.services.making import BOB, CONTOSO, DEE, FABRIKAM, WOODGROVE, World
from tests.services.waiting.steps import DAY, ask, asked, forward, named, put_rule, told
from tests.worker.test_running import eventually, relay_of, running, world

__all__ = ["world"]


def test_a_worker_escalates_and_writes_the_daily_mails_by_itself(world: World) -> None:
    put_rule(world, StageSpec(approvers=(named(BOB),), escalate_after_days=2, alternates=(named(DEE),)))
    request_id = ask(world)
    forward(world, 2 * DAY + timedelta(hours=1))
    know_everybody(world)
    with running(world.rt):
        assert eventually(lambda: "dee" in told(world, MailKind.DECISION_ESCALATED))
        assert eventually(lambda: told(world, MailKind.DECISION_DIGEST) == ["bob"])
        assert eventually(lambda: {"dee@contoso.example", "ann@fabrikam.example"} <= set(left(world)))
    assert asked(world, request_id) == ["Bob Ray", "Dee Fox"]


def left(world: World) -> list[str]:
    """Return the addresses of all mails that have left."""
    return [mail.to for mail in relay_of(world).left]


def know_everybody(world: World) -> None:
    """Let the mirror be fresh: the directories of this test would tell that nobody we ask is there."""
    now = world.rt.clock()
    with transaction(world.rt.sessions) as tx:
        for tenant_id in (CONTOSO, FABRIKAM, WOODGROVE):
            for kind in MirrorKind:
                state = MirrorState(tenant_id=tenant_id, kind=kind, synced_at=now, full_synced_at=now)
                state.due_at = now + DAY
                tx.add(state)
