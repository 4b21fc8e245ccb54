"""Applications (service principals) and who holds their roles, in Graph."""

from selfservice.entra import fields, shapes
from selfservice.entra.endpoints import ABSENT, Endpoints
from selfservice.entra.filters import literal, query
from selfservice.entra.paths import guid, opaque
from selfservice.model.directory import (
    Accepted,
    AppRoleAssignment,
    DeltaPage,
    DirectoryApplication,
    DirectoryUser,
    ListPage,
    UserType,
)
from selfservice.model.publishing import DENIED_APP_IDS, MICROSOFT_TENANTS
from selfservice.model.refusal import Refused
from selfservice.model.unable import UnableTo

SELECT = ",".join(shapes.APPLICATION_PROPERTIES)

DEFAULT_ROLE = "00000000-0000-0000-0000-000000000000"
"""The role of an application that declares none. https://learn.microsoft.com/graph/api/resources/approleassignment"""


class UnsafeAppRole(Refused):
    """The app role is not one that a guest may ever be given."""


class ApplicationEndpoints(Endpoints):
    """The endpoints that are about applications."""

    def get_application(self, object_id: str) -> DirectoryApplication | None:
        """Return the service principal, or None. https://learn.microsoft.com/graph/api/serviceprincipal-get"""
        path = f"/servicePrincipals/{guid(object_id)}{query({'$select': SELECT})}"
        return self._find(path, shapes.application)

    def find_application(self, app_id: str) -> DirectoryApplication | None:
        """Return it by its app id, or None. https://learn.microsoft.com/graph/api/serviceprincipal-list"""
        options = {"$filter": f"appId eq {literal(guid(app_id))}", "$select": SELECT}
        found = self._all(f"/servicePrincipals{query(options)}", shapes.application)
        return next((app for app in found if app.app_id == guid(app_id)), None)

    def applications_delta(self, link: str | None) -> DeltaPage[DirectoryApplication]:
        """Return a page of changed ones. https://learn.microsoft.com/graph/api/serviceprincipal-delta"""
        return self._delta(link or f"/servicePrincipals/delta{query({'$select': SELECT})}", shapes.application)

    def app_role_assignments(self, resource_id: str, link: str | None) -> ListPage[AppRoleAssignment]:
        """Return who holds roles. https://learn.microsoft.com/graph/api/serviceprincipal-list-approleassignedto"""
        first = f"/servicePrincipals/{guid(resource_id)}/appRoleAssignedTo{query({'$top': '999'})}"
        return self._page(link or first, shapes.assignment)

    def find_assignment(self, *, user_id: str, resource_id: str, role_id: str) -> AppRoleAssignment | None:
        """Return a direct one, or None. https://learn.microsoft.com/graph/api/user-list-approleassignments"""
        options = {"$filter": f"resourceId eq {guid(resource_id)}"}
        try:
            held = self._all(f"/users/{guid(user_id)}/appRoleAssignments{query(options)}", shapes.assignment)
        except UnableTo as failure:
            if failure.code in ABSENT:
                return None
            raise
        wanted = (guid(user_id), guid(resource_id), guid(role_id))
        return next((one for one in held if (one.principal_id, one.resource_id, one.role_id) == wanted), None)

    def assign_app_role(self, *, user_id: str, resource_id: str, role_id: str, attempt_id: str) -> Accepted:
        """Assign a role. https://learn.microsoft.com/graph/api/serviceprincipal-post-approleassignedto"""
        application = self.get_application(resource_id)
        ensure_safe_role(application, guid(role_id))
        ensure_guest(self._find(f"/users/{guid(user_id)}{query({'$select': 'id,userType,creationType'})}", shapes.user))
        body = {"principalId": guid(user_id), "resourceId": guid(resource_id), "appRoleId": guid(role_id)}
        path = f"/servicePrincipals/{guid(resource_id)}/appRoleAssignedTo"
        try:
            answer = self._graph.write("POST", path, body, attempt_id=attempt_id)
        except UnableTo as failure:
            held = None
            if failure.code == "already-there":
                held = self.find_assignment(user_id=user_id, resource_id=resource_id, role_id=role_id)
            if held is None:
                raise
            return Accepted(request_id=failure.request_id, already=True, object_id=held.assignment_id)
        return Accepted(request_id=answer.request_id, object_id=answer.parse(lambda made: fields.text(made, "id")))

    def remove_app_role(self, *, resource_id: str, assignment_id: str, attempt_id: str) -> Accepted:
        """Take a role away. https://learn.microsoft.com/graph/api/serviceprincipal-delete-approleassignedto"""
        path = f"/servicePrincipals/{guid(resource_id)}/appRoleAssignedTo/{opaque(assignment_id)}"
        try:
            answer = self._graph.write("DELETE", path, attempt_id=attempt_id)
        except UnableTo as failure:
            if failure.code in ABSENT:
                return Accepted(request_id=failure.request_id, already=True)
            raise
        return Accepted(request_id=answer.request_id)


def ensure_safe_role(application: DirectoryApplication | None, role_id: str) -> None:
    """Refuse a role that is power over a directory, or that is not for people. Raises `UnsafeAppRole`."""
    if application is None:
        raise _unsafe("The application no longer exists in the directory.")
    if application.app_id in DENIED_APP_IDS or application.owner_tenant_id in MICROSOFT_TENANTS:
        raise _unsafe("The application is Microsoft's own; its roles are power over the directory.")
    if not application.roles and role_id == DEFAULT_ROLE:
        return
    role = next((role for role in application.roles if role.role_id == role_id), None)
    if role is None:
        raise _unsafe("The application no longer has this app role.")
    if not role.enabled:
        raise _unsafe("The application has switched this app role off.")
    if not role.for_users:
        raise _unsafe("The app role is for applications, not for people.")


def ensure_guest(user: DirectoryUser | None) -> None:
    """Refuse to give a role to anybody but an invited person. A user that is not there yet is Graph's to refuse."""
    if user is not None and user.user_type is not UserType.GUEST and user.creation_type != "Invitation":
        raise _unsafe("The user is not a guest of this tenant.")


def _unsafe(cause: str) -> UnsafeAppRole:
    return UnsafeAppRole(
        cause,
        owner="The owner of the access package",
        next_step="Take this role out of the access package, or ask for another one.",
    )
