"""App tokens: got when needed, by one thread, kept while they are good; a refused credential says so at once."""

import threading
import time
from dataclasses import replace
from pathlib import Path

import jwt
import pytest

from selfservice.config.settings import Credential, CredentialKind
from selfservice.entra.tokens import AppTokens
from selfservice.model.unable import UnableTo
from selfservice.simulator.faults import FaultKind
from tests.entra.scripted import CONTOSO, PLACE, Scripted, ScriptedServer, app_tokens
from tests.entra.world import APPS, TENANTS, World

WOODGROVE_APP = APPS["Selfservice Directory - Woodgrove"]
DISCOVERY = Scripted(
    body={
        "authorization_endpoint": f"{PLACE}/x/oauth2/v2.0/authorize",
        "token_endpoint": f"{PLACE}/x/oauth2/v2.0/token",
        "issuer": f"{PLACE}/x/v2.0",
    }
)


def tokens_of(world: World, name: str = "Woodgrove", **credential: object) -> AppTokens:
    known = world.credential(APPS[f"Selfservice Directory - {name}"])
    return AppTokens(
        tenant_id=TENANTS[name],
        cloud=world.cloud,
        credential=replace(known, **credential),  # type: ignore[arg-type]
        service=CONTOSO,
        environ={},
    )


def token(value: str = "the-token", seconds: int = 3599) -> Scripted:
    return Scripted(body={"token_type": "Bearer", "expires_in": seconds, "access_token": value})


def failure_of(tokens: AppTokens) -> UnableTo:
    with pytest.raises(UnableTo) as raised:
        tokens.bearer()
    return raised.value


@pytest.mark.parametrize("name", ["Contoso", "Woodgrove"])
def test_a_certificate_and_a_secret_both_prove_the_app(world: World, name: str) -> None:
    assert tokens_of(world, name).granted().tenant_id == TENANTS[name]
    assert (tokens_of(world)._credential.kind, tokens_of(world, "Contoso")._credential.kind) == (
        CredentialKind.SECRET,
        CredentialKind.CERTIFICATE,
    )


def test_a_token_is_asked_for_once_and_kept(server: ScriptedServer) -> None:
    tokens = app_tokens(server)
    server.script += [DISCOVERY, token()]
    assert [tokens.bearer() for _ in range(5)] == ["the-token"] * 5
    assert len(server.heard) == 2


def test_many_threads_ask_once(server: ScriptedServer) -> None:
    tokens, got = app_tokens(server), []
    server.script += [DISCOVERY, token()]
    threads = [threading.Thread(target=lambda: got.append(tokens.bearer())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert got == ["the-token"] * 8
    assert len(server.heard) == 2


def test_a_token_near_its_end_is_renewed(server: ScriptedServer) -> None:
    tokens = app_tokens(server)
    server.script += [DISCOVERY, token("first", 200), token("second")]
    assert [tokens.bearer(), tokens.bearer()] == ["first", "second"]


def test_a_forgotten_token_is_asked_for_anew(server: ScriptedServer) -> None:
    tokens = app_tokens(server)
    server.script += [DISCOVERY, token("first"), DISCOVERY, token("second")]
    first = tokens.bearer()
    tokens.forget()
    assert (first, tokens.bearer()) == ("first", "second")


def test_claims_that_are_wanted_get_a_new_token(server: ScriptedServer) -> None:
    tokens = app_tokens(server)
    server.script += [DISCOVERY, token("first"), token("second")]
    first, second = tokens.bearer(), tokens.bearer('{"access_token":{"nbf":{"essential":true}}}')
    assert (first, second) == ("first", "second")
    assert b"essential" in server.heard[2].content
    assert b"cp1" in server.heard[1].content.lower()


def test_a_refused_secret_says_so_and_a_mended_one_works_at_once(world: World) -> None:
    tokens = tokens_of(world)
    file = world.credential(WOODGROVE_APP).file
    assert file is not None
    right = file.read_text()
    file.write_text("wrong")
    failure = failure_of(tokens)
    assert failure.code == "credential-refused"
    assert not failure.transient
    assert failure.request_id
    file.write_text(right)
    assert tokens.bearer()


def test_an_app_that_nobody_consented_to_says_so(world: World) -> None:
    del world.sim.world.tenants[TENANTS["Woodgrove"]].grants[WOODGROVE_APP]
    assert failure_of(tokens_of(world)).code == "consent-missing"


def test_a_tenant_that_does_not_exist_is_told(world: World) -> None:
    tokens = AppTokens(
        tenant_id="99999999-9999-4999-8999-999999999999",
        cloud=world.cloud,
        credential=world.credential(WOODGROVE_APP),
        service=CONTOSO,
        environ={},
    )
    assert failure_of(tokens).code == "tenant-unknown"


@pytest.mark.parametrize("content", ["", "not a key", "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----"])
def test_a_certificate_that_is_none_is_told(world: World, content: str, tmp_path: Path) -> None:
    file = tmp_path / "bad.pem"
    file.touch(mode=0o600)
    file.write_text(content)
    assert failure_of(tokens_of(world, "Contoso", file=file)).code in ("credential-refused", "credential-unreadable")


def test_a_missing_file_is_told_and_the_log_names_it(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    failure = failure_of(tokens_of(world, file=tmp_path / "none"))
    assert failure.code == "credential-unreadable"
    assert str(tmp_path) not in f"{failure.cause}{failure.next_step}"
    assert f"{tmp_path / 'none'}: there is no such file" in caplog.text


def test_an_outside_token_is_read_each_time_it_is_shown(server: ScriptedServer, tmp_path: Path) -> None:
    file = tmp_path / "outside"
    file.write_text(outside("first"))
    credential = Credential(client_id=WOODGROVE_APP, kind=CredentialKind.FEDERATED, file=file)
    tokens = AppTokens(tenant_id="x", cloud=server.cloud, credential=credential, service=CONTOSO, environ={})
    server.script += [DISCOVERY, token("one", 100), token("two")]
    tokens.bearer()
    file.write_text(outside("second"))
    tokens.bearer()
    shown = [heard.content.decode() for heard in server.heard[1:]]
    assert outside("first") in shown[0]
    assert outside("second") in shown[1]


def outside(subject: str) -> str:
    return jwt.encode({"sub": subject}, "k" * 32, algorithm="HS256")


@pytest.mark.parametrize(
    ("answer", "code", "wait"),
    [
        (Scripted(status=429, headers={"Retry-After": "30"}), "throttled", 30.0),
        (Scripted(status=503, headers={"Retry-After": "5"}), "service", 5.0),
        (Scripted(status=500), "service", None),
        (Scripted(kind="text/html", content=b"<html>"), "service", None),
        (Scripted(status=302, headers={"Location": "https://evil.example"}), "redirected", None),
        (Scripted(lost=True), "network", None),
        (Scripted(cut=True), "network", None),
    ],
)
def test_a_service_in_trouble_is_not_remembered(
    server: ScriptedServer, answer: Scripted, code: str, wait: float | None
) -> None:
    tokens = app_tokens(server)
    server.script += [DISCOVERY, answer]
    failure = failure_of(tokens)
    assert (failure.code, failure.retry_after) == (code, wait)
    assert not failure.outcome_unknown
    server.script.append(token())
    assert tokens.bearer() == "the-token"


@pytest.mark.parametrize("body", [{}, {"access_token": ""}, {"access_token": 7}, {"error": "odd"}])
def test_an_answer_without_a_token_is_a_failure(server: ScriptedServer, body: dict[str, object]) -> None:
    server.script += [DISCOVERY, Scripted(body=body)]
    assert failure_of(app_tokens(server)).code


@pytest.mark.parametrize("value", ["opaque", "a.b.c", jwt.encode({"roles": "x"}, "k" * 32), jwt.encode({}, "k" * 32)])
def test_a_token_that_we_cannot_read_grants_nothing(server: ScriptedServer, value: str) -> None:
    server.script += [DISCOVERY, token(value)]
    with pytest.raises(UnableTo) as raised:
        app_tokens(server).granted()
    assert raised.value.code == "unexpected-answer"


def test_a_slow_sign_in_service_does_not_stop_the_clock(world: World) -> None:
    world.fault(FaultKind.SLOW, path="/token", seconds=0.1)
    began = time.monotonic()
    assert tokens_of(world).bearer()
    assert time.monotonic() - began < 5
