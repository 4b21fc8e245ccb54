"""What the endpoints of Graph have in common: one thing, pages of things, and pages of changes."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from selfservice.entra import fields
from selfservice.entra.answers import IllFormed, Json
from selfservice.entra.errors import unable
from selfservice.entra.transport import Transport
from selfservice.model.directory import DeltaPage, ListPage, Removed
from selfservice.model.unable import UnableTo

T = TypeVar("T")

ABSENT = frozenset({"not-there-yet", "not-found"})
"""Codes of what the directory does not know."""

MOST_PAGES = 200
"""How many pages of a list are followed in one call: a list without an end is a fault."""


class Endpoints:
    """Calls of one tenant's Graph."""

    def __init__(self, transport: Transport) -> None:
        self._graph = transport

    def _find(self, path: str, parser: Callable[[Json], T]) -> T | None:
        try:
            return self._graph.read(path).parse(parser)
        except UnableTo as failure:
            if failure.code in ABSENT:
                return None
            raise

    def _page(self, path: str, parser: Callable[[Json], T], headers: Mapping[str, str] | None = None) -> ListPage[T]:
        return self._graph.read(path, headers=headers).parse(
            lambda body: ListPage(items=fields.items(body, parser), next_link=fields.next_link(body))
        )

    def _all(self, path: str, parser: Callable[[Json], T], headers: Mapping[str, str] | None = None) -> tuple[T, ...]:
        found: list[T] = []
        for _ in range(MOST_PAGES):
            page = self._page(path, parser, headers)
            found += page.items
            if page.next_link is None:
                return tuple(found)
            path = page.next_link
        raise unable("unexpected-answer", self._graph.service)

    def _delta(self, path: str, parser: Callable[[Json], T]) -> DeltaPage[T]:
        return self._graph.read(path).parse(lambda body: _delta_page(body, parser))


def _delta_page(body: Json, parser: Callable[[Json], T]) -> DeltaPage[T]:
    next_link, delta_link = fields.next_link(body), fields.perhaps_text(body, "@odata.deltaLink")
    if (next_link is None) == (delta_link is None):
        raise IllFormed("@odata.deltaLink")
    changed: dict[str, T] = {}
    removed: dict[str, Removed] = {}
    for item in fields.objects(body):
        key = fields.guid(item)
        # An object may come several times in a page; the last time counts.
        changed.pop(key, None)
        removed.pop(key, None)
        if "@removed" in item:
            reason = fields.inner(item, "@removed").get("reason")
            removed[key] = Removed(object_id=key, permanently=reason == "deleted")
        else:
            changed[key] = parser(item)
    return DeltaPage(
        changed=tuple(changed.values()),
        removed=tuple(removed.values()),
        next_link=next_link,
        delta_link=delta_link,
    )
