"""The repository holds no secret, no machine's address, and nothing fetched that we did not prove."""

import hashlib
import json
import re
from pathlib import Path

from tests.house.sources import LOCKS, ROOT, VENDOR, written_files
from tools.find_secrets import find, not_reviewed


def test_s49_no_secret_in_the_repository() -> None:
    assert not_reviewed(find([path.relative_to(ROOT).as_posix() for path in written_files()])) == []


def test_s49_a_secret_would_be_found(tmp_path: Path) -> None:
    careless = tmp_path / "careless.py"
    careless.write_text('client_secret = "' + "hunter2" * 3 + '"\n')
    assert len(not_reviewed(find([str(careless)]))) == 1


def test_s68_every_vendored_file_is_the_one_we_reviewed() -> None:
    noted = {
        name: digest
        for library in json.loads((VENDOR / "vendored.json").read_text())
        for name, digest in library["sha256"].items()
    }
    found = {
        path.relative_to(VENDOR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "vendored.json"
    }
    assert found == noted


def test_s68_every_locked_package_carries_its_hashes() -> None:
    assert LOCKS
    for lock in LOCKS:
        for entry in re.split(r"\n(?=[a-zA-Z])", lock.read_text())[1:]:
            assert "--hash=sha256:" in entry, f"{lock.name}: {entry.splitlines()[0]}"


def test_s68_the_locks_name_no_place_to_download_from() -> None:
    place = re.compile(r"://|--index-url|--extra-index|--find-links| @ |^/", re.M)
    assert {lock.name for lock in LOCKS if place.search(lock.read_text())} == set()


def test_both_locks_agree() -> None:
    runtime, everything = (
        dict(re.findall(r"^([\w.-]+)==(\S+)", lock.read_text(), re.M)) for lock in sorted(LOCKS)[::-1]
    )
    assert {name: version for name, version in runtime.items() if everything.get(name) != version} == {}


def test_no_file_names_a_folder_of_somebody_s_machine() -> None:
    folder = re.compile(r"(?<![\w.~-])/(?:home|Users|root)/\w|[A-Z]:\\Users")
    assert {path.name for path in written_files() if folder.search(path.read_text())} == set()


def test_nothing_is_left_to_be_done_later() -> None:
    later = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")) + r")\b")
    assert {path.name for path in written_files() if later.search(path.read_text())} == set()


def test_every_text_file_ends_with_a_newline_and_no_line_with_a_space() -> None:
    untidy = re.compile(r"[^\n]\Z|[ \t]+$", re.M)
    texts = {path.relative_to(ROOT).as_posix(): path.read_text() for path in written_files() if path.suffix != ".json"}
    assert {name for name, text in texts.items() if untidy.search(text)} == set()
