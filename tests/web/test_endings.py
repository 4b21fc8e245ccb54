"""Deciding about the end of an access, and how a tenant looks after its guests, on pages."""

import re
from collections.abc import Callable
from datetime import timedelta

from tests.web.browser import Visitor
from tests.web.cast import ENDS_ON
from tests.web.house_rules import text_of
from tests.web.world import World

Visit = Callable[[str], Visitor]
SETTINGS = {
    **dict.fromkeys(("unredeemed_days", "inactive_days", "grace_days", "delete_days"), "10"),
    **dict.fromkeys(("undo_days", "answer_days", "adopt_days", "brake_percent"), "10"),
    "read_version": "0",
    "mode": "report",
    "warn_days": "14, 1",
    "remind_days": "3",
}


def words(visitor: Visitor, path: str) -> str:
    visitor.get(path)
    return text_of(visitor.document)


def test_an_extension_is_asked_for_on_its_page_and_followed_like_any_request(visit: Visit, world: World) -> None:
    cy, path = visit("cy"), f"/extend/{world.assignment}"
    assert "Or let it expire" in words(cy, path)

    form = {"form_key": "k1", "new_end": (ENDS_ON + timedelta(days=1)).isoformat(), "why": "the close takes longer"}
    sent = cy.post(path, form)

    assert re.fullmatch(r"/requests/[0-9a-f]{32}", sent.headers["Location"])
    asked = words(cy, sent.headers["Location"])
    assert "The access goes on until 21 Feb 2027" in asked
    assert "The link is mailed" not in asked
    assert "is an extension yes" in asked or "is an extensionyes" in asked
    shown = words(cy, path)
    assert "It was asked that this access goes on" in shown
    assert "Or let it expire" not in shown


def test_a_refused_extension_says_why_and_what_is_possible(visit: Visit, world: World) -> None:
    cy, path = visit("cy"), f"/extend/{world.assignment}"
    cy.get(path)

    early = cy.post(path, {"form_key": "k1", "new_end": ENDS_ON.isoformat(), "why": "longer"})
    assert early.status_code in (400, 403, 409, 422)
    assert "Choose a later day" in text_of(cy.document)
    empty = cy.post(path, {"form_key": "k2", "new_end": "", "why": ""})
    assert empty.status_code == 400
    assert "Choose the new last day of the access." in text_of(cy.document)


def test_let_it_expire_is_an_answer_that_can_be_thought_over(visit: Visit, world: World) -> None:
    cy, path = visit("cy"), f"/extend/{world.assignment}"
    cy.get(path)

    assert cy.post(f"{path}/let-expire").status_code == 303
    assert "lets it expire" in words(cy, path)
    assert cy.post(f"{path}/think-again").status_code == 303
    assert "Or let it expire" in words(cy, path)


def test_an_admin_changes_the_days_and_going_over_to_doing_takes_a_confirmation(visit: Visit) -> None:
    dee, path = visit("dee"), "/admin/lifecycle"
    assert "It only reports what would happen to its guests." in words(dee, path)

    assert dee.post(path, SETTINGS).status_code == 303
    unsure = dee.post(path, SETTINGS | {"read_version": "1", "mode": "enforce", "blocks": "0", "deletions": "0"})
    assert unsure.status_code == 403
    assert "not confirmed" in text_of(dee.document)
    sure = {"read_version": "1", "mode": "enforce", "blocks": "0", "deletions": "0", "confirm": "y"}
    assert dee.post(path, SETTINGS | sure).status_code == 303
    assert "Guests are blocked and deleted when it is due." in words(dee, path)


def test_settings_out_of_bounds_are_named_at_their_field(visit: Visit) -> None:
    dee, path = visit("dee"), "/admin/lifecycle"
    dee.get(path)

    answer = dee.post(path, SETTINGS | {"grace_days": "0", "warn_days": "soon"})

    assert answer.status_code == 400
    shown = text_of(dee.document)
    assert "A whole number from 1 to 30." in shown
    assert "whole numbers of days from 1 to 365 are needed" in shown
