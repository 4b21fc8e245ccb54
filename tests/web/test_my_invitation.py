"""The page for guests: no sign-in, the same answer whatever is typed, and a form that only our own page can send."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from selfservice.model.redemption import LinkAsk
from selfservice.services.redeeming import ASKS_AN_HOUR
from selfservice.services.runtime import WebRuntime
from selfservice.store.transaction import reading
from tests.web.browser import Visitor
from tests.web.house_rules import text_of

PAGE = "/my-invitation"
GUEST, STRANGER = "kim@partner.example", "nobody@partner.example"


def asked(rt: WebRuntime) -> list[str]:
    with reading(rt.sessions) as tx:
        return list(tx.scalars(select(LinkAsk.address_key).order_by(LinkAsk.asked_at, LinkAsk.id)))


def send(site: Flask, address: str) -> TestResponse:
    return Visitor(site).post(PAGE, {"address": address})


def told(answer: TestResponse) -> tuple[int, bytes, list[tuple[str, str]]]:
    """Return everything that an answer tells, but for the session's own cookie and each answer's own id."""
    own = {"set-cookie", "content-security-policy", "x-request-id"}
    return answer.status_code, answer.data, [each for each in answer.headers if each[0].casefold() not in own]


def test_a_guest_asks_without_signing_in(site: Flask, rt: WebRuntime) -> None:
    guest = Visitor(site)
    fields = guest.form(PAGE)
    answer = guest.send("POST", PAGE, data={**fields, "address": f" {GUEST} "})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{PAGE}/sent")
    guest.get(f"{PAGE}/sent")
    assert "If this address has an open invitation, a fresh link is on its way" in text_of(guest.document)
    assert asked(rt) == [GUEST]


def test_s61_the_answer_is_the_same_for_a_guest_and_for_a_stranger(site: Flask) -> None:
    answers = [told(send(site, address)) for address in (GUEST, STRANGER, "lou@partner.example")]
    assert answers[0][0] == 303
    assert all(answer == answers[0] for answer in answers)


def test_s61_no_page_names_a_tenant_or_a_package(site: Flask) -> None:
    guest = Visitor(site)
    for path in (PAGE, f"{PAGE}/sent"):
        guest.get(path)
        shown = text_of(guest.document)
        assert [name for name in ("Contoso", "Woodgrove", "Fabrikam", "Expenses") if name in shown] == []


@pytest.mark.parametrize(
    "address", ["", "   ", "kim", "kim@@partner.example", "a b@c.example", f"{'x' * 250}@y.example"]
)
def test_what_is_no_address_is_said_and_not_written_down(site: Flask, rt: WebRuntime, address: str) -> None:
    assert send(site, address).status_code == 400
    assert asked(rt) == []


def test_s31_another_site_cannot_send_the_form(site: Flask, rt: WebRuntime) -> None:
    guest = Visitor(site)
    assert guest.send("POST", PAGE, data={"address": GUEST}).status_code == 400
    fields = {**guest.form(PAGE), "address": GUEST}
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert guest.send("POST", PAGE, data=fields, headers=headers).status_code == 403
    assert asked(rt) == []


def test_s63_many_sessions_and_made_up_senders_share_one_limit(site: Flask, rt: WebRuntime) -> None:
    statuses = []
    for number in range(ASKS_AN_HOUR + 2):
        guest = Visitor(site)
        token = guest.csrf_token()
        forged = {"X-Forwarded-For": f"192.0.2.{number}", "Forwarded": f"for=192.0.2.{number}"}
        data = {"csrf_token": token, "address": f"g{number}@partner.example"}
        statuses.append(guest.send("POST", PAGE, data=data, headers=forged).status_code)
    assert statuses == [303] * ASKS_AN_HOUR + [429] * 2
    assert len(asked(rt)) == ASKS_AN_HOUR


def test_s27_looking_at_the_page_asks_for_nothing(site: Flask, rt: WebRuntime) -> None:
    guest = Visitor(site)
    for path in (PAGE, f"{PAGE}/sent", f"{PAGE}?address={GUEST}"):
        guest.get(path)
        guest.send("HEAD", path)
    assert asked(rt) == []


def test_who_is_signed_in_may_ask_as_well(visit: Callable[[str], Visitor], rt: WebRuntime) -> None:
    assert visit("ann").post(PAGE, {"address": GUEST}).status_code == 303
    assert asked(rt) == [GUEST]
