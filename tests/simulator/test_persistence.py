"""A second start on the same folder finds everything again."""

import json
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from selfservice.simulator.command import simulator
from selfservice.simulator.seeding import seed_in
from selfservice.simulator.server import Settings, start
from tests.simulator.clients import Simulated
from tests.simulator.naming import CLIENTS, GROUPS, OIDS, SIGN_IN, TENANTS, directory_app, session
from tests.simulator.test_delta import round_of

BOX = "selfservice@contoso.example"


@contextmanager
def started(folder: Path) -> Iterator[Simulated]:
    with start(Settings(state=folder)) as running:
        made = Simulated(running)
        made.tenant("Contoso").behaviour.lag_seconds = 0.0
        yield made
        made.close()


def test_people_links_mail_and_the_ledger_survive(tmp_path: Path) -> None:
    zoe, ida = OIDS["zoe@contoso.example"], OIDS["ida@partner.example"]
    with started(tmp_path) as sim:
        graph = sim.graph("Contoso")
        kept = graph.invite("gus@partner.example").json()
        graph("POST", f"/groups/{GROUPS['Expenses Users']}/members/$ref", graph.ref(zoe))
        graph("DELETE", f"/users/{ida}")
        mail = sim.graph("Contoso", client=CLIENTS["Selfservice Mail"])
        letter = {"subject": "Hello", "toRecipients": [{"emailAddress": {"address": "gus@partner.example"}}]}
        mail("POST", f"/users/{BOX}/sendMail", {"message": letter})
        sim.control("POST", f"/tenants/{TENANTS['Contoso']}", {"policies": {"email": {"state": "disabled"}}})
        writes = sim.control("GET", "/ledger")["entries"]
        token = sim.app_token("Contoso")
        _, link = round_of(graph, "/users/delta")
    with started(tmp_path) as sim:
        graph = sim.graph("Contoso")
        graph.http.headers["Authorization"] = f"Bearer {token}"
        assert graph.get(f"/users/{kept['invitedUser']['id']}")["mail"] == "gus@partner.example"
        members = graph.get(f"/groups/{GROUPS['Expenses Users']}/members?$top=999")["value"]
        assert zoe in {row["id"] for row in members}
        assert [row["id"] for row in graph.get("/directory/deletedItems/microsoft.graph.user")["value"]] == [ida]
        assert sim.control("GET", "/ledger")["entries"] == writes
        assert sim.control("GET", "/mailbox/gus@partner.example")["messages"][0]["subject"] == "Hello"
        assert sim.tenant("Contoso").policies["email"]["state"] == "disabled"
        assert round_of(graph, f"{sim.url}/v1.0{link.partition('/v1.0')[2]}")[0] == []
        browser = sim.browser()
        assert browser.redeem(kept["inviteRedeemUrl"]).status_code == 302
        assert graph.invite("gus@partner.example").json()["status"] == "Completed"


def test_the_clock_and_added_accounts_survive(tmp_path: Path) -> None:
    with started(tmp_path) as sim:
        sim.control("POST", "/clock", {"offset": 5000})
        key = sim.graph("Contoso").invite("new@stranger.example").json()["inviteRedeemUrl"]
        sim.browser().redeem(key)
    with started(tmp_path) as sim:
        assert sim.control("GET", "/clock")["offset"] == 5000
        assert "new@stranger.example" in sim.world.accounts


def test_credentials_are_made_once_and_only_for_their_owner(tmp_path: Path) -> None:
    with started(tmp_path) as sim:
        secret = sim.secret(SIGN_IN)
    folder = tmp_path / "credentials"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for file in (*folder.iterdir(), tmp_path / "signing-current.pem"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    pem = (folder / f"{directory_app('Contoso')}.pem").read_text("utf-8")
    assert "PRIVATE KEY" in pem
    assert "BEGIN CERTIFICATE" in pem
    assert (folder / f"{SIGN_IN}.secret").read_text("utf-8").strip() == secret
    (folder / f"{SIGN_IN}.secret").write_text("a secret of my own\n", "utf-8")
    with started(tmp_path) as sim:
        assert sim.secret(SIGN_IN) == "a secret of my own"
        assert sim.app_token("Contoso")


def run(folder: Path, *more: str) -> "subprocess.Popen[str]":
    arguments = [sys.executable, "-m", "selfservice.simulator", "--state", str(folder), *more]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_says_when_it_is_ready_and_ends_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    with run(tmp_path, "--redirect-uri", "https://app.example/back") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        line = process.stdout.readline()
        assert line.startswith("ready: http://127.0.0.1:")
        process.send_signal(number)
        assert process.wait(10) == 0
        assert process.stdout.read().startswith("cloud sovereign: http://127.0.0.1:")
        assert process.stderr.read() == ""
    with started(tmp_path) as sim:
        assert "https://app.example/back" in sim.world.apps[SIGN_IN].redirect_uris


def test_what_was_written_survives_a_kill(tmp_path: Path) -> None:
    with run(tmp_path) as process:
        assert process.stdout is not None
        url = process.stdout.readline().removeprefix("ready: ").strip()
        secret = (tmp_path / "credentials" / f"{directory_app('Woodgrove')}.secret").read_text("utf-8").strip()
        with started_elsewhere(url) as (http, token_url):
            form = {"grant_type": "client_credentials", "client_id": directory_app("Woodgrove")}
            scope = {"client_secret": secret, "scope": "https://graph.microsoft.com/.default"}
            token = http.post(token_url, data={**form, **scope}).json()["access_token"]
            body = {"invitedUserEmailAddress": "gus@partner.example", "inviteRedirectUrl": "http://localhost/"}
            answer = http.post(f"{url}/v1.0/invitations", json=body, headers={"Authorization": f"Bearer {token}"})
            key = answer.json()["invitedUser"]["id"]
        process.kill()
        process.wait(10)
    with started(tmp_path) as sim:
        assert sim.graph("Woodgrove").get(f"/users/{key}")["mail"] == "gus@partner.example"
        assert len(sim.control("GET", "/ledger")["entries"]) == 1


@contextmanager
def started_elsewhere(url: str) -> Iterator[tuple[requests.Session, str]]:
    with session() as http:
        yield http, f"{url}/{TENANTS['Woodgrove']}/oauth2/v2.0/token"


def test_half_a_certificate_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "chain.pem"
    file.touch()
    result = CliRunner().invoke(simulator, ["--tls-cert", str(file)])
    assert result.exit_code == 2
    assert "belong together" in result.output


def test_another_seed_can_be_given(tmp_path: Path) -> None:
    seed = {
        "tenants": [
            {
                "id": "99999999-0000-4000-8000-000000000001",
                "name": "Tailspin",
                "domains": ["tailspin.example"],
                "initialDomain": "tailspin.onmicrosoft.example",
                "people": [{"oid": "99999999-0000-4000-8000-000000000002", "mail": "a@tailspin.example", "name": "A"}],
                "consents": {"99999999-0000-4000-8000-00000000000a": ["User.Read.All"]},
            }
        ],
        "apps": [
            {
                "clientId": "99999999-0000-4000-8000-00000000000a",
                "name": "App",
                "tenant": "99999999-0000-4000-8000-000000000001",
            }
        ],
    }
    file = tmp_path / "seed.json"
    file.write_text(json.dumps(seed), "utf-8")
    with start(Settings(seed=seed_in(file), login_url="https://login.example")) as running:
        [tenant] = running.world.tenants.values()
        assert [user["mail"] for user in tenant.users.live.values()] == ["a@tailspin.example"]
        assert running.world.site.issuer(tenant.id) == f"https://login.example/{tenant.id}/v2.0"
