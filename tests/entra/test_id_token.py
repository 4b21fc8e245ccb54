"""Who a token says has signed in is believed only after every check: forged, foreign and stale ones are refused."""

import base64
import json
import time
from collections.abc import Callable

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from selfservice.entra.id_token import CONSUMERS
from selfservice.entra.signin_refusals import REASONS, SignInRefused, refused
from selfservice.model.unable import UnableTo
from tests.entra.forging import (
    ANN,
    CLIENT,
    HOME,
    RESOURCE,
    STRANGER,
    Claims,
    Forger,
    good_claims,
    key,
    published,
    signed,
)
from tests.entra.scripted import PLACE, Scripted, ScriptedServer

NOW = int(time.time())


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def with_public_key_as_secret(claims: Claims) -> str:
    secret = key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    body = f"{part({'alg': 'HS256', 'kid': 'key-1'})}.{part(claims)}"
    mac = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(body.encode(), secret)
    return f"{body}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def tampered(claims: Claims) -> str:
    head, _, signature = signed(claims).split(".")
    return f"{head}.{part({**claims, 'roles': ['Admin']})}.{signature}"


FORGERIES: dict[str, Callable[[Claims], str]] = {
    "no algorithm": lambda c: f"{part({'alg': 'none', 'kid': 'key-1'})}.{part(c)}.",
    "no algorithm in capitals": lambda c: f"{part({'alg': 'None', 'kid': 'key-1'})}.{part(c)}.",
    "public key as secret": with_public_key_as_secret,
    "other algorithm": lambda c: jwt.encode(c, key(), algorithm="RS512", headers={"kid": "key-1"}),
    "other signature scheme": lambda c: jwt.encode(c, key(), algorithm="PS256", headers={"kid": "key-1"}),
    "wrong key under a known name": lambda c: signed(c, 2, kid="key-1"),
    "unknown key": lambda c: signed(c, 2),
    "no key named": lambda c: jwt.encode(c, key(), algorithm="RS256"),
    "key named by a number": lambda c: f"{part({'alg': 'RS256', 'kid': 1})}.{part(c)}.x",
    "own key in the header": lambda c: signed(c, 2, kid="key-2", jwk=published(2), jku="https://evil.example/keys"),
    "critical extension": lambda c: f"{part({'alg': 'RS256', 'kid': 'key-1', 'crit': ['exp']})}.{part(c)}.x",
    "changed after signing": tampered,
    "signature cut off": lambda c: signed(c).rpartition(".")[0] + ".",
    "for another app": lambda c: signed({**c, "aud": "00000003-0000-0000-c000-000000000000"}),
    "for several apps": lambda c: signed({**c, "aud": [CLIENT, "other"]}),
    "for nobody": lambda c: signed({name: value for name, value in c.items() if name != "aud"}),
    "access token": lambda c: signed({**c, "scp": "User.Read"}),
    "app token": lambda c: signed({**c, "idtyp": "app"}),
    "version 1": lambda c: signed({**c, "ver": "1.0"}),
    "version as a number": lambda c: signed({**c, "ver": 2.0}),
    "never ends": lambda c: signed({name: value for name, value in c.items() if name != "exp"}),
    "begins never": lambda c: signed({name: value for name, value in c.items() if name != "nbf"}),
    "end as a text": lambda c: signed({**c, "exp": "tomorrow"}),
    "roles as a text": lambda c: signed({**c, "roles": "Admin"}),
    "roles as numbers": lambda c: signed({**c, "roles": [1]}),
}


def reason_of(forger: Forger, make: Callable[[Claims], str]) -> str:
    start = forger.start()
    with pytest.raises(SignInRefused) as raised:
        forger.finish(start, make(good_claims(str(start.flow["nonce"]))))
    return raised.value.code


def refusal_of(forger: Forger, changes: Claims | None = None, *, without: str = "") -> SignInRefused:
    with pytest.raises(SignInRefused) as raised:
        forger.enter(changes, without=without)
    return raised.value


@pytest.fixture
def forger(server: ScriptedServer) -> Forger:
    return Forger(server)


def test_a_token_in_order_says_who_it_is(forger: Forger) -> None:
    who = forger.enter({"roles": ["Auditor"]})
    assert (who.tenant_id, who.object_id) == (HOME, ANN)
    assert (who.display_name, who.user_name) == ("Ann Lund", "ann@fabrikam.example")
    assert who.roles == {"Auditor"}
    assert (who.session_hint, who.login_hint) == ("the-session", "the-hint")


@pytest.mark.parametrize("name", FORGERIES)
def test_s04_a_forged_token_is_refused(forger: Forger, name: str) -> None:
    assert reason_of(forger, FORGERIES[name]) == "untrusted"


@pytest.mark.parametrize(
    "changes",
    [{"exp": NOW - 400}, {"nbf": NOW + 400}, {"iat": NOW + 400, "nbf": NOW}, {"exp": NOW - 301, "nbf": NOW - 4000}],
)
def test_s04_a_token_out_of_its_time_is_refused(forger: Forger, changes: Claims) -> None:
    assert refusal_of(forger, changes).code == "out-of-time"


@pytest.mark.parametrize("changes", [{"exp": NOW - 30}, {"nbf": NOW + 60, "iat": NOW + 60}])
def test_s04_clocks_may_differ_a_little(forger: Forger, changes: Claims) -> None:
    assert forger.enter(changes).object_id == ANN


# --- tenants ----------------------------------------------------------------------------------------------------------


def test_s01_a_stranger_tenant_cannot_sign_in(forger: Forger) -> None:
    found = refusal_of(forger, {"tid": STRANGER, "iss": f"{PLACE}/{STRANGER}/v2.0"})
    assert found.code == "not-our-tenant"


def test_s01_a_personal_account_cannot_sign_in(forger: Forger) -> None:
    assert refusal_of(forger, {"tid": CONSUMERS, "iss": f"{PLACE}/{CONSUMERS}/v2.0"}).code == "personal-account"


@pytest.mark.parametrize(
    "issuer",
    [
        f"{PLACE}/{STRANGER}/v2.0",
        f"{PLACE}/{RESOURCE}/v2.0",
        f"{PLACE}/{{tenantid}}/v2.0",
        f"{PLACE}/{HOME}/",
        f"{PLACE}/{HOME}/v2.0/",
        f"https://sts.windows.net/{HOME}/",
        f"https://login.microsoftonline.com/{HOME}/v2.0",
        "",
    ],
)
def test_s01_the_issuer_is_the_tenants_own(forger: Forger, issuer: str) -> None:
    assert refusal_of(forger, {"iss": issuer}).code == "untrusted"


@pytest.mark.parametrize("tenant", ["", "common", "fabrikam.example", HOME.upper() + "x", 7, None])
def test_s01_a_tenant_is_a_guid(forger: Forger, tenant: object) -> None:
    assert refusal_of(forger, {"tid": tenant, "iss": f"{PLACE}/{tenant}/v2.0"}).code == "untrusted"


def test_s01_a_key_signs_for_its_own_issuer_alone(forger: Forger) -> None:
    forger.keys = [published(issuer=f"{PLACE}/{RESOURCE}/v2.0")]
    assert refusal_of(forger).code == "untrusted"


def test_s01_where_one_tenant_is_named_no_other_signs_in(server: ScriptedServer) -> None:
    forger = Forger(server, authority=HOME)
    assert forger.enter().tenant_id == HOME
    other = {"tid": RESOURCE, "iss": f"{PLACE}/{RESOURCE}/v2.0"}
    assert refusal_of(Forger(server, authority=HOME), other).code == "not-our-tenant"


def test_s02_the_same_address_is_not_the_same_person(forger: Forger) -> None:
    other = "bbbbbbbb-0000-4000-8000-00000000000b"
    victim = forger.enter()
    attacker = forger.enter(
        {
            "oid": other,
            "tid": RESOURCE,
            "iss": f"{PLACE}/{RESOURCE}/v2.0",
            "email": "ann@fabrikam.example",
            "upn": "ann@fabrikam.example",
        }
    )
    assert victim.user_name == attacker.user_name
    assert (attacker.tenant_id, attacker.object_id) == (RESOURCE, other)


@pytest.mark.parametrize("value", [None, "", "ann", 7, f"{ANN}/"])
def test_s02_a_person_is_a_guid(forger: Forger, value: object) -> None:
    assert refusal_of(forger, {"oid": value}).code == "untrusted"


# --- guests -----------------------------------------------------------------------------------------------------------


def test_s03_a_guest_cannot_act_as_an_employee(forger: Forger) -> None:
    assert refusal_of(forger, {"acct": 1}).code == "guest-account"


@pytest.mark.parametrize("account", ["0", "1", "", 2, -1, 0.0, False, True, None, [0]])
def test_s03_a_kind_of_account_that_is_not_clear_counts_as_none(forger: Forger, account: object) -> None:
    found = refusal_of(forger, {"acct": account})
    assert found.code == "account-kind-unknown"


def test_s03_a_missing_kind_of_account_names_the_claim_to_add(forger: Forger) -> None:
    found = refusal_of(forger, without="acct")
    assert found.code == "account-kind-unknown"
    assert "acct" in found.next_step


def test_s03_a_member_from_elsewhere_needs_the_switch(server: ScriptedServer) -> None:
    elsewhere = {"idp": f"https://sts.windows.net/{STRANGER}/"}
    assert refusal_of(Forger(server), elsewhere).code == "external-member"
    assert refusal_of(Forger(server), {"idp": "live.com"}).code == "external-member"
    assert refusal_of(Forger(server), {"idp": 7}).code == "external-member"
    assert Forger(server, allow_external_members=True).enter(elsewhere).object_id == ANN
    assert Forger(server).enter({"idp": f"https://sts.windows.net/{HOME}/"}).object_id == ANN


# --- roles ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "claims",
    [
        {"_claim_names": {"roles": "src1"}, "_claim_sources": {"src1": {"endpoint": "https://graph.example/roles"}}},
        {"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"endpoint": "https://graph.example/g"}}},
        {"hasgroups": True, "groups": ["Admin"]},
        {"wids": ["62e90394-69f5-4237-9190-012177145e10"]},
        {"roles": []},
    ],
)
def test_s10_roles_that_are_elsewhere_are_no_roles(forger: Forger, claims: Claims) -> None:
    before = len(forger.server.heard)
    assert forger.enter(claims).roles == frozenset()
    assert len(forger.server.heard) - before == 3


# --- keys -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "keys",
    [
        [],
        [published(use="enc")],
        [{**published(), "kty": "EC"}],
        [published(alg="RS512")],
        [published(issuer=7)],
        [{"kty": "RSA", "kid": "key-1"}],
        [{"kty": "oct", "kid": "key-1", "k": "c2VjcmV0"}],
        ["key-1"],
    ],
)
def test_a_key_that_is_not_for_signatures_is_no_key(forger: Forger, keys: list[Claims]) -> None:
    forger.keys = keys
    assert refusal_of(forger).code == "untrusted"


def test_keys_that_cannot_be_fetched_refuse_nobody_for_good(forger: Forger) -> None:
    start = forger.start()
    token = signed(good_claims(str(start.flow["nonce"])))
    body = {"id_token": token, "access_token": "x", "expires_in": 9}
    forger.server.script += [Scripted(body=body), Scripted(status=503)]
    with pytest.raises(UnableTo) as raised:
        forger.sign_in.finish(start.flow, {"code": "c", "state": str(start.flow["state"])})
    assert raised.value.code == "service"


@pytest.mark.parametrize("code", REASONS)
def test_every_refusal_says_its_cause_its_owner_and_the_next_step(code: str) -> None:
    refusal = refused(code)
    assert refusal.code == code
    assert refusal.cause.endswith(".")
    assert refusal.next_step.endswith(".")
    assert refusal.owner
