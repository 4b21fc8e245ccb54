"""Look for secrets in the files we wrote: `python tools/find_secrets.py [--accept]`.

detect-secrets' own hook compares line numbers, too, so that its baseline would change with every edit. This compares
what it finds with what was reviewed: a file's name, the kind and the hash. `--accept` notes what it finds as reviewed.
"""

import contextlib
import json
import subprocess
import sys
from pathlib import Path

from detect_secrets.core.secrets_collection import SecretsCollection
from detect_secrets.settings import transient_settings

ROOT = Path(__file__).resolve().parents[1]
BASELINE = ROOT / ".secrets.baseline"
GUESS = "Secret Keyword"  # whatever is called a password: in tests these are made up, and open the simulator only


def files_to_search() -> list[str]:
    """Return every file that is, or could be, committed."""
    listed = subprocess.run(
        # A checkout may belong to another user than the one who checks it.
        ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def find(files: list[str]) -> SecretsCollection:
    """Return whatever looks like a secret to the detectors that the baseline names."""
    with contextlib.chdir(ROOT), transient_settings(json.loads(BASELINE.read_text())):
        found = SecretsCollection()
        for name in files:
            found.scan_file(name)
        return found


def not_reviewed(found: SecretsCollection) -> list[str]:
    """Return what was found and is not in the baseline, as file, line and kind."""
    reviewed = SecretsCollection.load_from_baseline(json.loads(BASELINE.read_text()))
    return sorted(
        f"{name}:{secret.line_number}: {secret.type}"
        for name, secret in found - reviewed
        if not _is_made_up(name, secret.type)
    )


def accept(found: SecretsCollection) -> None:
    """Note what was found as reviewed, without line numbers, which move."""
    noted = json.loads(BASELINE.read_text())
    noted["results"] = {}
    for name, entries in found.json().items():
        for entry in entries:
            if not _is_made_up(name, entry["type"]):
                kept = {key: value for key, value in entry.items() if key != "line_number"}
                noted["results"].setdefault(name, []).append(kept)
    BASELINE.write_text(json.dumps(noted, indent=2) + "\n")


def _is_made_up(name: str, kind: str) -> bool:
    return kind == GUESS and name.startswith("tests/")


def main() -> None:
    """Exit with 1 where something looks like a secret that nobody reviewed."""
    found = find(files_to_search())
    new = not_reviewed(found)
    for line in new:
        print(f"looks like a secret: {line}")
    if "--accept" in sys.argv[1:]:
        accept(found)
    elif new:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
