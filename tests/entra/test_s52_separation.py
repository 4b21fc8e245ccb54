"""S52: signing people in needs no directory's credential, and making a directory reads none before its first use."""

from pathlib import Path

import pytest

from selfservice.entra.directories import GraphDirectories
from selfservice.entra.graph_mailbox import GraphDraftBox
from selfservice.model.unable import UnableTo
from tests.entra.world import CALLBACK, PEOPLE, TENANTS, World, pick


def without_directory_credentials(world: World) -> None:
    for tenant in world.settings.tenants.values():
        Path(str(tenant.credential.file)).unlink()


def test_s52_people_sign_in_where_no_directory_credential_is_readable(world: World) -> None:
    without_directory_credentials(world)
    sign_in = world.sign_in()
    start = sign_in.start(redirect_uri=CALLBACK, login_hint=None)
    assert sign_in.finish(start.flow, pick(start, "ann@fabrikam.example")).object_id == PEOPLE["ann@fabrikam.example"]


def test_s52_a_directory_reads_its_credential_at_its_first_use(world: World) -> None:
    without_directory_credentials(world)
    directory = GraphDirectories(world.settings, {}).of(TENANTS["Contoso"])
    assert GraphDraftBox(world.settings, {}) is not None
    with pytest.raises(UnableTo) as raised:
        directory.get_user(PEOPLE["ida@partner.example"])
    assert raised.value.code == "credential-unreadable"


def test_only_configured_tenants_have_a_directory(world: World) -> None:
    directories = GraphDirectories(world.settings, {})
    assert directories.of(TENANTS["Contoso"]) is directories.of(TENANTS["Contoso"])
    assert directories.of(TENANTS["Contoso"]) is not directories.of(TENANTS["Woodgrove"])
    with pytest.raises(KeyError):
        directories.of("99999999-9999-4999-8999-999999999999")
