"""What is kept beside the access packages of the web tests: rules, catalogs, partners, exclusions."""

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.catalog import Catalog, CatalogOwner
from selfservice.model.exclusion import ExclusionException, PackageExclusion
from selfservice.model.organization import ConnectedOrganization, OrganizationSponsor
from selfservice.model.package import PartyKind
from selfservice.model.rulebook import ApproverRule, ReplayState, RuleChange, RuleExample, RuleReplay
from selfservice.model.rules.clause import Clause, Operator
from selfservice.model.rules.facts import Attribute, RuleFacts
from selfservice.model.rules.outcome import BY_PACKAGE, Approver, ApproverKind, Automatic, Stages, StageSpec
from selfservice.model.rules.rule import Band
from selfservice.services.rules.editing import save
from selfservice.services.rules.edits import Edit, ExampleDraft, Put, PutExample, RuleDraft, edits_to_data
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import transaction
from tests.web.cast import CAST, ENDS_ON, NOW, identifier

CONTOSO = identifier("contoso")
CONTRACTORS = (Clause(attribute=Attribute.JOB_TITLE, values=("Contractor",)),)
INTERNS = (Clause(attribute=Attribute.JOB_TITLE, values=("Intern",)),)
AUDIT = (
    Clause(attribute=Attribute.DEPARTMENT, values=("Audit/*",)),
    Clause(attribute=Attribute.DAYS, operator=Operator.AT_MOST, number=14),
)
OWNER_AND_GROUP = Stages(
    stages=(
        StageSpec(approvers=(Approver(kind=ApproverKind.OWNER),)),
        StageSpec(
            approvers=(
                Approver(
                    kind=ApproverKind.GROUP, tenant_id=CONTOSO, object_id=identifier("approvers"), name="Approvers"
                ),
            ),
            days_to_answer=7,
        ),
    )
)


@dataclass(frozen=True, kw_only=True)
class BookIds:
    """The ids of what is in Contoso's rule book."""

    rule: str
    package_rule: str
    example: str
    change: str
    replay: str


def add_rules(rt: Runtime, package_id: str, request_id: str, *, by: Actor) -> BookIds:
    """Write two rules that hold for nobody of the cast, an example, a change that waits, and a replay."""
    rules = [
        RuleDraft(name="Contractors of ours", clauses=CONTRACTORS, outcome=OWNER_AND_GROUP, note="Agreed in May."),
        RuleDraft(name="Interns of ours", clauses=INTERNS, outcome=OWNER_AND_GROUP),
        RuleDraft(name="Short audits", clauses=AUDIT, outcome=Automatic(), band=Band.PACKAGE, scope_id=package_id),
    ]
    facts = RuleFacts(resource_tenant=CONTOSO, package=package_id, home_tenant=identifier("fabrikam"), days=30)
    example = ExampleDraft(name="An ordinary request is decided", facts=facts, expected=BY_PACKAGE)
    edits: list[Edit] = [Put(rule_id=None, draft=rule) for rule in rules]
    edits.append(PutExample(example_id=None, draft=example))
    save(rt, CONTOSO, edits, by=by, why="the first rules", seen_serial=0)
    with transaction(rt.sessions) as tx:
        ids = {row.name: row.id for row in tx.query(ApproverRule)}
        change = _change(ids["Short audits"], rules[-1])
        replay = _replay(ids["Short audits"], rules[-1], request_id)
        tx.add_all((change, replay))
        return BookIds(
            rule=ids["Contractors of ours"],
            package_rule=ids["Short audits"],
            example=tx.query(RuleExample).one().id,
            change=change.id,
            replay=replay.id,
        )


def _change(rule_id: str, draft: RuleDraft) -> RuleChange:
    bob = CAST["bob"]
    return RuleChange(
        tenant_id=CONTOSO,
        edits=edits_to_data([Put(rule_id=rule_id, draft=replace(draft, enabled=False))]),
        base_serial=1,
        why="audits are over",
        proposed_at=NOW,
        proposed_by_tenant_id=bob.tenant_id,
        proposed_by_object_id=bob.object_id,
        proposed_by_name=bob.name,
    )


def _moved(request_id: str) -> dict[str, str]:
    words = {"before": "the approvers of the access package, within 14 days", "after": "automatic"}
    return {"request_id": request_id, "title": "Expenses for Gus Ray", "kind": "now automatic", **words}


def _replay(rule_id: str, draft: RuleDraft, request_id: str) -> RuleReplay:
    dee = CAST["dee"]
    return RuleReplay(
        tenant_id=CONTOSO,
        edits=edits_to_data([Put(rule_id=rule_id, draft=draft)]),
        since=NOW,
        asked_by_tenant_id=dee.tenant_id,
        asked_by_object_id=dee.object_id,
        asked_at=NOW,
        state=ReplayState.DONE,
        finished_at=NOW,
        done=120,
        total=120,
        result={"counts": {"other approvers": 14, "now automatic": 1}, "moved": [_moved(request_id)]},
    )


def add_catalog(tx: Session) -> str:
    """Add an empty catalog that Cal keeps, and return its id."""
    catalog = Catalog(tenant_id=CONTOSO, name="Finance apps", created_at=NOW, changed_at=NOW)
    catalog.owners.append(CatalogOwner(kind=PartyKind.PERSON, object_id=CAST["cal"].object_id, name=CAST["cal"].name))
    tx.add(catalog)
    tx.flush()
    return catalog.id


def add_organization(tx: Session) -> str:
    """Add a partner whom Bob answers for, and return its id."""
    partner = ConnectedOrganization(tenant_id=CONTOSO, name="Partner Ltd", domains=["partners.example"], changed_at=NOW)
    partner.sponsors.append(
        OrganizationSponsor(kind=PartyKind.PERSON, object_id=CAST["bob"].object_id, name=CAST["bob"].name)
    )
    tx.add(partner)
    tx.flush()
    return partner.id


def add_exclusion(tx: Session, package_id: str, other_id: str) -> tuple[str, str]:
    """Let two packages exclude each other but for one guest, and return the ids of the pair and of the exception."""
    first, second = sorted((package_id, other_id))
    pair = PackageExclusion(
        tenant_id=CONTOSO,
        first_package_id=first,
        second_package_id=second,
        reason="Nobody pays what they entered.",
        created_at=NOW,
        created_by_name="Dee Fox",
    )
    tx.add(pair)
    tx.flush()
    excepted = ExclusionException(
        exclusion_id=pair.id,
        guest_key="ivy@partner.example",
        until=ENDS_ON,
        reason="The close needs both.",
        granted_at=NOW,
        granted_by_name="Dee Fox",
    )
    tx.add(excepted)
    tx.flush()
    return pair.id, excepted.id
