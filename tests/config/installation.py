"""A settings file as an installation would write it, and what goes wrong with it."""

from collections.abc import Mapping
from pathlib import Path

from selfservice.config.loading import SettingsError, load_settings
from selfservice.config.settings import Settings

HOME_ID = "11111111-aaaa-4aaa-8aaa-111111111111"
RESOURCE_ID = "22222222-bbbb-4bbb-8bbb-222222222222"
KEY = "p8Zk1vQxT5mWc0RbJ7yLhN3sGfEuDa6oIiXtVnBqKj2"

REST = """
[signin]
client_id = "5e1f5e1f-0000-4000-8000-000000000001"
certificate_file = "signin.pem"

[mail]
kind = "smtp"
sender = "selfservice@contoso.com"

[mail.smtp]
host = "smtp.contoso.com"
"""

HOME = f"""
[tenants.fabrikam]
id = "{HOME_ID}"
name = "Fabrikam"
domains = ["fabrikam.com"]
home = true

[tenants.fabrikam.credential]
client_id = "5e1f5e1f-0000-4000-8000-0000000000f1"
certificate_file = "fabrikam.pem"
"""

RESOURCE = f"""
[tenants.contoso]
id = "{RESOURCE_ID}"
name = "Contoso"
domains = ["contoso.com", "contoso.net"]
resource = true
requestors_from = ["fabrikam"]

[tenants.contoso.credential]
client_id = "5e1f5e1f-0000-4000-8000-0000000000c1"
certificate_file = "contoso.pem"
"""

TOP = """
base_url = "https://access.contoso.com"
secret_key_file = "secret_key"
"""

WHOLE = TOP + REST + HOME + RESOURCE


def write(folder: Path, text: str = WHOLE) -> Path:
    """Write a settings file, and the key that it names."""
    key = folder / "secret_key"
    key.touch(mode=0o600)
    key.write_text(KEY)
    file = folder / "settings.toml"
    file.write_text(text)
    return file


def load(folder: Path, text: str = WHOLE, environ: Mapping[str, str] | None = None) -> Settings:
    """Load a settings file of this text."""
    return load_settings(write(folder, text), environ or {})


def wrong(folder: Path, text: str = WHOLE, environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return what is wrong with a settings file of this text, by key."""
    try:
        load(folder, text, environ)
    except SettingsError as failure:
        return {problem.key: f"{problem.wrong}. {problem.remedy}." for problem in failure.problems}
    return {}
