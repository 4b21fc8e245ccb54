"""Users, invitations and sponsors in Graph."""

from collections.abc import Mapping

from selfservice.entra import fields, references, shapes
from selfservice.entra.answers import Json
from selfservice.entra.endpoints import ABSENT, Endpoints
from selfservice.entra.filters import by_address, query
from selfservice.entra.paths import guid
from selfservice.model.directory import Accepted, DeltaPage, DirectoryUser, Invitation, ListPage
from selfservice.model.unable import UnableTo

SELECT = ",".join(shapes.USER_PROPERTIES)

CHANGEABLE = frozenset(
    {"accountEnabled", "companyName", "department", "displayName", "givenName", "jobTitle", "surname"}
)
"""What this product ever writes about a user: nothing here changes who they are or how they are treated."""

ADVANCED = {"ConsistencyLevel": "eventual"}


class UserEndpoints(Endpoints):
    """The endpoints that are about users."""

    def find_users_by_address(self, address: str) -> tuple[DirectoryUser, ...]:
        """Return the users that have this address. https://learn.microsoft.com/graph/api/user-list"""
        options = {"$filter": by_address(address), "$select": f"{SELECT},proxyAddresses"}
        try:
            found = self._all(f"/users{query(options)}", _with_addresses)
        except UnableTo as failure:
            if failure.code != "query-unsupported":
                raise
            found = self._all(f"/users{query({**options, '$count': 'true'})}", _with_addresses, ADVANCED)
        wanted = address.casefold()
        return tuple(user for user, addresses in found if wanted in addresses)

    def get_user(self, object_id: str) -> DirectoryUser | None:
        """Return the user, or None. https://learn.microsoft.com/graph/api/user-get"""
        return self._find(f"/users/{guid(object_id)}{query({'$select': SELECT})}", shapes.user)

    def invite(self, *, address: str, display_name: str | None, redirect_url: str, attempt_id: str) -> Invitation:
        """Invite a guest, without Microsoft's mail. https://learn.microsoft.com/graph/api/invitation-post"""
        body: dict[str, object] = {
            "invitedUserEmailAddress": address,
            "inviteRedirectUrl": redirect_url,
            "sendInvitationMessage": False,
            "invitedUserType": "Guest",
        }
        if display_name:
            body["invitedUserDisplayName"] = display_name
        answer = self._graph.write("POST", "/invitations", body, attempt_id=attempt_id)
        made = answer.parse(shapes.invitation)
        return Invitation(
            invitation_id=made.invitation_id,
            user_id=made.user_id,
            redeem_url=made.redeem_url,
            status=made.status,
            request_id=answer.request_id,
        )

    def update_user(self, object_id: str, changes: Mapping[str, object], *, attempt_id: str) -> Accepted:
        """Change profile properties. https://learn.microsoft.com/graph/api/user-update"""
        if not changes or not set(changes) <= CHANGEABLE:
            raise ValueError("These are no properties that may be changed.")
        answer = self._graph.write("PATCH", f"/users/{guid(object_id)}", dict(changes), attempt_id=attempt_id)
        return Accepted(request_id=answer.request_id, object_id=guid(object_id))

    def users_delta(self, link: str | None) -> DeltaPage[DirectoryUser]:
        """Return a page of changed users. https://learn.microsoft.com/graph/api/user-delta"""
        return self._delta(link or f"/users/delta{query({'$select': SELECT})}", shapes.user)

    def managers(self, link: str | None) -> ListPage[tuple[str, str | None]]:
        """Return a page of members with their managers. https://learn.microsoft.com/graph/api/user-list-manager"""
        options = {
            "$filter": "userType eq 'Member'",
            "$select": "id",
            "$expand": "manager($select=id)",
            "$top": "999",
        }
        return self._page(link or f"/users{query(options)}", shapes.managed)

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


def _with_addresses(body: Json) -> tuple[DirectoryUser, frozenset[str]]:
    user = shapes.user(body)
    proxies = (proxy.partition(":")[2] for proxy in fields.texts(body, "proxyAddresses"))
    addresses = filter(None, (user.mail, *user.other_mails, *proxies))
    return user, frozenset(address.casefold() for address in addresses)
