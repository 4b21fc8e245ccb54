"""The inbox is searched and filtered, says where each request stands, and shows nobody what they were not asked."""

from datetime import timedelta

import pytest

from selfservice.services import conversing, requesting
from selfservice.services.overview import deciding
from selfservice.services.overview.rows import RequestRow
from tests.services.deciding.ruling import (
    BOB_THEN_LEE,
    MANAGER,
    MIA,
    TWO_OF_GROUP,
    agree,
    ask,
    hire,
    one_stage,
    put_rule,
)
from tests.services.making import ANN, BOB, CY, LEE, START, WES, World
from tests.services.overview.journeys import second_package, wait


def found(world: World, words: str, **chosen: str) -> list[str]:
    return [row.id for row in deciding.inbox(world.rt, BOB, search=words, **chosen).rows]


@pytest.fixture
def three(world: World) -> tuple[World, str, str, str]:
    """Return requests for Gus by Ann, for Pia_X by Cy, and for Cy themself, all for Bob to decide."""
    gus = ask(world)
    wait(world.rt, seconds=1)
    pia = ask(world, by=CY, form_key="f2", guest_address="pia_x@partner.example", guest_name="Pia 100%")
    wait(world.rt, seconds=1)
    cy = ask(world, by=CY, form_key="f3", for_self=True, guest_address="")
    return world, gus, pia, cy


def test_a_search_finds_package_guest_and_requestor(three: tuple[World, str, str, str]) -> None:
    world, gus, pia, cy = three
    assert found(world, "expens") == [gus, pia, cy]
    assert found(world, "gus ray") == [gus]
    assert found(world, "PIA_X@") == [pia]
    assert found(world, "novak") == [pia, cy]
    assert found(world, "nobody") == []


def test_s36_what_stands_for_anything_in_the_database_stands_for_itself(three: tuple[World, str, str, str]) -> None:
    world, _gus, pia, _cy = three
    assert found(world, "100%") == [pia]
    assert found(world, "%%") == found(world, "__") == []
    assert found(world, "a_x") == [pia]


def test_a_search_of_one_letter_is_none(three: tuple[World, str, str, str]) -> None:
    world, *all_of_them = three
    assert found(world, "x") == found(world, " ") == all_of_them


def test_a_tenant_is_chosen_by_its_alias(three: tuple[World, str, str, str]) -> None:
    world, *all_of_them = three
    assert found(world, "", tenant="contoso") == all_of_them
    assert found(world, "", tenant="woodgrove") == found(world, "", tenant="nowhere") == []


def test_s23_no_search_and_no_filter_finds_what_was_not_asked(three: tuple[World, str, str, str]) -> None:
    world, *_ids = three
    for other in (ANN, CY, WES):
        for show in ("waiting", "decided"):
            for whose in ("all", "mine", "delegated", "everybody's"):
                rows = deciding.inbox(world.rt, other, show=show, whose=whose, search="expenses", tenant="contoso").rows
                assert rows == ()


def test_a_filtered_inbox_is_paged_without_repeating_or_skipping(world: World) -> None:
    made = []
    for number in range(30):
        name = "Leo" if number % 10 == 0 else "Gus"
        address = f"guest{number}@partner.example"
        made.append((name, ask(world, form_key=f"f{number}", guest_address=address, guest_name=name)))
    first = deciding.inbox(world.rt, BOB, search="gus")
    second = deciding.inbox(world.rt, BOB, first.next_after, search="gus")
    assert len(first.rows) == 25
    assert sorted(row.id for row in (*first.rows, *second.rows)) == sorted(i for name, i in made if name == "Gus")


def test_a_row_says_at_which_stage_a_request_is_and_how_many_agreed(world: World) -> None:
    put_rule(world.rt, TWO_OF_GROUP)
    request_id = ask(world)
    agree(world.rt, request_id, by=BOB)
    (row,) = deciding.inbox(world.rt, LEE).rows
    assert (row.stage_number, row.stage_count, row.agreed, row.quorum, row.question_open) == (1, 1, 1, 2, False)
    conversing.ask(world.rt, request_id, by=LEE, text="Why?")
    assert deciding.inbox(world.rt, LEE).rows[0].question_open


def test_a_row_carries_the_content_that_a_decision_would_bind_to(world: World) -> None:
    request_id = ask(world)
    (row,) = deciding.inbox(world.rt, BOB).rows
    assert row.content_hash == deciding.decision_page(world.rt, request_id, BOB).request.content_hash


def test_what_i_agreed_to_still_waits_for_others_and_stays_in_sight(world: World) -> None:
    put_rule(world.rt, BOB_THEN_LEE)
    request_id = ask(world)
    agree(world.rt, request_id, by=BOB)
    assert deciding.inbox(world.rt, BOB).rows == ()
    (row,) = deciding.inbox(world.rt, BOB, show="decided").rows
    assert (row.id, row.stage_number, row.stage_count) == (request_id, 2, 2)


# --- asked before -----------------------------------------------------------------------------------------------------


def history(world: World, request_id: str) -> tuple[RequestRow, ...]:
    return deciding.decision_page(world.rt, request_id, BOB).history


def test_asked_before_lists_older_requests_only_and_says_what_they_have_in_common(world: World) -> None:
    second = second_package(world)
    same_both = ask(world)
    wait(world.rt, hours=1)
    same_guest = ask(world, by=CY, form_key="f2", package_id=second)
    wait(world.rt, hours=1)
    same_requestor = ask(world, form_key="f3", guest_address="pia@partner.example")
    wait(world.rt, hours=1)
    other = ask(world, by=CY, form_key="f4", guest_address="leo@partner.example")
    wait(world.rt, hours=1)
    requesting.withdraw(world.rt, same_both, by=ANN)
    now = ask(world, form_key="f5")
    wait(world.rt, hours=1)
    later = ask(world, form_key="f6", guest_address="new@partner.example")
    assert [(row.id, row.relation) for row in history(world, now)] == [
        (same_requestor, "the same requestor"),
        (same_guest, "the same guest"),
        (same_both, "the same guest and requestor"),
    ]
    shown = {row.id for row in history(world, now)}
    assert not shown & {other, later, now}


def test_s23_a_manager_sees_no_history_of_another_resource_tenant(world: World) -> None:
    hire(world.rt, MIA, manages=ANN)
    there = ask(world, form_key="f2", package_id=world.design)
    wait(world.rt, hours=1)
    put_rule(world.rt, one_stage(MANAGER))
    here = ask(world, ends_on=START.date() + timedelta(days=9))
    page = deciding.decision_page(world.rt, here, MIA)
    assert there not in {row.id for row in page.history}
