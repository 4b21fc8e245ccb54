"""What tests of asking do again and again."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import select

from selfservice.model.actor import Actor
from selfservice.model.audit import AuditEvent
from selfservice.model.delivery import Delivery, DeliveryStep, StepKind
from selfservice.model.directory import DirectoryGroup, DirectoryUser
from selfservice.model.package import AccessPackage
from selfservice.model.policy import AskPolicy, Quotas
from selfservice.model.request import AccessRequest
from selfservice.services import approving, cataloguing, delivering, policing, requesting
from selfservice.services.cataloguing import PackageDraft
from selfservice.services.drawing_up import draft_of
from selfservice.store.transaction import reading, transaction
from tests.services.fakes import FakeDirectory
from tests.services.making import ANN, BOB, CONTOSO, DEE, EXPENSES_USERS, START, TestRuntime, World
from tests.services.test_requesting import make_ask


def ask(world: World, number: int = 1, *, by: Actor = ANN, **changes: object) -> str:
    """Ask for Expenses for a guest of partner.example, by a form of this number; return the request's id."""
    facts: dict[str, object] = {"form_key": f"form-{number}", "guest_address": f"guest{number}@partner.example"}
    return requesting.submit(world.rt, make_ask(world, **{**facts, **changes}), by=by)


def request_of(rt: TestRuntime, request_id: str) -> AccessRequest:
    """Return a request as it is kept."""
    with reading(rt.sessions) as tx:
        return tx.get_one(AccessRequest, request_id)


def events(rt: TestRuntime, action: str) -> list[AuditEvent]:
    """Return the audit events of an action, the oldest first."""
    with reading(rt.sessions) as tx:
        return list(tx.scalars(select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.number)))


def stored(rt: TestRuntime) -> int:
    """Return how many requests are kept."""
    with reading(rt.sessions) as tx:
        return len(tx.scalars(select(AccessRequest.id)).all())


def package_draft(world: World, package_id: str = "") -> PackageDraft:
    """Return what a package says now."""
    with reading(world.rt.sessions) as tx:
        return draft_of(tx, tx.get_one(AccessPackage, package_id or world.expenses))


def write_package(world: World, draft: PackageDraft, *, by: Actor = DEE) -> None:
    """Let Expenses say this."""
    cataloguing.change_package(world.rt, world.expenses, draft, by=by)


def set_policy(world: World, *, quotas: Mapping[str, int] | None = None, **policy: tuple[str, ...]) -> None:
    """Let this policy hold for Contoso."""
    policing.set_policy(world.rt, CONTOSO, AskPolicy(**policy, quotas=Quotas(**(quotas or {}))), by=DEE)


def approve(world: World, request_id: str, *, by: Actor = BOB) -> None:
    """Agree to a request as it is now."""
    seen = request_of(world.rt, request_id).content_hash
    approving.approve(world.rt, request_id, by=by, seen=seen, justification="fine")


def recheck(world: World, request_id: str) -> DeliveryStep:
    """Let the worker look once more before it delivers, and return what came of it."""
    directory = FakeDirectory(tenant_id=CONTOSO)
    directory.put_group(DirectoryGroup(object_id=EXPENSES_USERS, display_name="Expenses Users", security_enabled=True))
    directory.put_user(DirectoryUser(object_id=BOB.object_id, display_name=BOB.name, enabled=True))
    world.rt.directories.by_tenant[CONTOSO] = directory  # type: ignore[attr-defined]
    for _ in range(100):
        step = _recheck_of(world, request_id)
        if step.settled_at is not None:
            break
        delivering.work_one(world.rt, CONTOSO)
        world.rt.clock.forward(timedelta(seconds=1))  # type: ignore[attr-defined]
    return step


def _recheck_of(world: World, request_id: str) -> DeliveryStep:
    with reading(world.rt.sessions) as tx:
        delivery = tx.scalars(select(Delivery).where(Delivery.request_id == request_id)).one()
        return next(step for step in delivery.steps if step.kind is StepKind.RECHECK)


def change(world: World, package_id: str = "", **columns: object) -> None:
    """Change columns of a package behind every use case's back."""
    with transaction(world.rt.sessions) as tx:
        package = tx.get_one(AccessPackage, package_id or world.expenses)
        for name, value in columns.items():
            setattr(package, name, value)


SOON = START.date() + timedelta(days=20)
