"""A replay of past requests as its page shows it."""

from collections.abc import Mapping
from datetime import datetime
from typing import cast

from selfservice.model.rulebook import ReplayState, RuleReplay
from selfservice.services.overview.rule_rows import MovedRow, ReplayPage


def page_of(replay: RuleReplay, *, at: datetime) -> ReplayPage:
    """Return how far a replay is, and what would differ as far as it is known."""
    result: Mapping[str, object] = replay.result
    return ReplayPage(
        replay_id=replay.id,
        is_running=replay.state in (ReplayState.WAITING, ReplayState.RUNNING),
        done=replay.done,
        total=replay.total,
        seconds=((replay.finished_at or at) - replay.asked_at).total_seconds(),
        counts=dict(cast("Mapping[str, int]", result.get("counts", {}))),
        moved=tuple(MovedRow(**row) for row in cast("list[dict[str, str]]", result.get("moved", []))),
        failure=replay.failure,
    )
