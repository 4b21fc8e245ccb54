"""Reads secrets from where the settings say they are, at the moment of use and in the process that uses them."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from selfservice.config.problems import Problem, SettingsError
from selfservice.config.settings import Credential, CredentialKind


def credential_proof(credential: Credential, environ: Mapping[str, str] = os.environ) -> str:
    """Return the secret, the PEM text or the outside token of an app registration. Raises `SettingsError`."""
    if credential.environment is not None:
        value = environ.get(credential.environment, "").strip()
        if not value:
            raise _error(credential.environment, "the variable is empty", "Set it for this process")
        return value
    if credential.file is None:
        raise _error(credential.client_id, "its credential has no place", "Name a file for it")
    return read_secret(credential.file, private=credential.kind is not CredentialKind.FEDERATED)


def read_secret(file: Path, *, private: bool = True) -> str:
    """Return the text of a secret file, which only its owner may read (an outside token's is not ours to protect)."""
    try:
        with file.open(encoding="utf-8") as opened:
            if private and _is_shared(opened.fileno()):
                raise _error(str(file), "others than its owner can read it", f"Run: chmod 600 {file}")
            value = opened.read().strip()
    except FileNotFoundError as failure:
        raise _error(str(file), "there is no such file", "Put the secret there, or correct the path") from failure
    except (OSError, ValueError) as failure:
        raise _error(str(file), "it cannot be read", "Give the file to the user of this process") from failure
    if not value:
        raise _error(str(file), "it is empty", "Put the secret there")
    return value


def is_shared(file: Path) -> bool:
    """Say whether others than the owner can read a file; one that cannot be looked at is not shared with us."""
    try:
        return bool(stat.S_IMODE(file.stat().st_mode) & 0o077)
    except OSError:
        return False


def _is_shared(descriptor: int) -> bool:
    return bool(stat.S_IMODE(os.fstat(descriptor).st_mode) & 0o077)


def _error(key: str, wrong: str, remedy: str) -> SettingsError:
    return SettingsError([Problem(key=key, wrong=wrong, remedy=remedy)])
