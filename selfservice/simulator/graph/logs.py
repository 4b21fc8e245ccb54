"""The directory audit log, as far as invitations go, and the sign-in log."""

from selfservice.simulator.clock import iso_fine
from selfservice.simulator.directory.shapes import Properties
from selfservice.simulator.directory.tenant import Tenant
from selfservice.simulator.graph.call import Answer, Call, route
from selfservice.simulator.graph.errors import refuse
from selfservice.simulator.graph.filters import passes
from selfservice.simulator.graph.odata import parse
from selfservice.simulator.graph.paging import sliced
from selfservice.simulator.graph.permissions import READ_LOGS
from selfservice.simulator.identifiers import new_id
from selfservice.simulator.world import World


def list_audits(call: Call) -> Answer:
    """List directory audits. https://learn.microsoft.com/graph/api/directoryaudit-list"""
    rows = [row for row in call.tenant.audits if row["~log"] == "audit"]
    return _rows(call, rows, "activityDateTime", "auditLogs/directoryAudits")


def list_sign_ins(call: Call) -> Answer:
    """List sign-ins. https://learn.microsoft.com/graph/api/signin-list"""
    if call.tenant.behaviour.licence == "free":
        raise refuse("license")
    rows = [row for row in call.tenant.audits if row["~log"] == "sign-in"]
    return _rows(call, rows, "createdDateTime", "auditLogs/signIns")


def note_activity(world: World, tenant: Tenant, name: str, user: Properties, app: str) -> None:
    """Write a line of the audit log about a guest."""
    tenant.audit(
        {
            "~log": "audit",
            "id": f"Directory_{new_id()}",
            "category": "UserManagement",
            "correlationId": new_id(),
            "result": "success",
            "resultReason": "",
            "activityDisplayName": name,
            "activityDateTime": iso_fine(world.clock.now()),
            "loggedByService": "Invited Users",
            "operationType": "Add",
            "initiatedBy": {"user": None, "app": {"appId": app} if app else None},
            "targetResources": [
                {
                    "id": user["id"],
                    "displayName": user["displayName"],
                    "type": "User",
                    "userPrincipalName": user["userPrincipalName"],
                    "modifiedProperties": [],
                }
            ],
            "additionalDetails": [],
        }
    )


def note_sign_in(world: World, tenant: Tenant, user: Properties, *, app: str, error: int = 0) -> None:
    """Write a sign-in to the log and to the user; a failed one moves only the attempt."""
    at, key = iso_fine(world.clock.now()), new_id()
    before = user.get("signInActivity") or {}
    activity = {**before, "lastSignInDateTime": at, "lastSignInRequestId": key}
    if not error:
        activity.update(lastSuccessfulSignInDateTime=at, lastSuccessfulSignInRequestId=key)
    # Kept outside the directory: it must not show up in delta queries.
    tenant.users.note(user["id"], {"signInActivity": activity})
    tenant.audit(
        {
            "~log": "sign-in",
            "id": key,
            "createdDateTime": at,
            "userId": user["id"],
            "userDisplayName": user["displayName"],
            "userPrincipalName": user["userPrincipalName"],
            "appId": app,
            "status": {"errorCode": error, "failureReason": None},
        }
    )


def _rows(call: Call, rows: list[Properties], order: str, context: str) -> Answer:
    asked = call.query.get("$filter", "")
    if asked:
        node = parse(asked)
        rows = [row for row in rows if passes(node, row)]
    ascending = call.query.get("$orderby", "").lower() in (order.lower(), f"{order.lower()} asc")
    rows = rows if ascending else rows[::-1]
    return sliced(call, rows, context, _shown)


def _shown(row: Properties) -> Properties:
    return {name: value for name, value in row.items() if not name.startswith("~")}


ROUTES = (
    route("GET /auditLogs/directoryAudits", list_audits, READ_LOGS),
    route("GET /auditLogs/signIns", list_sign_ins, READ_LOGS),
)
