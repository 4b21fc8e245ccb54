"""What waits is tended to by a running worker, with nobody asking for it."""

from datetime import timedelta

from selfservice.model.mail import MailKind
from selfservice.model.rules.outcome import StageSpec
from tests.services.making import BOB, DEE, World
from tests.services.waiting.steps import DAY, ask, asked, forward, named, put_rule, told
from tests.worker.test_running import eventually, relay_of, running, world

__all__ = ["world"]


def test_a_worker_escalates_and_writes_the_daily_mails_by_itself(world: World) -> None:
    put_rule(world, StageSpec(approvers=(named(BOB),), escalate_after_days=2, alternates=(named(DEE),)))
    request_id = ask(world)
    forward(world, 2 * DAY + timedelta(hours=1))
    with running(world.rt):
        assert eventually(lambda: "dee" in told(world, MailKind.DECISION_ESCALATED))
        assert eventually(lambda: told(world, MailKind.DECISION_DIGEST) == ["bob"])
        assert eventually(lambda: {"dee@contoso.example", "ann@fabrikam.example"} <= set(left(world)))
    assert asked(world, request_id) == ["Bob Ray", "Dee Fox"]


def left(world: World) -> list[str]:
    """Return the addresses of all mails that have left."""
    return [mail.to for mail in relay_of(world).left]
