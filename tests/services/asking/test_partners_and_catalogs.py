"""Catalogs, connected organizations and tags: what an admin says about them, and what is refused."""

from dataclasses import replace

import pytest

from selfservice.model.actor import Actor
from selfservice.model.catalog import Catalog
from selfservice.model.domain_lookup import DomainLookup, LookupState
from selfservice.model.organization import ConnectedOrganization, overlap
from selfservice.model.package import AccessPackage, PartyKind
from selfservice.model.refusal import NotFound, Refused
from selfservice.model.rules.domains import NotADomain
from selfservice.model.rules.strictness import TagUnreadable, Tightening
from selfservice.services import catalogs, organizing, tagging
from selfservice.services.catalogs import CatalogDraft, CatalogNameTaken, CatalogNotEmpty
from selfservice.services.choosing import RiskRefused, TagRefused, UnknownInDirectory
from selfservice.services.drawing_up import PartyChoice
from selfservice.services.eligibility import EndDateRefused, TextRefused
from selfservice.services.organizing import DomainsOverlap, OrganizationDraft, OrganizationIncomplete
from selfservice.services.routing import organization_of
from selfservice.services.tagging import TagInUse, TagNameRefused
from selfservice.store.transaction import reading, transaction
from tests.services.asking.asking import ask, change, events, package_draft, write_package
from tests.services.making import ANN, BOB, CONTOSO, DEE, START, WES, World

LEDGERS = CatalogDraft(
    tenant_id=CONTOSO, name="Ledgers", owners=(PartyChoice(kind=PartyKind.PERSON, object_id=BOB.object_id),)
)
PARTNER = OrganizationDraft(
    tenant_id=CONTOSO,
    name="Partner",
    domains=("Partner.example", "*.partner.example", "partner.example."),
    sponsors=(PartyChoice(kind=PartyKind.PERSON, object_id=BOB.object_id),),
)


def test_a_catalog_holds_packages_of_its_tenant_and_is_on_record(world: World) -> None:
    catalog_id = catalogs.create_catalog(world.rt, LEDGERS, by=DEE)
    catalogs.move_package(world.rt, world.expenses, catalog_id, by=DEE)
    with reading(world.rt.sessions) as tx:
        assert tx.get_one(AccessPackage, world.expenses).catalog_id == catalog_id
        assert [owner.name for owner in tx.get_one(Catalog, catalog_id).owners] == ["Bob Ray"]
    assert [each.details["catalog"] for each in events(world.rt, "package.move")] == [catalog_id]


def test_a_catalog_that_holds_something_stays(world: World) -> None:
    catalog_id = catalogs.create_catalog(world.rt, LEDGERS, by=DEE)
    catalogs.move_package(world.rt, world.expenses, catalog_id, by=DEE)
    with pytest.raises(CatalogNotEmpty):
        catalogs.remove_catalog(world.rt, catalog_id, by=DEE)
    catalogs.move_package(world.rt, world.expenses, None, by=DEE)
    catalogs.remove_catalog(world.rt, catalog_id, by=DEE)
    with reading(world.rt.sessions) as tx:
        assert tx.get(Catalog, catalog_id) is None


def test_two_catalogs_of_a_tenant_have_two_names(world: World) -> None:
    catalogs.create_catalog(world.rt, LEDGERS, by=DEE)
    other = catalogs.create_catalog(world.rt, replace(LEDGERS, name="Other"), by=DEE)
    with pytest.raises(CatalogNameTaken):
        catalogs.create_catalog(world.rt, LEDGERS, by=DEE)
    with pytest.raises(CatalogNameTaken):
        catalogs.change_catalog(world.rt, other, LEDGERS, by=DEE)


@pytest.mark.parametrize("stranger", [ANN, BOB, WES], ids=lambda actor: str(actor.name))
def test_s22_only_an_admin_of_the_tenant_keeps_catalogs_partners_and_tags(world: World, stranger: Actor) -> None:
    catalog_id = catalogs.create_catalog(world.rt, LEDGERS, by=DEE)
    partner_id = organizing.save_organization(world.rt, PARTNER, by=DEE)
    short = Tightening(tag="short-term", longest_days=7)
    tagging.set_tag(world.rt, CONTOSO, short, by=DEE)
    for attempt in (
        lambda: catalogs.create_catalog(world.rt, replace(LEDGERS, name="Mine"), by=stranger),
        lambda: catalogs.change_catalog(world.rt, catalog_id, LEDGERS, by=stranger),
        lambda: catalogs.remove_catalog(world.rt, catalog_id, by=stranger),
        lambda: catalogs.move_package(world.rt, world.expenses, catalog_id, by=stranger),
        lambda: organizing.save_organization(world.rt, PARTNER, by=stranger),
        lambda: organizing.save_organization(world.rt, PARTNER, by=stranger, organization_id=partner_id),
        lambda: organizing.remove_organization(world.rt, partner_id, by=stranger),
        lambda: tagging.set_tag(world.rt, CONTOSO, short, by=stranger),
        lambda: tagging.reset_tag(world.rt, CONTOSO, "short-term", by=stranger),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_a_partner_s_domains_are_kept_in_one_spelling_and_found_by_it(world: World) -> None:
    partner_id = organizing.save_organization(world.rt, PARTNER, by=DEE)
    with reading(world.rt.sessions) as tx:
        partner = tx.get_one(ConnectedOrganization, partner_id)
        assert partner.domains == ["partner.example", "*.partner.example"]
        assert [sponsor.name for sponsor in partner.sponsors] == ["Bob Ray"]
        found = {
            domain: organization_of(tx, CONTOSO, domain)
            for domain in (
                "partner.example",
                "sub.partner.example",
                "evilpartner.example",
                "partner.example.evil.example",
            )
        }
    assert [bool(each) for each in found.values()] == [True, True, False, False]


def test_a_partner_known_by_its_tenant_is_found_once_the_domain_was_looked_up(world: World) -> None:
    tenant_id = "e0000000-0000-4000-8000-00000000000E"
    draft = replace(PARTNER, domains=(), partner_tenant_id=tenant_id)
    partner_id = organizing.save_organization(world.rt, draft, by=DEE)
    with transaction(world.rt.sessions) as tx:
        assert organization_of(tx, CONTOSO, "northwind.example") == ""
        tx.add(
            DomainLookup(
                tenant_id=CONTOSO,
                domain="northwind.example",
                state=LookupState.FOUND,
                partner_tenant_id=tenant_id.lower(),
                asked_at=START,
            )
        )
    with reading(world.rt.sessions) as tx:
        assert organization_of(tx, CONTOSO, "northwind.example") == partner_id


@pytest.mark.parametrize(
    ("one", "other", "meets"),
    [
        ("partner.example", "partner.example", True),
        ("*.partner.example", "partner.example", False),
        ("*.partner.example", "a.partner.example", True),
        ("*.partner.example", "*.a.partner.example", True),
        ("*.partner.example", "*.evilpartner.example", False),
        ("partner.example", "evilpartner.example", False),
    ],
)
def test_two_patterns_overlap_where_a_domain_could_be_both(one: str, other: str, meets: bool) -> None:
    assert (overlap(one, other), overlap(other, one)) == (meets, meets)


def test_a_domain_belongs_to_one_partner(world: World) -> None:
    first = organizing.save_organization(world.rt, PARTNER, by=DEE)
    with pytest.raises(DomainsOverlap) as refusal:
        organizing.save_organization(world.rt, replace(PARTNER, name="Other", domains=("a.partner.example",)), by=DEE)
    assert "Partner" in refusal.value.cause
    organizing.save_organization(world.rt, replace(PARTNER, name="Partner Ltd"), by=DEE, organization_id=first)
    organizing.remove_organization(world.rt, first, by=DEE)
    assert organizing.save_organization(world.rt, replace(PARTNER, name="Other"), by=DEE)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"domains": ()}, OrganizationIncomplete),
        ({"domains": ("no domain",)}, NotADomain),
        ({"partner_tenant_id": "partner"}, OrganizationIncomplete),
        ({"name": " "}, TextRefused),
        ({"sponsors": (PartyChoice(kind=PartyKind.PERSON, object_id=ANN.object_id),)}, UnknownInDirectory),
    ],
)
def test_what_cannot_be_meant_by_a_partner_is_refused(
    world: World, changes: dict[str, object], name: type[Refused]
) -> None:
    with pytest.raises(name):
        organizing.save_organization(world.rt, replace(PARTNER, **changes), by=DEE)  # type: ignore[arg-type]


def test_a_tag_shortens_what_can_be_asked_for(world: World) -> None:
    change(world, tags=["short-term"])
    with pytest.raises(EndDateRefused) as refusal:
        ask(world, 1, ends_on=START.date().replace(month=3))
    assert "30 days" in refusal.value.cause
    tagging.set_tag(world.rt, CONTOSO, Tightening(tag="short-term", longest_days=60), by=DEE)
    assert ask(world, 1, ends_on=START.date().replace(month=3))
    tagging.reset_tag(world.rt, CONTOSO, "short-term", by=DEE)
    with pytest.raises(EndDateRefused):
        ask(world, 2, ends_on=START.date().replace(month=3))


def test_a_package_carries_only_tags_that_mean_something_here(world: World) -> None:
    draft = package_draft(world)
    with pytest.raises(TagRefused):
        write_package(world, replace(draft, tags=("audited",)))
    tagging.set_tag(world.rt, CONTOSO, Tightening(tag="audited", justification_required=True), by=DEE)
    write_package(world, replace(draft, tags=("Audited", "sensitive", "audited"), risk=3))
    kept = package_draft(world)
    assert (kept.tags, kept.risk) == (("audited", "sensitive"), 3)
    with pytest.raises(TagInUse):
        tagging.reset_tag(world.rt, CONTOSO, "audited", by=DEE)
    write_package(world, draft)
    tagging.reset_tag(world.rt, CONTOSO, "audited", by=DEE)
    assert [each.object_id for each in events(world.rt, "tag.set")] == ["audited"]


@pytest.mark.parametrize(
    ("tightening", "name"),
    [
        (Tightening(tag="Not a tag"), TagNameRefused),
        (Tightening(tag="short", longest_days=0), TagUnreadable),
        (Tightening(tag="many", least_quorum=99), TagUnreadable),
    ],
)
def test_a_tag_that_cannot_be_meant_is_refused(world: World, tightening: Tightening, name: type[Refused]) -> None:
    with pytest.raises(name):
        tagging.set_tag(world.rt, CONTOSO, tightening, by=DEE)


def test_the_risk_of_a_package_is_one_of_four(world: World) -> None:
    with pytest.raises(RiskRefused):
        write_package(world, replace(package_draft(world), risk=4))


def test_a_package_goes_into_no_other_tenant_s_catalog(world: World) -> None:
    with transaction(world.rt.sessions) as tx:
        foreign = Catalog(tenant_id=WES.tenant_id, name="Theirs", created_at=START, changed_at=START)
        tx.add(foreign)
    with pytest.raises(UnknownInDirectory):
        write_package(world, replace(package_draft(world), catalog_id=foreign.id))
