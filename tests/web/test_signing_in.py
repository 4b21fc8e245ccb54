"""Signing in and out: the session of a browser, its cookie, and its end."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from selfservice.factory import create_app
from selfservice.services.runtime import WebRuntime
from tests.web.browser import Visitor
from tests.web.cast import CAST, Clock, identifier
from tests.web.world import ScriptedSignIn, World, make_runtime

COOKIE = "__Host-selfservice"


def cookie_of(visitor: Visitor, name: str = COOKIE) -> str | None:
    cookie = visitor.client.get_cookie(name, domain="selfservice.example")
    return cookie.value if cookie else None


def test_a_stranger_is_sent_to_the_sign_in_service_and_back_to_where_they_wanted_to_go(stranger: Visitor) -> None:
    asked = stranger.send("GET", "/requests?after=x")
    assert asked.status_code == 303
    assert asked.headers["Location"] == "/sign-in?next=/requests?after%3Dx"
    landed = stranger.sign_in("ann", then="/requests?after=x")
    assert landed.headers["Location"] == "/requests?after=x"


def test_the_first_page_tells_strangers_what_this_is(stranger: Visitor) -> None:
    assert "Sign in" in stranger.get("/").get_data(as_text=True)
    assert cookie_of(stranger) is None


def test_s06_signing_in_gives_the_session_a_new_token_and_kills_the_old_one(site: Flask, stranger: Visitor) -> None:
    stranger.send("GET", "/sign-in")
    before = cookie_of(stranger)
    stranger.send("GET", "/sign-in/callback", query={"state": "state-1", "code": "ann"})
    after = cookie_of(stranger)
    assert before != after
    thief = Visitor(site)
    thief.client.set_cookie(COOKIE, before or "", domain="selfservice.example", secure=True)
    assert thief.send("GET", "/requests").headers["Location"].startswith("/sign-in")


def test_s05_an_answer_of_the_sign_in_service_counts_once(stranger: Visitor) -> None:
    stranger.sign_in("ann")
    again = stranger.send("GET", "/sign-in/callback", query={"state": "state-1", "code": "ann"})
    assert again.status_code == 400


def test_s05_an_answer_counts_only_in_the_browser_that_began(site: Flask, stranger: Visitor) -> None:
    stranger.send("GET", "/sign-in")
    other = Visitor(site)
    taken = other.send("GET", "/sign-in/callback", query={"state": "state-1", "code": "ann"})
    assert taken.status_code == 400
    assert other.send("GET", "/requests").status_code == 303


def test_s05_a_failed_answer_uses_the_sign_in_up(stranger: Visitor) -> None:
    stranger.send("GET", "/sign-in")
    assert stranger.send("GET", "/sign-in/callback", query={"state": "forged", "code": "ann"}).status_code == 403
    assert stranger.send("GET", "/sign-in/callback", query={"state": "state-1", "code": "ann"}).status_code == 400


def test_s07_the_cookie_is_for_this_host_alone_and_out_of_reach_of_scripts(stranger: Visitor) -> None:
    said = [stranger.send("GET", "/sign-in").headers["Set-Cookie"]]
    said.append(
        stranger.send("GET", "/sign-in/callback", query={"state": "state-1", "code": "ann"}).headers["Set-Cookie"]
    )
    for cookie in said:
        name, *attributes = cookie.split("; ")
        assert name.startswith(f"{COOKIE}=")
        assert set(attributes) == {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"}


def test_s07_on_plain_localhost_the_cookie_goes_without_the_prefix(tmp_path: object, rt: WebRuntime) -> None:
    local = make_runtime(rt.settings.instance, rt.settings.database_url, base_url="http://localhost:8080")
    visitor = Visitor(create_app(local), base_url="http://localhost:8080")
    said = visitor.send("GET", "/sign-in").headers["Set-Cookie"]
    local.sessions.close()
    assert said.startswith("selfservice=")
    assert "Secure" not in said
    assert "HttpOnly; Path=/; SameSite=Lax" in said


@pytest.mark.parametrize(
    ("pauses", "signed_in"),
    [
        ([timedelta(minutes=29)], True),
        ([timedelta(minutes=31)], False),
        ([timedelta(minutes=25)] * 19, True),
        ([timedelta(minutes=25)] * 20, False),
    ],
)
def test_s07_a_session_ends_when_idle_and_after_a_day_of_work(
    visit: Callable[[str], Visitor], clock: Clock, pauses: list[timedelta], signed_in: bool
) -> None:
    ann = visit("ann")
    for pause in pauses[:-1]:
        clock.pass_time(pause)
        ann.send("GET", "/requests")
    clock.pass_time(pauses[-1])
    assert (ann.send("GET", "/requests").status_code == 200) is signed_in


def test_s07_a_page_that_refreshes_itself_does_not_keep_a_session_alive(
    visit: Callable[[str], Visitor], clock: Clock, world: World
) -> None:
    ann = visit("ann")
    poll = f"/requests/{world.waiting}?seen=before"
    for _ in range(2):
        clock.pass_time(timedelta(minutes=14))
        assert ann.send("GET", poll, headers={"HX-Request": "true"}).status_code == 200
    clock.pass_time(timedelta(minutes=3))
    ended = ann.send("GET", poll, headers={"HX-Request": "true"})
    assert (ended.status_code, ended.headers["HX-Refresh"]) == (401, "true")


def test_s08_the_cookie_holds_nothing_but_a_random_token(visit: Callable[[str], Visitor]) -> None:
    token = cookie_of(visit("ann")) or ""
    assert 40 <= len(token) <= 64
    member = CAST["ann"]
    assert not any(part in token for part in (".", member.object_id, member.tenant_id, "ann", "eyJ"))
    assert token != cookie_of(visit("ann"))


def test_s12_signing_out_is_a_form(visit: Callable[[str], Visitor]) -> None:
    ann = visit("ann")
    assert ann.send("GET", "/sign-out").status_code == 405
    assert ann.send("POST", "/sign-out").status_code == 400
    assert ann.send("GET", "/requests").status_code == 200


def test_s12_signing_out_ends_the_session_here_and_at_the_sign_in_service(
    site: Flask, visit: Callable[[str], Visitor], signin: ScriptedSignIn
) -> None:
    ann = visit("ann")
    old = cookie_of(ann)
    left = ann.post("/sign-out")
    assert left.status_code == 303
    assert left.headers["Location"].startswith(f"https://login.example/{identifier('fabrikam')}/logout")
    assert signin.signed_out == [identifier("fabrikam")]
    assert cookie_of(ann) is None
    thief = Visitor(site)
    thief.client.set_cookie(COOKIE, old or "", domain="selfservice.example", secure=True)
    assert thief.send("GET", "/requests").status_code == 303
    assert "signed out" in ann.get("/signed-out").get_data(as_text=True)


def test_s12_the_sign_in_service_can_end_a_session(visit: Callable[[str], Visitor]) -> None:
    ann, cy = visit("ann"), visit("cy")
    issuer = f"https://login.example/{identifier('fabrikam')}/v2.0"
    told = cy.send(
        "GET", "/sign-out/front-channel", query={"sid": CAST["ann"].identity.session_hint or "", "iss": issuer}
    )
    assert told.status_code == 204
    assert ann.send("GET", "/requests").status_code == 303
    assert cy.send("GET", "/requests").status_code == 200


@pytest.mark.parametrize(
    ("sid", "issuer"),
    [
        ("", f"https://login.example/{identifier('fabrikam')}/v2.0"),
        ("guessed", f"https://login.example/{identifier('fabrikam')}/v2.0"),
        (CAST["ann"].identity.session_hint or "", ""),
        (CAST["ann"].identity.session_hint or "", f"https://login.example/{identifier('contoso')}/v2.0"),
        (CAST["ann"].identity.session_hint or "", f"https://evil.example/{identifier('fabrikam')}/v2.0"),
    ],
)
def test_s12_a_forged_message_of_the_sign_in_service_ends_nothing(
    visit: Callable[[str], Visitor], stranger: Visitor, sid: str, issuer: str
) -> None:
    ann = visit("ann")
    stranger.send("GET", "/sign-out/front-channel", query={"sid": sid, "iss": issuer})
    assert ann.send("GET", "/requests").status_code == 200


def test_s35_nothing_of_a_page_is_left_after_signing_out(visit: Callable[[str], Visitor]) -> None:
    ann = visit("ann")
    ann.get("/requests")
    ann.post("/sign-out")
    assert ann.send("GET", "/requests").status_code == 303
    assert ann.send("GET", "/requests", headers={"HX-Request": "true"}).status_code == 401
