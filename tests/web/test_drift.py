"""Pages about drift: what an admin sees of their own tenant, does about it, and gives to a spreadsheet."""

import csv
import io
from collections.abc import Callable

import pytest

from selfservice.model.drift import DriftFinding, DriftKind, DriftState
from selfservice.services.runtime import WebRuntime
from selfservice.store.transaction import reading, transaction
from tests.web.browser import Visitor
from tests.web.cast import ENDS_ON
from tests.web.drifted import differ
from tests.web.world import World

Visit = Callable[[str], Visitor]

CANARY = "canary-of-contoso"


def page(visitor: Visitor, path: str) -> str:
    return visitor.get(path).text


def kept(rt: WebRuntime, finding_id: str) -> DriftFinding:
    with reading(rt.sessions) as tx:
        return tx.get_one(DriftFinding, finding_id)


def test_a_difference_is_shown_from_three_sides(visit: Visit, world: World) -> None:
    text = page(visit("dee"), f"/admin/drift/{world.drift}")
    assert "Expired here but alive there" in text
    assert "It was not taken away when the access ended." in text
    for side in ("Approved", "Recorded", "In the directory"):
        assert side in text


def test_the_list_names_what_differs_and_how_many_of_each_kind(visit: Visit, world: World) -> None:
    text = page(visit("dee"), "/admin/drift")
    assert f"/admin/drift/{world.drift}" in text
    assert f"kind={DriftKind.ALIVE_AFTER_END}" in text
    assert f"/admin/drift/{world.drift}" not in page(visit("dee"), f"/admin/drift?kind={DriftKind.MISSING_ROLE}")


def test_an_admin_repairs_with_one_click_and_a_reason(visit: Visit, rt: WebRuntime, world: World) -> None:
    dee, path = visit("dee"), f"/admin/drift/{world.drift}"
    assert dee.post(f"{path}/repair", {"repair-why": ""}).status_code == 400
    assert dee.post(f"{path}/repair", {"repair-why": "it has ended"}).status_code == 303
    assert kept(rt, world.drift).state is DriftState.MENDING
    assert "being put right" in page(dee, path)
    assert dee.post(f"{path}/repair", {"repair-why": "it has ended"}).status_code == 403


def test_an_admin_accepts_until_a_day(visit: Visit, rt: WebRuntime, world: World) -> None:
    dee, path = visit("dee"), f"/admin/drift/{world.drift}"
    form = {"accept-why": "the audit needs it", "accept-until": ENDS_ON.isoformat()}
    assert dee.post(f"{path}/accept", form).status_code == 303
    assert kept(rt, world.drift).accepted_until == ENDS_ON
    assert world.drift not in page(dee, "/admin/drift")
    assert world.drift in page(dee, "/admin/drift?state=accepted")


def test_an_auditor_looks_and_is_offered_no_button(visit: Visit, world: World) -> None:
    text = page(visit("ada"), f"/admin/drift/{world.drift}")
    assert "Accept it" not in text
    assert "Compare now" not in page(visit("ada"), "/admin/drift")


def test_compare_now_says_that_it_is_under_way(visit: Visit, world: World) -> None:
    dee = visit("dee")
    assert dee.post("/admin/drift", {}).status_code == 303
    text = page(dee, "/admin/drift")
    assert "bout to be compared" in text or "being read anew" in text


def test_s23_nobody_of_another_tenant_reads_what_differs_at_contoso(visit: Visit, rt: WebRuntime, world: World) -> None:
    with transaction(rt.sessions) as tx:
        finding = tx.get_one(DriftFinding, world.drift)
        finding.name = finding.label = finding.cause = CANARY
    assert CANARY in page(visit("dee"), "/admin/drift")
    for stranger in ("wim", "fay"):
        for path in ("/admin/drift", "/admin/drift?state=gone", "/admin/drift/export.csv", "/"):
            assert CANARY not in visit(stranger).send("GET", path).text
        visit(stranger).get(f"/admin/drift/{world.drift}", status=404)


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_s41_no_cell_of_the_export_is_a_formula(visit: Visit, rt: WebRuntime, world: World, begin: str) -> None:
    with transaction(rt.sessions) as tx:
        tx.get_one(DriftFinding, world.drift).name = f"{begin}HYPERLINK(1)"
    answer = visit("dee").send("GET", "/admin/drift/export.csv")
    assert answer.headers["Content-Disposition"] == "attachment; filename=drift.csv"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    lines = list(csv.reader(io.StringIO(answer.text)))
    assert len(lines) == 2
    assert all(cell.strip()[:1] not in tuple("=+-@\uff1d\uff0b\uff0d\uff20") for cell in lines[1])
    assert "HYPERLINK(1)" in lines[1][4]


def test_a_long_list_goes_on_where_the_page_ended(visit: Visit, rt: WebRuntime, world: World) -> None:
    more = {differ(rt, world.assignment) for _ in range(30)}
    dee, seen, path = visit("dee"), set(), "/admin/drift"
    while path:
        text = page(dee, path)
        seen |= {each for each in (*more, world.drift) if each in text}
        after = text.partition("after=")[2].partition('"')[0]
        path = f"/admin/drift?after={after}" if "Show more" in text else ""
    assert seen == {*more, world.drift}


def test_only_what_is_ours_is_offered_to_be_taken(visit: Visit, rt: WebRuntime, world: World) -> None:
    finding_id = differ(rt, world.assignment, DriftKind.ADDRESS_CHANGED)
    text = page(visit("dee"), f"/admin/drift/{finding_id}")
    assert "This is put right by a person" in text
    assert "Take it away there" not in text
