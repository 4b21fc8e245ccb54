"""Past requests, as many as a test wants: written in bulk, each with the facts that were kept with it."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from sqlalchemy import func, insert, literal, select

from selfservice.model.request import AccessRequest, RequestState
from selfservice.model.rules.facts import RuleFacts
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import transaction
from tests.services.making import ANN, CONTOSO, FABRIKAM

DEPARTMENTS = ("Finance", "Finance/Accounting", "Legal", "Sales", "Engineering", "Support")
AT_ONCE = 5_000


def seed_requests(rt: Runtime, package_id: str, number: int) -> None:
    """Write delivered requests of the last month, of every department in turn, that no rule decided."""
    for start in range(0, number, AT_ONCE):
        rows = list(_rows(rt, package_id, range(start, min(start + AT_ONCE, number))))
        with transaction(rt.sessions) as tx:
            tx.execute(insert(AccessRequest), rows)


def multiply_requests(rt: Runtime, times: int) -> None:
    """Copy every request so often that there are `times` as many: the database does it, so that it is quick."""
    table = AccessRequest.__table__
    for number in range(1, times):
        # The ids of `seed_requests` begin with zeros.
        unique = {name: literal(f"{number:08x}") + func.substr(table.c[name], 9) for name in ("id", "form_key")}
        original = func.substr(table.c.id, 1, 8) == "0" * 8
        copied = select(*(unique.get(column.name, column) for column in table.c)).where(original)
        with transaction(rt.sessions) as tx:
            tx.execute(insert(AccessRequest).from_select([column.name for column in table.c], copied))


def _rows(rt: Runtime, package_id: str, numbers: range) -> Iterator[Mapping[str, object]]:
    at = rt.clock()
    for number in numbers:
        yield {
            "id": f"{number:032x}",
            "version": 1,
            "form_key": f"{number:064x}",
            "tenant_id": CONTOSO,
            "package_id": package_id,
            "package_name": "Expenses",
            "package_fingerprint": "0" * 64,
            "state": RequestState.DELIVERED,
            "requestor_tenant_id": FABRIKAM,
            "requestor_object_id": ANN.object_id,
            "requestor_name": "Ann Lee",
            "requestor_mail": "ann@fabrikam.example",
            "for_self": False,
            "guest_address": f"guest{number}@partner.example",
            "guest_key": f"guest{number}@partner.example",
            "guest_name": f"Guest {number}",
            "sponsor_tenant_id": FABRIKAM,
            "sponsor_object_id": ANN.object_id,
            "sponsor_name": "Ann Lee",
            "justification": "Month end",
            "answers": {},
            "ends_on": (at + timedelta(days=30)).date(),
            "why": {"facts": _facts(package_id, number).as_json(), "rule": {}, "outcome": {}, "clauses": []},
            "submitted_at": at - timedelta(days=number % 28),
            "changed_at": at,
        }


def _facts(package_id: str, number: int) -> RuleFacts:
    return RuleFacts(
        resource_tenant=CONTOSO,
        package=package_id,
        home_tenant=FABRIKAM,
        department=DEPARTMENTS[number % len(DEPARTMENTS)],
        for_self=False,
        guest_domain="partner.example",
        days=1 + number % 90,
        answers={"purpose": "audit"},
    )
