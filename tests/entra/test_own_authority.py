"""A cloud of one's own over real TLS: its authority alone is trusted, whatever the environment says."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from selfservice.config.clouds import Cloud
from selfservice.model.unable import UnableTo
from selfservice.simulator.server import RunningSimulator, start
from selfservice.simulator.server import Settings as SimulatorSettings
from tests.entra.world import CALLBACK, PEOPLE, World, pick


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def simulator(authority: trustme.CA, tmp_path: Path) -> Iterator[RunningSimulator]:
    issued = authority.issue_cert("localhost", "127.0.0.1")
    key, chain = tmp_path / "server.key", tmp_path / "server.pem"
    issued.private_key_pem.write_to_path(key)
    for index, part in enumerate(issued.cert_chain_pems):
        part.write_to_path(chain, append=index > 0)
    with start(SimulatorSettings(tls=(chain, key))) as running:
        yield running


def own_cloud(simulator: RunningSimulator, bundle: Path | None) -> Cloud:
    return Cloud(name="own", login_url=simulator.url, graph_url=simulator.url, ca_bundle=bundle)


def bundle_of(authority: trustme.CA, folder: Path, name: str = "ca.pem") -> Path:
    file = folder / name
    authority.cert_pem.write_to_path(file)
    return file


@pytest.mark.parametrize("variable", ["", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_sign_in_and_graph_work_end_to_end_with_an_authority_of_ones_own(
    simulator: RunningSimulator,
    authority: trustme.CA,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
) -> None:
    if variable:
        monkeypatch.setenv(variable, str(bundle_of(trustme.CA(), tmp_path, "other.pem")))
    bundle = bundle_of(authority, tmp_path)
    world = World(simulator, tmp_path, own_cloud(simulator, bundle))
    guest = world.directory("Contoso").get_user(PEOPLE["ida@partner.example"])
    assert guest is not None
    assert guest.mail == "ida@partner.example"
    sign_in = world.sign_in()
    began = sign_in.start(redirect_uri=CALLBACK, login_hint=None)
    assert began.url.startswith(f"{simulator.url}/")
    who = sign_in.finish(began.flow, pick(began, "ann@fabrikam.example", verify=str(bundle)))
    assert who.object_id == PEOPLE["ann@fabrikam.example"]


def test_a_service_that_another_authority_vouches_for_is_not_trusted(
    simulator: RunningSimulator, tmp_path: Path
) -> None:
    for bundle in (bundle_of(trustme.CA(), tmp_path), None):
        world = World(simulator, tmp_path, own_cloud(simulator, bundle))
        with pytest.raises(UnableTo) as raised:
            world.directory("Contoso").get_user(PEOPLE["ida@partner.example"])
        assert raised.value.code == "untrusted"
        assert not raised.value.outcome_unknown
        assert not raised.value.transient
