"""The demo's rules: a catalog, a partner, a pair that excludes each other, a policy, and rules with their examples.

All of it is written through the use cases that an admin's pages call.
"""

from importlib.resources import files

from sqlalchemy import select

from selfservice.model.actor import Actor, ActorKind, Role
from selfservice.model.catalog import Catalog
from selfservice.model.package import AccessPackage, PartyKind
from selfservice.model.person import Person
from selfservice.model.policy import AskPolicy, Quotas
from selfservice.model.questions import Choice, Question, QuestionKind
from selfservice.model.rulebook import RuleBook
from selfservice.services import catalogs, excluding, organizing, policing
from selfservice.services.catalogs import CatalogDraft
from selfservice.services.drawing_up import PartyChoice
from selfservice.services.excluding import Pair
from selfservice.services.organizing import OrganizationDraft
from selfservice.services.rules.editing import save
from selfservice.services.rules.transferring import plan_import
from selfservice.services.runtime import WorkerRuntime
from selfservice.store.transaction import reading

TENANT = "contoso"
TEXTS = {"contoso": "demo_rules.yaml", "tailspin": "demo_tailspin.yaml"}
CATALOG = "Finance apps"
SETUP = Actor(kind=ActorKind.SYSTEM, name="the demo's set-up")

PURPOSE = Question(
    key="purpose",
    kind=QuestionKind.CHOICE,
    labels={"en": "What is it for?", "de": "Wofür?"},
    choices=(
        Choice(value="payments", labels={"en": "To pay what is due", "de": "Fälliges bezahlen"}),
        Choice(value="audit", labels={"en": "To audit payments", "de": "Zahlungen prüfen"}),
    ),
)
TERMS = (
    "Whoever may start a payment run sees bank details of people. They are used for payments and nothing else, "
    "are not copied, and every use is recorded."
)


def ensure_catalog(rt: WorkerRuntime) -> str:
    """Make the demo's catalog, unless it is there, and return its id."""
    tenant_id = rt.settings.tenants[TENANT].tenant_id
    with reading(rt.sessions) as tx:
        known = tx.scalar(select(Catalog.id).where(Catalog.tenant_id == tenant_id, Catalog.name == CATALOG))
    if known is not None:
        return known
    draft = CatalogDraft(
        tenant_id=tenant_id,
        name=CATALOG,
        description="What Finance works with. Bob Ray keeps the rules of everything in here.",
        owners=(_person(rt, tenant_id, "Bob Ray"),),
    )
    return catalogs.create_catalog(rt, draft, by=_admin(tenant_id))


def set_rules(rt: WorkerRuntime) -> bool:
    """Write the demo's rules and what stands beside them, where there are none; say whether it did."""
    unruled = [alias for alias in TEXTS if not _has_rules(rt, rt.settings.tenants[alias].tenant_id)]
    if TENANT in unruled:
        _set_contoso_up(rt)
    for alias in unruled:
        tenant_id = rt.settings.tenants[alias].tenant_id
        plan = plan_import(rt, tenant_id, files("selfservice.cli").joinpath(TEXTS[alias]).read_text("utf-8"))
        save(rt, tenant_id, plan.edits, by=SETUP, why="the demo's rules", seen_serial=plan.serial)
    return bool(unruled)


def _has_rules(rt: WorkerRuntime, tenant_id: str) -> bool:
    with reading(rt.sessions) as tx:
        return tx.get(RuleBook, tenant_id) is not None


def _set_contoso_up(rt: WorkerRuntime) -> None:
    tenant_id = rt.settings.tenants[TENANT].tenant_id
    by = _admin(tenant_id)
    organizing.save_organization(
        rt,
        OrganizationDraft(
            tenant_id=tenant_id,
            name="Partner Ltd",
            domains=("partner.example", "*.partner.example"),
            description="Does Contoso's books.",
            sponsors=(_person(rt, tenant_id, "Tom Vale"), _person(rt, tenant_id, "Zoe Penn")),
        ),
        by=by,
    )
    pair = Pair(
        package_id=_package(rt, tenant_id, "Payment run"),
        other_id=_package(rt, tenant_id, "Expense reports"),
    )
    excluding.exclude(rt, pair, by=by, reason="Whoever pays does not check what was paid.")
    policy = AskPolicy(denied_domains=("throwaway.example", "*.throwaway.example"), quotas=Quotas(person=50))
    policing.set_policy(rt, tenant_id, policy, by=by)


def _admin(tenant_id: str) -> Actor:
    return Actor(tenant_id=tenant_id, name=SETUP.name, roles=frozenset({Role.ADMIN}))


def _person(rt: WorkerRuntime, tenant_id: str, name: str) -> PartyChoice:
    with reading(rt.sessions) as tx:
        object_id = tx.scalars(
            select(Person.object_id).where(Person.tenant_id == tenant_id, Person.display_name == name)
        ).one()
    return PartyChoice(kind=PartyKind.PERSON, object_id=object_id)


def _package(rt: WorkerRuntime, tenant_id: str, name: str) -> str:
    with reading(rt.sessions) as tx:
        return tx.scalars(
            select(AccessPackage.id).where(AccessPackage.tenant_id == tenant_id, AccessPackage.name == name)
        ).one()
