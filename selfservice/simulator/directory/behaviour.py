"""How awkward one tenant is: its licence, its lag, its limits."""

from dataclasses import dataclass, field


@dataclass(kw_only=True)
class Behaviour:
    """Switch what the documentation leaves open or what only some tenants do."""

    licence: str = "p1"
    lag_seconds: float = 0.0
    list_lag_seconds: float | None = None
    page_size: int = 100
    empty_pages: bool = False
    shuffle_batches: bool = True
    repeat_delta: bool = False
    invite_bucket: bool = True
    throttling: bool = False
    soft_deleted_twin: str = "new"
    unresolvable_domains: list[str] = field(default_factory=list)
    suspicious_after: int | None = None

    @property
    def list_lag(self) -> float:
        """Return how long lists lag: longer than reads by id unless told otherwise."""
        return self.lag_seconds * 2 if self.list_lag_seconds is None else self.list_lag_seconds
