"""The demo's access packages: published through the same use cases that an admin's pages call."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from selfservice.cli import demo_rules
from selfservice.model.actor import Actor, Role
from selfservice.model.application import Application
from selfservice.model.group import Group
from selfservice.model.package import AccessPackage, PartyKind, RoleKind
from selfservice.model.person import Person
from selfservice.model.questions import Question
from selfservice.services import cataloguing, mirroring
from selfservice.services.cataloguing import PackageDraft, PartyChoice, RoleChoice
from selfservice.services.runtime import WorkerRuntime
from selfservice.store.transaction import reading


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One access package, in names; `gives` are group names, or (application, role) pairs."""

    tenant: str
    name: str
    description: str
    gives: Sequence[str | tuple[str, str]]
    approvers: Sequence[str]
    owner: str
    max_days: int = 90
    for_self: bool = True
    for_others: bool = True
    in_catalog: bool = False
    risk: int = 0
    tags: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    terms: str = ""


SAMPLES = (
    Sample(
        tenant="contoso",
        name="Expenses",
        description="Hand in expenses and see what became of them, in Contoso's Expenses app.",
        gives=("Expenses Users",),
        approvers=("Expenses Approvers",),
        owner="Bob Ray",
        in_catalog=True,
    ),
    Sample(
        tenant="contoso",
        name="Expense reports",
        description="Read what others have handed in.",
        gives=(("Expenses", "Reader"),),
        approvers=("Expenses Approvers",),
        owner="Bob Ray",
        in_catalog=True,
        risk=1,
    ),
    Sample(
        tenant="contoso",
        name="Payment run",
        description="Start the run that pays what was handed in.",
        gives=(("Expenses", "Submitter"),),
        approvers=("Expenses Approvers", "Una Hart"),
        owner="Bob Ray",
        in_catalog=True,
        risk=3,
        tags=("sensitive",),
        questions=(demo_rules.PURPOSE,),
        terms=demo_rules.TERMS,
    ),
    Sample(
        tenant="contoso",
        name="Month-end close",
        description="Read the books of the month that is being closed.",
        gives=(("Month End Close", "Viewer"),),
        approvers=("Bob Ray", "Lee Wu"),
        owner="Bob Ray",
        max_days=30,
    ),
    Sample(
        tenant="contoso",
        name="Design files",
        description="Read the drawings and specifications of running projects.",
        gives=("Design Files Readers",),
        approvers=("Lee Wu",),
        owner="Lee Wu",
        max_days=180,
    ),
    Sample(
        tenant="woodgrove",
        name="Design studio",
        description="Work with Woodgrove's designers on shared files.",
        gives=("Design Files Members",),
        approvers=("Wes Hall",),
        owner="Wes Hall",
        max_days=365,
    ),
    Sample(
        tenant="tailspin",
        name="Flight plans",
        description="Read Tailspin's flight plans, in a cloud of its own.",
        gives=("Flight Data Readers",),
        approvers=("Flight Data Approvers",),
        owner="Kit Marsh",
        max_days=60,
    ),
)


def publish_samples(rt: WorkerRuntime) -> int:
    """Mirror every tenant and publish the samples that are not there yet; return how many that were."""
    _mirror_all(rt)
    published = sum(_publish(rt, sample) for sample in SAMPLES)
    if demo_rules.set_rules(rt) or published:
        # The groups that packages and rules name matter from now on: who decides is known once their members are.
        _mirror_all(rt)
    return published


def _mirror_all(rt: WorkerRuntime) -> None:
    for tenant in rt.settings.tenants.values():
        mirroring.mirror(rt, tenant.tenant_id)


def _publish(rt: WorkerRuntime, sample: Sample) -> bool:
    tenant_id = rt.settings.tenants[sample.tenant].tenant_id
    with reading(rt.sessions) as tx:
        known = tx.scalar(
            select(AccessPackage.id).where(AccessPackage.tenant_id == tenant_id, AccessPackage.name == sample.name)
        )
    if known is not None:
        return False
    by = Actor(tenant_id=tenant_id, name="the demo's set-up", roles=frozenset({Role.ADMIN}))
    draft = PackageDraft(
        tenant_id=tenant_id,
        name=sample.name,
        description=sample.description,
        launch_url="",
        max_days=sample.max_days,
        for_self=sample.for_self,
        for_others=sample.for_others,
        roles=tuple(_role(rt, tenant_id, given) for given in sample.gives),
        approvers=tuple(_party(rt, tenant_id, name) for name in sample.approvers),
        owner=_party(rt, tenant_id, sample.owner),
        catalog_id=demo_rules.ensure_catalog(rt) if sample.in_catalog else None,
        risk=sample.risk,
        tags=sample.tags,
        questions=sample.questions,
        terms=sample.terms,
    )
    package_id = cataloguing.create_package(rt, draft, by=by)
    cataloguing.publish(rt, package_id, by=by)
    return True


def _role(rt: WorkerRuntime, tenant_id: str, given: str | tuple[str, str]) -> RoleChoice:
    if isinstance(given, str):
        return RoleChoice(kind=RoleKind.GROUP, resource_id=_id(rt, Group, tenant_id, given), role_id=None)
    application, role_name = given
    with reading(rt.sessions) as tx:
        found = tx.scalars(
            select(Application).where(Application.tenant_id == tenant_id, Application.display_name == application)
        ).one()
    role = next(role for role in found.roles if role.value == role_name)
    return RoleChoice(kind=RoleKind.APP_ROLE, resource_id=found.object_id, role_id=role.role_id)


def _party(rt: WorkerRuntime, tenant_id: str, name: str) -> PartyChoice:
    kind, table = (PartyKind.GROUP, Group) if name.endswith("Approvers") else (PartyKind.PERSON, Person)
    return PartyChoice(kind=kind, object_id=_id(rt, table, tenant_id, name))


def _id(rt: WorkerRuntime, table: type[Group | Person], tenant_id: str, name: str) -> str:
    with reading(rt.sessions) as tx:
        return tx.scalars(select(table.object_id).where(table.tenant_id == tenant_id, table.display_name == name)).one()
