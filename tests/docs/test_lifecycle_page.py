"""docs/lifecycle.md tells the truth: its picture and its table are what the rules and the settings say."""

import re
from dataclasses import fields
from pathlib import Path

from selfservice.model.lifecycle import DEFAULT, Lifecycle, lifecycle_to_data
from tools.lifecycle_picture import PICTURE, draw, lanes

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "lifecycle.md").read_text("utf-8")
ROWS = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", PAGE, re.MULTILINE))


def test_the_picture_is_what_the_rules_say() -> None:
    assert PICTURE.read_text("utf-8") == draw(lanes())


def test_the_table_has_every_setting_with_its_default() -> None:
    data = lifecycle_to_data(DEFAULT)
    said = {name: ", ".join(map(str, value)) if isinstance(value, list) else str(value) for name, value in data.items()}
    assert said == ROWS
    assert set(ROWS) | {"enforced_at"} == {each.name for each in fields(Lifecycle)}
