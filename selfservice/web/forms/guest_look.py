"""What is looked for in a list of guests, read from an address, and written back into one."""

from collections.abc import Mapping

from selfservice.services.overview.guest_list import GuestLook

SHOWN = {
    "": "All",
    "ending": "End within a month",
    "notAccepted": "Not accepted",
    "blocked": "Blocked or deleted",
    "nobody": "Nobody answers",
}
LONGEST_SEARCH = 100
LONGEST_PLACE = 80
USUAL = GuestLook()


def guests_looked_for(said: Mapping[str, str]) -> GuestLook:
    """Read an address; what makes no sense there is as usual."""
    show = said.get("show", "")
    return GuestLook(
        whose="all" if said.get("whose") == "all" else "mine",
        show=show if show in SHOWN else "",
        search=said.get("search", "").strip()[:LONGEST_SEARCH],
        tenant=said.get("tenant", "")[:LONGEST_PLACE],
        after=said.get("after", "")[:LONGEST_PLACE],
    )


def guest_query(look: GuestLook, **changes: str) -> dict[str, str]:
    """Return what an address says of it; what is as usual is left out."""
    said, usual = {**vars(look), **changes}, vars(USUAL)
    return {name: value for name, value in said.items() if value and value != usual[name]}
