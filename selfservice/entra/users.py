"""Users and invitations in Graph."""

from collections.abc import Mapping
from dataclasses import replace

from selfservice.entra import fields, shapes
from selfservice.entra.answers import Json
from selfservice.entra.endpoints import Endpoints
from selfservice.entra.filters import by_address, query
from selfservice.entra.paths import guid
from selfservice.model.directory import Accepted, DeltaPage, DirectoryUser, Invitation, ListPage, UserType
from selfservice.model.unable import UnableTo

SELECT = ",".join(shapes.USER_PROPERTIES)

CHANGEABLE = frozenset(
    {"accountEnabled", "companyName", "department", "displayName", "givenName", "jobTitle", "surname"}
)
"""What `update_user` writes about a user: nothing here changes who they are or how they are treated."""

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
        body = _invitation(address, redirect_url) | {"invitedUserType": "Guest"}
        if display_name:
            body["invitedUserDisplayName"] = display_name
        return self._invite(body, attempt_id)

    def reset_redemption(self, user_id: str, *, address: str, redirect_url: str, attempt_id: str) -> Invitation:
        """Let a guest redeem anew. https://learn.microsoft.com/entra/external-id/reset-redemption-status"""
        known = {"resetRedemption": True, "invitedUser": {"id": guid(user_id)}}
        return self._invite(_invitation(address, redirect_url) | known, attempt_id)

    def _invite(self, body: Mapping[str, object], attempt_id: str) -> Invitation:
        answer = self._graph.write("POST", "/invitations", body, attempt_id=attempt_id)
        made = answer.parse(shapes.invitation)
        return replace(made, request_id=answer.request_id)

    def update_user(self, object_id: str, changes: Mapping[str, object], *, attempt_id: str) -> Accepted:
        """Change profile properties. https://learn.microsoft.com/graph/api/user-update"""
        if not changes or not set(changes) <= CHANGEABLE:
            raise ValueError("These are no properties that may be changed.")
        return self._change(object_id, changes, attempt_id)

    def set_user_type(self, object_id: str, user_type: UserType, *, attempt_id: str) -> Accepted:
        """Treat a user as a member or as a guest. https://learn.microsoft.com/graph/api/user-update"""
        return self._change(object_id, {"userType": user_type.value}, attempt_id)

    def set_addresses(
        self, object_id: str, *, mail: str | None, other_mails: tuple[str, ...], attempt_id: str
    ) -> Accepted:
        """Write the mail addresses of a guest. https://learn.microsoft.com/graph/api/user-update"""
        changes: dict[str, object] = {"otherMails": list(other_mails)}
        return self._change(object_id, changes | ({"mail": mail} if mail else {}), attempt_id)

    def _change(self, object_id: str, changes: Mapping[str, object], attempt_id: str) -> Accepted:
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


def _invitation(address: str, redirect_url: str) -> dict[str, object]:
    return {
        "invitedUserEmailAddress": address,
        "inviteRedirectUrl": redirect_url,
        "sendInvitationMessage": False,
    }


def _with_addresses(body: Json) -> tuple[DirectoryUser, frozenset[str]]:
    user = shapes.user(body)
    proxies = (proxy.partition(":")[2] for proxy in fields.texts(body, "proxyAddresses"))
    addresses = filter(None, (user.mail, *user.other_mails, *proxies))
    return user, frozenset(address.casefold() for address in addresses)
