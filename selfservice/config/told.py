"""The told values, asked for by name; whatever is missing is written down as a problem."""

from collections.abc import Mapping
from pathlib import Path

from selfservice.config.keys import variable_of
from selfservice.config.problems import Problems
from selfservice.config.sources import Table


class Told:
    """What an installation was told. A missing value is a problem at once, and the answer is an empty one."""

    def __init__(self, table: Table, *, environ: Mapping[str, str], folder: Path, problems: Problems) -> None:
        self._table = table
        self.environ = environ
        self.folder = folder
        self.problems = problems

    def has(self, name: str) -> bool:
        """Say whether the key was told."""
        return name in self._table

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text that is not empty; without a default it must be told."""
        value = str(self._table.get(name, default if default is not None else "")).strip()
        if not value and default is None:
            self.problems.add(name, "it is missing", f"Add it to the settings file, or set {variable_of(name)}")
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a yes or no."""
        return bool(self._table.get(name, default))

    def number(self, name: str, default: int, *, least: int, most: int) -> int:
        """Return a whole number within its bounds."""
        value = self._table.get(name, default)
        number = value if isinstance(value, int) else default
        if not least <= number <= most:
            self.problems.add(name, f"{number} is out of bounds", f"Choose a number from {least} to {most}")
        return number

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts, empty where nothing was told."""
        value = self._table.get(name, ())
        return value if isinstance(value, tuple) else ()

    def file(self, name: str) -> Path | None:
        """Return a path, a relative one taken from the folder of the settings file."""
        value = self._table.get(name)
        return self.folder / Path(str(value)).expanduser() if value else None

    def names(self, prefix: str) -> tuple[str, ...]:
        """Return the names that the installation chose under a prefix, in order."""
        start = f"{prefix}."
        return tuple(dict.fromkeys(name.split(".")[1] for name in self._table if name.startswith(start)))

    def section(self, prefix: str) -> bool:
        """Say whether anything was told under a prefix."""
        return any(name.startswith(f"{prefix}.") for name in self._table)
