"""What admins keep beside the access packages: catalogs, connected organizations, exclusions and tags."""

from collections.abc import Callable

from selfservice.model.catalog import Catalog
from selfservice.model.exclusion import ExclusionException, PackageExclusion
from selfservice.model.organization import ConnectedOrganization
from selfservice.model.package import AccessPackage
from selfservice.model.rulebook import TagPolicy
from selfservice.services.runtime import WebRuntime
from selfservice.store.transaction import reading
from tests.web.browser import Visitor
from tests.web.cast import CAST, ENDS_ON, identifier
from tests.web.world import World

Visit = Callable[[str], Visitor]
LEE = f"person:{CAST['lee'].object_id}::Lee Wu"
WES = f"person:{CAST['wes'].object_id}::Wes Hall"


def test_a_catalog_is_made_with_the_people_who_keep_it(visit: Visit, rt: WebRuntime) -> None:
    dee = visit("dee")
    found = dee.post("/admin/catalogs/new", {"name": "Tax", "party_search": "lee", "find": "party_search"})
    assert "Lee Wu" in found.get_data(as_text=True)
    assert 'value="Tax"' in found.get_data(as_text=True)
    assert dee.post("/admin/catalogs/new", {"name": "Tax", "owners": LEE}).status_code == 303
    with reading(rt.sessions) as tx:
        kept = tx.query(Catalog).filter_by(name="Tax").one()
        assert [owner.name for owner in kept.owners] == ["Lee Wu"]
    assert 'href="/rules"' in visit("lee").get("/").get_data(as_text=True)


def test_a_catalogs_name_is_taken_once_and_its_owners_are_of_the_tenant(visit: Visit) -> None:
    dee = visit("dee")
    assert dee.post("/admin/catalogs/new", {"name": ""}).status_code == 400
    assert dee.post("/admin/catalogs/new", {"name": "Finance apps"}).status_code == 409
    assert dee.post("/admin/catalogs/new", {"name": "Tax", "owners": WES}).status_code == 409


def test_packages_go_into_a_catalog_and_out_of_it(visit: Visit, rt: WebRuntime, world: World) -> None:
    dee, path = visit("dee"), f"/admin/catalogs/{world.catalog}"
    assert dee.post(f"{path}/put-in", {"package": world.package}).status_code == 303
    assert "Expenses</a>" in dee.get(path).get_data(as_text=True)
    assert "Short audits" in visit("cal").get("/rules").get_data(as_text=True)
    assert dee.post(f"{path}/remove").status_code == 409
    assert dee.post(f"{path}/put-in", {"package": world.other_package}).status_code == 404
    assert dee.post(f"{path}/take-out", {"package": world.package}).status_code == 303
    assert dee.post(f"{path}/remove").status_code == 303
    with reading(rt.sessions) as tx:
        assert tx.get_one(AccessPackage, world.package).catalog_id is None


def test_an_organization_is_connected_by_its_domains(visit: Visit, rt: WebRuntime) -> None:
    dee = visit("dee")
    sent = {"name": "Ledger Ltd", "domains": "Ledger.Example\n*.ledger.example", "sponsors": LEE}
    assert dee.post("/admin/organizations/new", sent).status_code == 303
    with reading(rt.sessions) as tx:
        kept = tx.query(ConnectedOrganization).filter_by(name="Ledger Ltd").one()
        assert (kept.domains, kept.sponsors[0].name) == (["ledger.example", "*.ledger.example"], "Lee Wu")
    assert "Ledger Ltd" in visit("ada").get("/admin/organizations").get_data(as_text=True)


def test_two_organizations_never_share_a_domain(visit: Visit, world: World) -> None:
    dee = visit("dee")
    clash = dee.post("/admin/organizations/new", {"name": "Other", "domains": "partners.example"})
    assert clash.status_code == 409
    assert "partners.example overlaps with partners.example of Partner Ltd." in clash.get_data(as_text=True)
    path = f"/admin/organizations/{world.organization}"
    assert "partners.example</textarea>" in dee.get(path).get_data(as_text=True)
    assert dee.post(path, {"name": "Partner", "domains": "partners.example"}).status_code == 303
    assert dee.post(f"{path}/remove").status_code == 303
    assert "partners.example" not in dee.get("/admin/organizations").get_data(as_text=True)


def test_two_packages_exclude_each_other_but_for_a_guest_until_a_date(
    visit: Visit, rt: WebRuntime, world: World
) -> None:
    dee, path = visit("dee"), f"/admin/exclusions/{world.exclusion}"
    allowed = {"guest_address": "Gus@Partner.example", "until": ENDS_ON.isoformat(), "reason": "until the close"}
    assert dee.post(f"{path}/allow", {**allowed, "until": "2020-01-01"}).status_code == 409
    assert dee.post(f"{path}/allow", {**allowed, "reason": ""}).status_code == 400
    assert dee.post(f"{path}/allow", allowed).status_code == 303
    assert "gus@partner.example" in dee.get(path).get_data(as_text=True)
    with reading(rt.sessions) as tx:
        kept = tx.query(ExclusionException).filter_by(guest_key="gus@partner.example").one()
    assert dee.post(f"/admin/exclusions/exceptions/{kept.id}/end").status_code == 303
    assert "gus@partner.example" not in dee.get(path).get_data(as_text=True)


def test_an_exclusion_is_made_once_and_lifted_with_a_reason(visit: Visit, rt: WebRuntime, world: World) -> None:
    dee, path = visit("dee"), f"/admin/exclusions/{world.exclusion}"
    pair = {"first": world.draft, "second": world.package, "reason": "never both"}
    assert dee.post("/admin/exclusions", pair).status_code == 409
    assert dee.post("/admin/exclusions", {**pair, "first": world.package}).status_code == 400
    assert dee.post(f"{path}/lift", {"why": ""}).status_code == 400
    assert dee.post(f"{path}/lift", {"why": "the books are closed"}).status_code == 303
    assert dee.post("/admin/exclusions", pair).status_code == 303
    with reading(rt.sessions) as tx:
        assert tx.query(PackageExclusion).one().reason == "never both"


def test_a_tag_is_given_a_meaning_and_its_old_one_back(visit: Visit, rt: WebRuntime) -> None:
    dee, path = visit("dee"), "/admin/tags/sensitive"
    assert "nothing is granted without a decision" in dee.get("/admin/tags").get_data(as_text=True)
    stricter = {"needs_decision": "y", "longest_days": "14", "least_quorum": "3"}
    assert dee.post(path, {**stricter, "longest_days": "0"}).status_code == 400
    assert dee.post(path, stricter).status_code == 303
    with reading(rt.sessions) as tx:
        assert tx.get_one(TagPolicy, (identifier("contoso"), "sensitive")).body["longestDays"] == 14
    assert "14 days at most" in visit("ada").get("/admin/tags").get_data(as_text=True)
    assert "14 days at most" not in visit("wim").get("/admin/tags").get_data(as_text=True)
    assert dee.post(f"{path}/reset").status_code == 303
    assert "14 days at most" not in dee.get("/admin/tags").get_data(as_text=True)


def test_a_tag_of_ones_own_is_a_small_word(visit: Visit) -> None:
    dee = visit("dee")
    assert dee.post("/admin/tags/new", {"tag": "Month End", "least_quorum": "1"}).status_code == 409
    assert dee.post("/admin/tags/new", {"tag": "month-end", "least_quorum": "2"}).status_code == 303
    assert "at least 2 people agree" in dee.get("/admin/tags").get_data(as_text=True).lower()
