"""Every row of the threat model that is in force has a test named after it, and docs/security.md says where."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROWS = (*range(1, 36), *range(38, 42), *range(44, 53), *range(54, 64), 64, 69)
NAMED = re.compile(r"def (test_s(\d\d)_\w+)")


def named_tests() -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for _name, row in NAMED.findall(file.read_text("utf-8")):
            found.setdefault(int(row), []).append(file.relative_to(ROOT).as_posix())
    return found


@pytest.mark.parametrize("row", ROWS)
def test_a_threat_row_in_force_has_a_test_of_its_name(row: int) -> None:
    assert named_tests().get(row), f"no test is named test_s{row:02d}_..."


@pytest.mark.parametrize("row", ROWS)
def test_the_security_page_says_where_a_row_is_tested(row: int) -> None:
    page = (ROOT / "docs" / "security.md").read_text("utf-8")
    line = next((line for line in page.splitlines() if line.startswith(f"| S{row:02d} ")), "")
    assert line, f"docs/security.md has no row S{row:02d}"
    files = set(named_tests().get(row, []))
    assert files <= set(re.findall(r"`(tests/[\w/]+\.py)`", line)), (
        f"docs/security.md does not name {files} for S{row:02d}"
    )
