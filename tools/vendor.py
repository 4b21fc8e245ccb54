"""Put the front-end libraries that the pages use into static/vendor, from npm: `python tools/vendor.py`.

It needs npm, which only a maintainer who updates a library needs. What is written is committed; the house tests
compare every file with `static/vendor/vendored.json`.
"""

import base64
import hashlib
import json
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

VENDOR = Path(__file__).resolve().parents[1] / "static" / "vendor"


@dataclass(frozen=True, kw_only=True)
class Library:
    """One npm package: what we take of it, and the hash its archive must have."""

    name: str
    version: str
    licence: str
    files: tuple[str, ...]
    integrity: str

    @property
    def folder(self) -> str:
        """Name the folder, which carries the version so that a browser never mixes two."""
        return f"{self.name}@{self.version}"


LIBRARIES = (
    Library(
        name="bootstrap",
        version="5.3.9",
        licence="MIT",
        files=("LICENSE", "dist/css/bootstrap.min.css", "dist/js/bootstrap.bundle.min.js"),
        integrity="sha512-20cU0rcfw8WdxtVbmfU+xT2EjvVTw9Ror/h1Qvd7DXCujRg8OO9mdBCsmTHdJFf3BuadmBNJtgIuUXsBqSkk/w==",
    ),
    Library(
        name="htmx.org",
        version="4.0.1",
        licence="0BSD",
        files=("LICENSE", "dist/htmx.min.js"),
        integrity="sha512-oF7JgXhDW9UXCy/k1ZYFUQgzu/rm19ORWPSPNL91vPluB2PB9+MV55tyQdH/w7o2EAbTYUG5SDW1R60mdkdqGg==",
    ),
)


class NotWhatWeReviewed(Exception):
    """An archive is not the one whose hash we noted."""


def fetch(library: Library, into: Path) -> Path:
    """Fetch the package's archive and prove that it is the one we reviewed."""
    subprocess.run(
        ["npm", "pack", "--silent", f"{library.name}@{library.version}"],
        cwd=into,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    archive = into / f"{library.name}-{library.version}.tgz"
    found = "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != library.integrity:
        raise NotWhatWeReviewed(f"{library.folder} has the hash {found}")
    return archive


def unpack(library: Library, archive: Path) -> dict[str, str]:
    """Write the files we use, flat in the library's folder, and return their hashes."""
    folder = VENDOR / library.folder
    folder.mkdir(parents=True)
    hashes = {}
    with tarfile.open(archive) as tar:
        for name in library.files:
            member = tar.extractfile(f"package/{name}")
            content = member.read() if member else b""
            file = folder / Path(name).name
            file.write_bytes(content)
            hashes[file.relative_to(VENDOR).as_posix()] = hashlib.sha256(content).hexdigest()
    return hashes


def main() -> None:
    """Replace static/vendor by what LIBRARIES names."""
    shutil.rmtree(VENDOR, ignore_errors=True)
    entries = []
    with tempfile.TemporaryDirectory() as scratch:
        for library in LIBRARIES:
            hashes = unpack(library, fetch(library, Path(scratch)))
            entries.append(
                {"name": library.name, "version": library.version, "licence": library.licence, "sha256": hashes}
            )
            print(f"{library.folder}: {len(hashes)} files")
    (VENDOR / "vendored.json").write_text(json.dumps(entries, indent=2) + "\n")


if __name__ == "__main__":
    main()
