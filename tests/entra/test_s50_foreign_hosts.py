"""S50: a token goes to the tenant's own cloud and nowhere else, whatever an answer says."""

import pytest
import requests
from requests.exceptions import InvalidURL

from selfservice.config.clouds import Cloud
from selfservice.entra.loopback import Loopback
from selfservice.entra.msal_http import MsalHttp
from selfservice.entra.wire import ForeignAddress, Outgoing, Wire
from selfservice.model.unable import UnableTo
from tests.entra.scripted import CONTOSO, PLACE, Graph, Scripted, ScriptedServer

GRAPH = "https://graph.microsoft.com"
FOREIGN = [
    "http://graph.microsoft.com/v1.0/users",
    "https://graph.microsoft.com.evil.example/v1.0/users",
    "https://graph.microsoft.com@evil.example/v1.0/users",
    "https://graph.microsoft.com:443/v1.0/users",
    "https://graph.microsoft.com:8443/v1.0/users",
    "https://evil.example/https://graph.microsoft.com/v1.0/users",
    "https://graph.microsoft.com\\@evil.example/v1.0/users",
    "https://graph.microsoft.com/\\evil.example/v1.0/users",
    "https://GRAPH.microsoft.com/v1.0/users",
    "https://graph.microsoft.com",
    "https://graph.microsoft.com?x=/v1.0/",
    "https://graph.microsoft.com#/v1.0/",
    " https://graph.microsoft.com/v1.0/users",
    "https://graph.microsoft.com/v1.0/us ers",
    "https://graph.microsoft.com/v1.0/us\ners",
    "https://graph.microsoft.com/v1.0/us\u0000ers",
    "//evil.example/v1.0/users",
    "https:/evil.example",
    "https:evil.example",
    "file:///etc/passwd",
    "",
]


def real() -> Wire:
    return Wire(Cloud(name="global", login_url="https://login.microsoftonline.com", graph_url=GRAPH), GRAPH)


@pytest.mark.parametrize("url", FOREIGN)
def test_s50_a_foreign_address_is_refused_before_the_first_byte(url: str) -> None:
    wire = real()
    assert not wire.leads_to(url)
    with pytest.raises(ForeignAddress):
        wire.send(Outgoing(method="GET", url=url, headers={"Authorization": "Bearer secret"}))


def test_s50_the_own_place_is_known() -> None:
    assert real().leads_to("https://graph.microsoft.com/v1.0/users?$skiptoken=a%2Bb'c")


@pytest.mark.parametrize(
    "link",
    [
        "{evil}/v1.0/users",
        "https://entra.simulator.localhost.evil.example/v1.0/users",
        "https://entra.simulator.localhost@127.0.0.1/v1.0/users",
        "https://entra.simulator.localhost:1/v1.0/users",
        "http://entra.simulator.localhost/v1.0/users",
        "https://entra.simulator.localhost/beta/users",
        "https://entra.simulator.localhost/other",
    ],
)
def test_s50_a_link_to_a_foreign_host_is_not_followed(graph: Graph, link: str) -> None:
    with ScriptedServer() as evil:
        with pytest.raises(UnableTo) as raised:
            graph.transport.read(link.format(evil=evil.url))
        assert evil.heard == []
    assert raised.value.code == "foreign-address"
    assert graph.heard == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_s50_a_redirect_is_not_followed(graph: Graph, status: int) -> None:
    with ScriptedServer() as evil:
        graph.script(Scripted(status=status, headers={"Location": f"{evil.url}/v1.0/users"}))
        with pytest.raises(UnableTo) as raised:
            graph.transport.read("/users")
        assert evil.heard == []
    assert raised.value.code == "redirected"
    assert not raised.value.transient


def test_s50_a_loopback_reaches_no_other_host(server: ScriptedServer) -> None:
    session = requests.Session()
    session.mount("https://", Loopback(server.url))
    for url in ("https://graph.microsoft.com/v1.0/users", "https://entra.simulator.localhost:1/x"):
        with pytest.raises(InvalidURL):
            session.get(url)
    assert server.heard == []


def test_s50_msal_reaches_the_sign_in_service_alone(server: ScriptedServer) -> None:
    http = MsalHttp(Wire(server.cloud, PLACE), CONTOSO)
    for url in ("https://login.microsoftonline.com/common/discovery/instance", "http://169.254.169.254/metadata"):
        with pytest.raises(UnableTo) as raised:
            http.get(url)
        assert raised.value.code == "foreign-address"
    assert server.heard == []


def test_s50_no_password_file_and_no_proxy_of_the_environment_comes_between(
    graph: Graph, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.touch(mode=0o600)
    netrc.write_text("default login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    graph.script(Scripted())
    graph.transport.read("/users")
    assert graph.heard[0].headers["authorization"] == "Bearer token-1"


def test_no_cookie_of_an_answer_is_sent_again(graph: Graph) -> None:
    graph.script(Scripted(headers={"Set-Cookie": "a=b; Path=/"}), Scripted())
    graph.transport.read("/users")
    graph.transport.read("/users")
    assert "cookie" not in graph.heard[1].headers
