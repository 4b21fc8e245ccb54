"""Secrets come from private files or the environment, are read late, and are shown nowhere."""

from pathlib import Path

import pytest

from selfservice.config.loading import SettingsError
from selfservice.config.proof import credential_proof
from selfservice.config.settings import Credential, CredentialKind
from tests.config.installation import KEY, WHOLE, load, wrong

CLIENT = "5e1f5e1f-0000-4000-8000-0000000000c1"


def private(file: Path, text: str = "hush") -> Path:
    file.touch(mode=0o600)
    file.write_text(text)
    return file


def test_s49_the_repr_of_the_settings_shows_no_secret(tmp_path: Path) -> None:
    settings = load(tmp_path, environ={"SELFSERVICE_DATABASE_URL": "postgresql://user:swordfish@db/selfservice"})
    shown = f"{settings!r} {settings}"
    assert settings.secret_key == KEY
    assert KEY not in shown
    assert "swordfish" not in shown


def test_s49_a_secret_may_come_from_the_environment_and_is_read_at_use(tmp_path: Path) -> None:
    variable = "SELFSERVICE_TENANTS__CONTOSO__CREDENTIAL__SECRET"
    text = WHOLE.replace('certificate_file = "contoso.pem"', "")
    credential = load(tmp_path, text, {variable: "opensesame"}).tenants["contoso"].credential
    assert "opensesame" not in repr(credential)
    assert credential_proof(credential, {variable: "renewed"}) == "renewed"
    with pytest.raises(SettingsError, match=variable):
        credential_proof(credential, {})


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o666])
def test_s49_a_key_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    file = private(tmp_path / "key.pem")
    file.chmod(mode)
    credential = Credential(client_id=CLIENT, kind=CredentialKind.CERTIFICATE, file=file)
    with pytest.raises(SettingsError, match="chmod 600"):
        credential_proof(credential, {})


def test_s49_a_shared_key_is_found_at_the_start(tmp_path: Path) -> None:
    private(tmp_path / "contoso.pem").chmod(0o644)
    assert "chmod 600" in wrong(tmp_path)["tenants.contoso.credential.certificate_file"]


def test_s49_the_secret_key_is_private_and_cannot_be_guessed(tmp_path: Path) -> None:
    for bad in ("short", "x" * 64, "changeme" * 8, "secret-" + KEY):
        found = wrong(tmp_path, WHOLE.replace("secret_key_file", "#"), {"SELFSERVICE_SECRET_KEY": bad})
        assert "secret_key" in found, bad
        assert bad not in str(found)
    load(tmp_path)
    (tmp_path / "secret_key").chmod(0o644)
    assert "chmod 600" in wrong(tmp_path)["secret_key_file"]


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_s49_an_empty_secret_is_no_secret(tmp_path: Path, text: str) -> None:
    credential = Credential(client_id=CLIENT, kind=CredentialKind.SECRET, file=private(tmp_path / "s", text))
    with pytest.raises(SettingsError, match="it is empty"):
        credential_proof(credential, {})


def test_s49_a_missing_secret_says_where_it_should_be(tmp_path: Path) -> None:
    credential = Credential(client_id=CLIENT, kind=CredentialKind.SECRET, file=tmp_path / "none")
    with pytest.raises(SettingsError, match="no such file"):
        credential_proof(credential, {})


def test_an_outside_token_may_be_readable_by_its_issuer_and_is_read_anew(tmp_path: Path) -> None:
    file = private(tmp_path / "token", "first")
    file.chmod(0o644)
    credential = Credential(client_id=CLIENT, kind=CredentialKind.FEDERATED, file=file)
    assert credential_proof(credential, {}) == "first"
    file.write_text("second\n")
    assert credential_proof(credential, {}) == "second"


def test_s52_loading_the_settings_reads_no_credential(tmp_path: Path) -> None:
    assert not (tmp_path / "contoso.pem").exists()
    assert load(tmp_path).tenants["contoso"].credential.file == tmp_path / "contoso.pem"
