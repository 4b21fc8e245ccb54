"""How much a benchmark does, and what it is given."""

from dataclasses import dataclass

from selfservice.bench.measuring import Say


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How much is measured. `checked` answers are compared with the reference before anything is timed; of the slow
    peers only so many decisions are timed in each half of a round.
    """

    rules: int = 10_000
    few_rules: int = 100
    decisions: int = 100_000
    checked: int = 2_000
    rounds: int = 11
    linear: int = 40
    sql: int = 1_000
    pending: int = 10_000
    edits: int = 50
    guests: int = 1_000_000
    sponsors: int = 60_000
    review_rounds: int = 3
    seed: int = 20_261_124


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What a row is given: the database of its peer (`is_own`: made for this run, and thrown away), and a voice."""

    scale: Scale
    url: str
    is_own: bool
    say: Say
