"""The page about the settings lists every key that there is, and no other; its example loads."""

import re
from pathlib import Path

from selfservice.config.clouds import KNOWN_CLOUDS
from selfservice.config.keys import KEYS
from tests.config.installation import load

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "configuration.md").read_text("utf-8")


def test_every_key_is_documented_once_and_no_other() -> None:
    documented = re.findall(r"^\| `([\w.*]+)` \|", PAGE, re.M)
    assert sorted(documented) == sorted(key.name for key in KEYS)


def test_every_cloud_that_is_built_in_is_named() -> None:
    assert all(f"`{name}`" in PAGE for name in KNOWN_CLOUDS)


def test_the_example_loads(tmp_path: Path) -> None:
    [example] = re.findall(r"```toml\n(.*?)```", PAGE, re.S)
    assert set(load(tmp_path, example).tenants) == {"fabrikam", "contoso"}


def test_a_default_that_is_documented_is_the_one_that_is_used(tmp_path: Path) -> None:
    settings = load(tmp_path)
    documented = dict(re.findall(r"^\| `intervals\.(\w+)` \| `(\d+)` \|", PAGE, re.M))
    assert {name: getattr(settings.intervals, name).total_seconds() for name in documented} == {
        name: float(seconds) for name, seconds in documented.items()
    }
    assert len(documented) == 5
