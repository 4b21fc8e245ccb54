"""Makes model objects for tests, complete but for what the test is about."""

from datetime import UTC, date, datetime

from selfservice.model.actor import Actor
from selfservice.model.package import AccessPackage, PackageApprover, PackageState, PartyKind, ResourceRole, RoleKind
from selfservice.model.request import AccessRequest

NOW = datetime(2027, 1, 10, 9, 0, tzinfo=UTC)
FABRIKAM = "f0000000-0000-4000-8000-000000000001"
CONTOSO = "c0000000-0000-4000-8000-000000000001"
ANN = Actor(tenant_id=FABRIKAM, object_id="a0000000-0000-4000-8000-000000000001", name="Ann Lee")
BOB = Actor(tenant_id=CONTOSO, object_id="b0000000-0000-4000-8000-000000000001", name="Bob Ray")


def make_package(**changes: object) -> AccessPackage:
    """Return a published package that gives membership of one group."""
    facts: dict[str, object] = {
        "tenant_id": CONTOSO,
        "name": "Expenses",
        "state": PackageState.PUBLISHED,
        "owner_kind": PartyKind.PERSON,
        "owner_id": BOB.object_id,
        "owner_name": BOB.name,
        "created_at": NOW,
        "changed_at": NOW,
        "roles": [ResourceRole(kind=RoleKind.GROUP, resource_id="g1", resource_name="Expenses Users")],
        "approvers": [PackageApprover(kind=PartyKind.PERSON, object_id=BOB.object_id, name=BOB.name)],
    }
    return AccessPackage(**{**facts, **changes})  # type: ignore[arg-type]


def make_request(**changes: object) -> AccessRequest:
    """Return a request of Ann's for gus@partner.example that waits for a decision."""
    facts: dict[str, object] = {
        "form_key": "form-1",
        "tenant_id": CONTOSO,
        "package_id": "p1",
        "package_name": "Expenses",
        "package_fingerprint": "fp",
        "requestor_tenant_id": ANN.tenant_id,
        "requestor_object_id": ANN.object_id,
        "requestor_name": ANN.name,
        "requestor_mail": "ann@fabrikam.example",
        "for_self": False,
        "guest_address": "gus@partner.example",
        "guest_key": "gus@partner.example",
        "guest_name": "Gus Ray",
        "sponsor_tenant_id": ANN.tenant_id,
        "sponsor_object_id": ANN.object_id,
        "sponsor_name": ANN.name,
        "justification": "month-end close",
        "ends_on": date(2027, 3, 1),
        "submitted_at": NOW,
        "changed_at": NOW,
    }
    return AccessRequest(**{**facts, **changes})  # type: ignore[arg-type]
