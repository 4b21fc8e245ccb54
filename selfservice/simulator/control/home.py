"""The start page: everything a person may want to look at, one link away."""

from importlib.resources import files

from werkzeug.wrappers import Response

from selfservice.simulator.directory.people import is_external
from selfservice.simulator.web import Visit, page

SHOWN = 200


def home(visit: Visit) -> Response:
    """Show the tenants, and the ways into the rest; or, as `?tenantid=` wants, where a launch link leads."""
    chosen = visit.world.everywhere.get(visit.request.args.get("tenantid", ""))
    if chosen is not None:
        text = f"A launch link leads here: the page on which a guest finds the apps of {chosen.name}."
        return page("message.html", heading=f"My apps at {chosen.name}", text=text, link="/", label="Start")
    tenants = [
        {
            "id": tenant.id,
            "name": tenant.name,
            "domain": tenant.domains[0],
            "users": len(tenant.users.live),
            "groups": len(tenant.groups.live),
            "cloud": visit.world.cloud_of(tenant.id).site.cloud,
        }
        for tenant in visit.world.everywhere.values()
    ]
    return page("home.html", tenants=tenants, faults=visit.world.faults.all())


def tenant_page(visit: Visit) -> Response:
    """Show the people, groups and apps of one tenant."""
    tenant = visit.world.everywhere.get(visit.args["tenant"])
    if tenant is None:
        return page("message.html", status=404, heading="No such tenant", text="", link="/", label="Start")
    people = [
        {
            "id": user["id"],
            "name": user["displayName"],
            "mail": user.get("mail") or user["userPrincipalName"],
            "kind": user["externalUserState"] if is_external(user) else "member",
            "enabled": user["accountEnabled"],
            "work": " · ".join(filter(None, (user.get("jobTitle"), user.get("department")))),
        }
        for user in list(tenant.users.live.values())[:SHOWN]
    ]
    groups = [
        {"name": group["displayName"], "id": key, "members": len(tenant.members.of(key))}
        for key, group in list(tenant.groups.live.items())[:SHOWN]
    ]
    apps = [body["displayName"] for body in list(tenant.principals.live.values())[:SHOWN]]
    return page(
        "tenant.html",
        tenant=tenant.name,
        people=people,
        groups=groups,
        apps=apps,
        more=len(tenant.users.live) > SHOWN,
    )


def faults_page(visit: Visit) -> Response:
    """Show the faults in force and how often each has hit."""
    return page("faults.html", faults=[fault.shown() for fault in visit.world.faults.all()])


def ledger_page(visit: Visit) -> Response:
    """Show the newest accepted writes."""
    names = {tenant.id: tenant.name for tenant in visit.world.everywhere.values()}
    return page("ledger.html", rows=visit.world.ledger.rows[::-1][:SHOWN], names=names)


def style(visit: Visit) -> Response:
    """Give the style sheet of the pages."""
    sheet = files("selfservice.simulator").joinpath("static/simulator.css").read_bytes()
    return Response(sheet, content_type="text/css; charset=utf-8")
