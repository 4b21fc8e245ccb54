"""Who answers for guests, in Graph."""

from selfservice.entra import fields, references, shapes
from selfservice.entra.endpoints import ABSENT, Endpoints
from selfservice.entra.filters import query
from selfservice.entra.paths import guid
from selfservice.model.directory import Accepted, ListPage, SponsorRef
from selfservice.model.unable import UnableTo


class SponsorEndpoints(Endpoints):
    """The endpoints that are about sponsors."""

    def guest_sponsors(self, link: str | None) -> ListPage[tuple[str, tuple[SponsorRef, ...]]]:
        """Return a page of guests with sponsors. https://learn.microsoft.com/graph/api/user-list-sponsors"""
        options = {
            "$filter": "userType eq 'Guest'",
            "$select": "id",
            "$expand": "sponsors($select=id)",
            "$top": "999",
        }
        return self._page(link or f"/users{query(options)}", shapes.sponsored)

    def sponsors(self, user_id: str) -> tuple[str, ...]:
        """Return the ids of the sponsors. https://learn.microsoft.com/graph/api/user-list-sponsors"""
        return self._all(f"/users/{guid(user_id)}/sponsors{query({'$select': 'id'})}", fields.guid)

    def add_sponsor(self, user_id: str, *, sponsor_id: str, is_group: bool, attempt_id: str) -> Accepted:
        """Add a sponsor. https://learn.microsoft.com/graph/api/user-post-sponsors"""
        named = references.to_group if is_group else references.to_user
        body = named(self._graph.base, sponsor_id)
        try:
            answer = self._graph.write("POST", references.sponsors(user_id), body, attempt_id=attempt_id)
        except UnableTo as failure:
            if failure.code == "already-there" and guid(sponsor_id) in self.sponsors(user_id):
                return Accepted(request_id=failure.request_id, already=True)
            raise
        return Accepted(request_id=answer.request_id)

    def remove_sponsor(self, user_id: str, *, sponsor_id: str, attempt_id: str) -> Accepted:
        """Take a sponsor off. https://learn.microsoft.com/graph/api/user-delete-sponsors"""
        try:
            answer = self._graph.write("DELETE", references.sponsor(user_id, sponsor_id), attempt_id=attempt_id)
        except UnableTo as failure:
            if failure.code in ABSENT:
                return Accepted(request_id=failure.request_id, already=True)
            raise
        return Accepted(request_id=answer.request_id)
