"""Groups and their members in Graph."""

from selfservice.entra import fields, references, shapes
from selfservice.entra.answers import Json
from selfservice.entra.endpoints import ABSENT, Endpoints
from selfservice.entra.filters import literal, query
from selfservice.entra.paths import guid
from selfservice.model.directory import Accepted, DeltaPage, DirectoryGroup, ListPage
from selfservice.model.unable import UnableTo

SELECT = ",".join(shapes.GROUP_PROPERTIES)


class GroupEndpoints(Endpoints):
    """The endpoints that are about groups."""

    def get_group(self, group_id: str) -> DirectoryGroup | None:
        """Return the group, or None. https://learn.microsoft.com/graph/api/group-get"""
        return self._find(f"/groups/{guid(group_id)}{query({'$select': SELECT})}", shapes.group)

    def groups_delta(self, link: str | None) -> DeltaPage[DirectoryGroup]:
        """Return a page of changed groups. https://learn.microsoft.com/graph/api/group-delta"""
        return self._delta(link or f"/groups/delta{query({'$select': SELECT})}", shapes.group)

    def group_members(self, group_id: str, link: str | None) -> ListPage[str]:
        """Return a page of direct user members. https://learn.microsoft.com/graph/api/group-list-members"""
        first = f"/groups/{guid(group_id)}/members{query({'$select': 'id,userType', '$top': '999'})}"
        page = self._page(link or first, _member)
        return ListPage(items=tuple(key for key in page.items if key), next_link=page.next_link)

    def is_member(self, group_id: str, user_id: str) -> bool:
        """Say whether the user is a direct member. https://learn.microsoft.com/graph/api/group-list-members"""
        wanted = guid(user_id)
        options = {"$filter": f"id eq {literal(wanted)}", "$select": "id", "$count": "true", "$top": "999"}
        path = f"/groups/{guid(group_id)}/members{query(options)}"
        return wanted in self._all(path, fields.guid, {"ConsistencyLevel": "eventual"})

    def add_member(self, group_id: str, user_id: str, *, attempt_id: str) -> Accepted:
        """Add a member. https://learn.microsoft.com/graph/api/group-post-members"""
        body = references.to_object(self._graph.base, user_id)
        try:
            answer = self._graph.write("POST", references.members(group_id), body, attempt_id=attempt_id)
        except UnableTo as failure:
            if failure.code == "already-there" and self.is_member(group_id, user_id):
                return Accepted(request_id=failure.request_id, already=True)
            raise
        return Accepted(request_id=answer.request_id)

    def remove_member(self, group_id: str, user_id: str, *, attempt_id: str) -> Accepted:
        """Take a member out. https://learn.microsoft.com/graph/api/group-delete-members"""
        try:
            answer = self._graph.write("DELETE", references.member(group_id, user_id), attempt_id=attempt_id)
        except UnableTo as failure:
            if failure.code in ABSENT:
                return Accepted(request_id=failure.request_id, already=True)
            raise
        return Accepted(request_id=answer.request_id)


def _member(body: Json) -> str | None:
    kind = fields.perhaps_text(body, "@odata.type") or "#microsoft.graph.user"
    return fields.guid(body) if kind == "#microsoft.graph.user" else None
