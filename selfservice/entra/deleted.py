"""Deleting users softly and bringing them back, and what may be known of them besides, in Graph."""

from datetime import datetime

from selfservice.entra import fields, shapes
from selfservice.entra.endpoints import ABSENT, Endpoints
from selfservice.entra.filters import literal, query
from selfservice.entra.paths import guid
from selfservice.model.directory import Accepted, DirectoryUser, ListPage
from selfservice.model.unable import UnableTo

DELETED = "/directory/deletedItems"
SELECT = ",".join(shapes.USER_PROPERTIES)


class LifeEndpoints(Endpoints):
    """The endpoints that are about the life of a user object."""

    def delete_user(self, object_id: str, *, attempt_id: str) -> Accepted:
        """Delete a user softly. https://learn.microsoft.com/graph/api/user-delete"""
        try:
            answer = self._graph.write("DELETE", f"/users/{guid(object_id)}", attempt_id=attempt_id)
        except UnableTo as failure:
            if failure.code in ABSENT:
                return Accepted(request_id=failure.request_id, already=True)
            raise
        return Accepted(request_id=answer.request_id)

    def get_deleted_user(self, object_id: str) -> DirectoryUser | None:
        """Return a deleted user. https://learn.microsoft.com/graph/api/directory-deleteditems-get"""
        return self._find(f"{DELETED}/{guid(object_id)}", shapes.user)

    def find_deleted_by_address(self, address: str) -> tuple[DirectoryUser, ...]:
        """Find deleted users. https://learn.microsoft.com/graph/api/directory-deleteditems-list"""
        options = {"$filter": f"mail eq {literal(address)}", "$select": SELECT}
        return self._all(f"{DELETED}/microsoft.graph.user{query(options)}", shapes.user)

    def restore_user(self, object_id: str, *, attempt_id: str) -> Accepted:
        """Restore a deleted user. https://learn.microsoft.com/graph/api/directory-deleteditems-restore"""
        answer = self._graph.write("POST", f"{DELETED}/{guid(object_id)}/restore", attempt_id=attempt_id)
        return Accepted(request_id=answer.request_id, object_id=guid(object_id))

    def revoke_sessions(self, user_id: str, *, attempt_id: str) -> Accepted:
        """Revoke a member's sessions. https://learn.microsoft.com/graph/api/user-revokesigninsessions"""
        path = f"/users/{guid(user_id)}/revokeSignInSessions"
        return Accepted(request_id=self._graph.write("POST", path, attempt_id=attempt_id).request_id)

    def is_role_holder(self, user_id: str) -> bool:
        """Say whether the user holds a directory role. https://learn.microsoft.com/graph/api/user-list-memberof"""
        path = f"/users/{guid(user_id)}/memberOf/microsoft.graph.directoryRole{query({'$select': 'id'})}"
        return bool(self._all(path, fields.guid))

    def sign_ins(self, link: str | None) -> ListPage[tuple[str, datetime | None]]:
        """Return a page of last sign-ins. https://learn.microsoft.com/graph/api/resources/signinactivity"""
        return self._page(link or f"/users{query({'$select': 'id,signInActivity', '$top': '500'})}", shapes.signed_in)

    def leave_times(self, link: str | None) -> ListPage[tuple[str, datetime | None]]:
        """Return a page of when members leave. https://learn.microsoft.com/graph/api/resources/user"""
        options = {"$filter": "userType eq 'Member'", "$select": "id,employeeLeaveDateTime", "$top": "999"}
        return self._page(link or f"/users{query(options)}", shapes.leaving)
