"""Every address of the simulator outside Graph, and what answers there."""

from werkzeug.routing import Map, Rule

from selfservice.simulator.control import home, mailbox, meddling
from selfservice.simulator.control import routes as control
from selfservice.simulator.login import authorize, consent, discovery, logout, redemption, tokens
from selfservice.simulator.web import View


def _rule(line: str, view: View) -> Rule:
    methods, _, path = line.partition(" ")
    return Rule(path, endpoint=view, methods=methods.split(","), strict_slashes=False)


_TENANTS = "/_simulator/tenants/<tenant>"
_OBJECT = f"{_TENANTS}/<any(users,groups,servicePrincipals):kind>/<key>"
_LINK = f"{_OBJECT}/<any(members,owners,sponsors,manager):relation>/<target>"

ADDRESSES = Map(
    [
        _rule("GET /", home.home),
        _rule("GET /style.css", home.style),
        _rule("GET /tenants/<tenant>", home.tenant_page),
        _rule("GET /faults", home.faults_page),
        _rule("GET /ledger", home.ledger_page),
        _rule("GET /mailbox", mailbox.mailboxes),
        _rule("GET /mailbox/<address>", mailbox.mailbox),
        _rule("GET,POST /redeem", redemption.redeem),
        _rule("GET /common/discovery/instance", discovery.instance),
        _rule("GET /<tenant>/v2.0/.well-known/openid-configuration", discovery.configuration),
        _rule("GET /<tenant>/discovery/v2.0/keys", discovery.key_set),
        _rule("GET,POST /<tenant>/oauth2/v2.0/authorize", authorize.authorize),
        _rule("GET,POST /<tenant>/oauth2/v2.0/token", tokens.token),
        _rule("GET /<tenant>/oauth2/v2.0/logout", logout.logout),
        _rule("GET,POST /<tenant>/adminconsent", consent.admin_consent),
        _rule("GET /_simulator/faults", control.list_faults),
        _rule("POST /_simulator/faults", control.add_fault),
        _rule("DELETE /_simulator/faults", control.drop_faults),
        _rule("DELETE /_simulator/faults/<fault>", control.drop_fault),
        _rule("POST /_simulator/faults/<fault>/release", control.release_fault),
        _rule("GET /_simulator/ledger", control.ledger),
        _rule("GET,POST /_simulator/clock", control.clock),
        _rule("GET /_simulator/mailbox/<address>", mailbox.mailbox_json),
        _rule(f"GET {_TENANTS}", meddling.show_tenant),
        _rule(f"POST {_TENANTS}", meddling.change_tenant),
        _rule(f"POST {_TENANTS}/delta-reset", meddling.reset_delta),
        _rule(f"POST {_TENANTS}/users", meddling.add_user),
        _rule(f"GET {_TENANTS}/assignments", meddling.list_assignments),
        _rule(f"POST {_TENANTS}/assignments", meddling.add_assignment),
        _rule(f"DELETE {_TENANTS}/assignments/<key>", meddling.remove_assignment),
        _rule(f"GET {_OBJECT}", meddling.show_object),
        _rule(f"POST {_OBJECT}", meddling.change_object),
        _rule(f"DELETE {_OBJECT}", meddling.remove_object),
        _rule(f"PUT,DELETE {_LINK}", meddling.change_link),
    ]
)
