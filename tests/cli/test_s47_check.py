"""`selfservice check` and the start of a worker look at what each tenant has really granted."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from selfservice.entra.permissions import PURPOSES
from tests.installation import Installation, installed

pytestmark = pytest.mark.slow


@pytest.fixture
def place(sqlite_url: str, tmp_path: Path) -> Iterator[Installation]:
    with installed(tmp_path, sqlite_url) as place:
        yield place


def command(place: Installation, name: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "selfservice", name],
        env={**os.environ, **place.environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def grant(place: Installation, *permissions: str) -> None:
    tenant = place.simulator.world.tenants[place.rt.settings.tenants["contoso"].tenant_id]
    client_id = place.rt.settings.tenants["contoso"].credential.client_id
    tenant.grants[client_id] = [*tenant.grants[client_id], *permissions]


def revoke(place: Installation, permission: str) -> None:
    tenant = place.simulator.world.tenants[place.rt.settings.tenants["contoso"].tenant_id]
    client_id = place.rt.settings.tenants["contoso"].credential.client_id
    tenant.grants[client_id] = [name for name in tenant.grants[client_id] if name != permission]


def test_a_complete_installation_is_ok(place: Installation) -> None:
    done = command(place, "check")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("ok ") == 7


@pytest.mark.parametrize(
    "permission",
    ["User.Invite.All", "AppRoleAssignment.ReadWrite.All", "CrossTenantInformation.ReadBasic.All", "Policy.Read.All"],
)
def test_s47_a_missing_permission_is_named_with_what_it_is_for(place: Installation, permission: str) -> None:
    revoke(place, permission)
    done = command(place, "check")
    assert done.returncode == 1
    assert f"Contoso: {permission} is not granted ({PURPOSES[permission]})" in done.stdout


def test_s47_more_than_needed_warns(place: Installation) -> None:
    grant(place, "Calendars.Read")
    done = command(place, "check")
    assert done.returncode == 0
    assert "warning  Contoso: Calendars.Read" in done.stdout


def test_s47_a_dangerous_permission_refuses_the_check_and_the_worker(place: Installation) -> None:
    grant(place, "RoleManagement.ReadWrite.Directory")
    checked, worked = command(place, "check"), command(place, "worker")
    assert checked.returncode == 1
    assert "power over the directory" in checked.stdout
    assert worked.returncode not in (0, -signal.SIGTERM)
    assert "Contoso grants RoleManagement.ReadWrite.Directory" in worked.stderr


def test_no_secret_is_printed(place: Installation) -> None:
    secrets = [
        tenant.credential.file.read_text("utf-8").strip()
        for tenant in place.rt.settings.tenants.values()
        if tenant.credential.file is not None
    ]
    done = command(place, "check")
    assert secrets
    assert not any(secret in done.stdout + done.stderr for secret in (*secrets, place.rt.settings.secret_key))
