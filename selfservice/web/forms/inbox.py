"""What is looked for in the inbox, and where it goes on: read from an address, and written back into one."""

from collections.abc import Mapping
from dataclasses import dataclass

from selfservice.model.actor import Actor
from selfservice.services.overview import deciding
from selfservice.services.overview.decision_rows import InboxRow
from selfservice.services.overview.rows import Page
from selfservice.services.runtime import Runtime

SHOWN = ("waiting", "decided")
WHOSE = {"all": "All of them", "mine": "Those that I was asked", "delegated": "Those of colleagues who are away"}
LONGEST_SEARCH = 100
LONGEST_PLACE = 80


@dataclass(frozen=True, kw_only=True)
class Look:
    """What somebody looks for in their inbox."""

    show: str = "waiting"
    search: str = ""
    tenant: str = ""
    whose: str = "all"
    after: str = ""

    @property
    def narrowed(self) -> bool:
        """Whether anything is left out by a search or a choice."""
        return bool(self.search or self.tenant or self.whose != "all")

    def query(self, **changes: str) -> dict[str, str]:
        """Return what an address says of it; what is as usual is left out."""
        said = {**vars(self), **changes}
        usual = vars(Look())
        return {name: value for name, value in said.items() if value and value != usual[name]}

    def inbox(self, rt: Runtime, by: Actor) -> Page[InboxRow]:
        """Return what is found."""
        return deciding.inbox(
            rt,
            by,
            self.after or None,
            show=self.show,
            search=self.search,
            tenant=self.tenant,
            whose=self.whose,
        )


def looked_for(said: Mapping[str, str]) -> Look:
    """Read an address or a form; what makes no sense there is as usual."""
    show, whose = said.get("show", ""), said.get("whose", "")
    return Look(
        show=show if show in SHOWN else "waiting",
        search=said.get("search", "").strip()[:LONGEST_SEARCH],
        tenant=said.get("tenant", "")[:LONGEST_PLACE],
        whose=whose if whose in WHOSE else "all",
        after=said.get("after", "")[:LONGEST_PLACE],
    )
