"""The walls around every page: host, origin, token, headers, and what errors say."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text

from selfservice.factory import create_app
from selfservice.model.audit import AuditEvent
from selfservice.services.runtime import WebRuntime
from selfservice.store.transaction import transaction
from selfservice.web.access import Who, access, undeclared
from selfservice.web.blueprints import UndeclaredRoute, register
from tests.web.browser import HTMX, Visitor
from tests.web.house_rules import check_headers, check_not_kept, check_page
from tests.web.world import ScriptedSignIn, World, make_runtime

HOSTILE_HOSTS = (
    "evil.example",
    "selfservice.example.evil.example",
    "selfservice.example:444",
    "selfservice.example@evil.example",
    "evil.example:443",
    "127.0.0.1",
    "",
)


@pytest.mark.parametrize("host", HOSTILE_HOSTS)
@pytest.mark.parametrize("path", ["/", "/requests", "/sign-in", "/nowhere", "/static/favicon.svg"])
def test_s64_another_hosts_name_is_refused(stranger: Visitor, host: str, path: str) -> None:
    answer = stranger.send("GET", path, headers={"Host": host})
    assert answer.status_code == 400
    assert host not in answer.get_data(as_text=True) or not host
    assert "Location" not in answer.headers


def test_s64_probes_reach_the_process_under_its_number(stranger: Visitor) -> None:
    assert stranger.send("GET", "/healthz", headers={"Host": "10.0.0.7:8000"}).json == {"status": "alive"}
    assert stranger.send("GET", "/readyz", headers={"Host": "10.0.0.7:8000"}).json == {"status": "ready"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "https://selfservice.example.evil.example"},
        {"Origin": "http://selfservice.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://selfservice.example"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
    ],
)
def test_s31_a_form_of_another_site_is_refused_although_its_token_is_right(
    visit: Callable[[str], Visitor], world: World, headers: dict[str, str]
) -> None:
    ann = visit("ann")
    assert ann.post(f"/requests/{world.waiting}/withdraw", headers=headers).status_code == 403
    assert "waiting for a decision" in ann.get(f"/requests/{world.waiting}").get_data(as_text=True)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://selfservice.example"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://selfservice.example"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
    ],
)
def test_s31_our_own_form_is_taken(visit: Callable[[str], Visitor], world: World, headers: dict[str, str]) -> None:
    assert visit("ann").post(f"/requests/{world.waiting}/withdraw", headers=headers).status_code == 303


@pytest.mark.parametrize("token", ["", "forged", "IjEyMyI.aaaa.bbbb"])
def test_s31_a_missing_or_forged_token_is_refused(visit: Callable[[str], Visitor], world: World, token: str) -> None:
    ann = visit("ann")
    answer = ann.send("POST", f"/requests/{world.waiting}/withdraw", data={"csrf_token": token})
    assert answer.status_code == 400
    assert "Go back" in answer.get_data(as_text=True)


def test_s31_a_token_of_another_session_is_refused(visit: Callable[[str], Visitor], world: World) -> None:
    token = visit("ann").csrf_token()
    answer = visit("ann").send("POST", f"/requests/{world.waiting}/withdraw", data={"csrf_token": token})
    assert answer.status_code == 400


def test_s31_no_header_turns_one_method_into_another(visit: Callable[[str], Visitor], world: World) -> None:
    ann = visit("ann")
    ann.send("GET", f"/requests/{world.waiting}/withdraw", headers={"X-HTTP-Method-Override": "POST"})
    ann.send("GET", f"/requests/{world.waiting}/withdraw", query={"_method": "POST"})
    assert "waiting for a decision" in ann.get(f"/requests/{world.waiting}").get_data(as_text=True)


def test_s26_a_route_that_does_not_say_who_may_use_it_stops_the_app_from_starting(rt: WebRuntime) -> None:
    app = Flask("selfservice", template_folder="templates", static_folder=str(Path("static").resolve()))
    app.add_url_rule("/forgotten", "forgotten", lambda: "open")
    with pytest.raises(UndeclaredRoute, match="forgotten"):
        register(app, rt)


def test_s26_a_route_that_comes_later_is_closed(site: Flask) -> None:
    site.add_url_rule("/late", "late", lambda: "open")
    assert list(undeclared(site)) == ["late"]
    assert Visitor(site).send("GET", "/late").status_code == 403


@pytest.mark.parametrize(
    "path",
    ["/console", "/metrics", "/debug", "/.env", "/.git/config", "/server-status", "/admin/../healthz", "/__debugger__"],
)
def test_s30_there_is_nothing_behind_the_usual_doors(visit: Callable[[str], Visitor], path: str) -> None:
    assert visit("dee").send("GET", path).status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static/css/../../app.py", "/static/css/"],
)
def test_s30_static_files_are_all_that_is_static(stranger: Visitor, path: str) -> None:
    assert stranger.send("GET", path).status_code == 404


def test_s30_nothing_is_debugged_in_the_open(site: Flask) -> None:
    assert not site.debug
    assert site.config["SECRET_KEY"] not in {"", "dev", "changeme", None}


def test_s33_a_form_may_end_at_ourselves_and_at_the_sign_in_service_alone(stranger: Visitor) -> None:
    policy = stranger.get("/").headers["Content-Security-Policy"]
    assert "form-action 'self' https://login.example; base-uri 'none'" in policy


def test_s34_browsers_are_told_to_stay_on_https(stranger: Visitor, rt: WebRuntime) -> None:
    assert "max-age=31536000" in stranger.get("/").headers["Strict-Transport-Security"]
    local = make_runtime(rt.settings.instance, rt.settings.database_url, base_url="http://localhost:8080")
    plain = Visitor(create_app(local), base_url="http://localhost:8080").send("GET", "/")
    local.sessions.close()
    assert "Strict-Transport-Security" not in plain.headers


@pytest.mark.parametrize("path", ["/nowhere", "/requests/nothing", "/sign-in/callback", "/sign-out"])
def test_s34_errors_carry_the_same_headers(visit: Callable[[str], Visitor], path: str) -> None:
    answer = visit("ann").send("GET", path)
    assert answer.status_code >= 400
    check_page(answer)


def test_s35_a_page_is_kept_nowhere_and_a_static_file_for_ever(visit: Callable[[str], Visitor]) -> None:
    ann = visit("ann")
    page = ann.get("/requests")
    check_not_kept(page)
    script = page.get_data(as_text=True).partition('src="')[2].partition('"')[0]
    assert ann.send("GET", script).headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_s35_a_fragment_is_no_page_and_says_so_to_caches(visit: Callable[[str], Visitor], world: World) -> None:
    answer = visit("ann").send("GET", f"/requests/{world.waiting}", headers=HTMX)
    check_headers(answer)
    check_not_kept(answer)
    assert "<html" not in answer.get_data(as_text=True)


def test_a_browser_that_restores_its_history_gets_the_whole_page(visit: Callable[[str], Visitor], world: World) -> None:
    headers = {**HTMX, "HX-History-Restore-Request": "true"}
    check_page(visit("ann").send("GET", f"/requests/{world.waiting}", headers=headers))


def test_too_much_text_is_refused_before_it_is_read(visit: Callable[[str], Visitor], world: World) -> None:
    answer = visit("ann").post(f"/catalog/{world.package}/invite", {"justification": "a" * 200_000})
    assert answer.status_code == 413


def test_a_broken_page_says_so_without_saying_why(site: Flask) -> None:
    def broken() -> str:
        raise ZeroDivisionError("a secret detail")

    site.view_functions["health.ready"] = access(Who.ANYONE)(broken)
    site.config["PROPAGATE_EXCEPTIONS"] = False
    answer = Visitor(site).send("GET", "/readyz")
    assert answer.status_code == 500
    assert "secret detail" not in answer.get_data(as_text=True)
    check_page(answer)


@pytest.mark.parametrize("path", ["/catalog?search=%00", "/requests/%00", "/catalog?%00=x", "/nowhere%00"])
def test_s36_what_no_database_takes_as_text_is_refused(visit: Callable[[str], Visitor], path: str) -> None:
    assert visit("ann").send("GET", path).status_code == 400


def test_s36_a_form_that_is_no_text_is_refused(visit: Callable[[str], Visitor], world: World) -> None:
    answer = visit("ann").post(f"/catalog/{world.package}/ask", {"justification": "a\0b"})
    assert answer.status_code == 400


def test_a_database_that_is_away_gives_a_page_that_says_so(
    site: Flask, visit: Callable[[str], Visitor], rt: WebRuntime
) -> None:
    ann = visit("ann")
    site.config["PROPAGATE_EXCEPTIONS"] = False
    with transaction(rt.sessions) as tx:
        tx.execute(text("ALTER TABLE browser_session RENAME TO lost"))
    answer = ann.send("GET", "/requests")
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.get_data(as_text=True)
    assert ann.send("GET", "/healthz").status_code == 200


def test_a_sign_in_service_that_is_away_gives_a_page_that_says_so(stranger: Visitor, signin: ScriptedSignIn) -> None:
    signin.away = True
    answer = stranger.get("/sign-in", status=503)
    assert "The sign-in service does not answer." in answer.get_data(as_text=True)


@pytest.mark.parametrize(("proxies", "seen"), [(0, "10.0.0.9"), (1, "7.7.7.7"), (2, "6.6.6.6")])
def test_s63_an_address_is_taken_from_as_many_proxies_as_are_trusted(
    rt: WebRuntime, serve: Callable[[WebRuntime], Flask], proxies: int, seen: str
) -> None:
    behind = replace(rt, settings=replace(rt.settings, trusted_proxies=proxies))
    visitor = Visitor(serve(behind))
    visitor.client.environ_base["REMOTE_ADDR"] = "10.0.0.9"
    begun = visitor.send("GET", "/sign-in")
    state = begun.headers["Location"].rpartition("state=")[2]
    query = {"state": state, "code": "ann"}
    visitor.send("GET", "/sign-in/callback", query=query, headers={"X-Forwarded-For": "6.6.6.6, 7.7.7.7"})
    with transaction(rt.sessions) as tx:
        signed_in = tx.scalars(select(AuditEvent).where(AuditEvent.action == "person.signedIn")).one()
    assert signed_in.remote_address == seen
