"""The project's own files, read for the house rules."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "selfservice"
TEMPLATES = ROOT / "templates"
VENDOR = ROOT / "static" / "vendor"
LOCKS = tuple(ROOT.glob("requirements*.lock"))

WRITTEN_FOLDERS = ("selfservice", "templates", "static", "tests", "docs", "migrations", "tools", ".ci")
TEXT_SUFFIXES = {
    "",
    ".cfg",
    ".css",
    ".html",
    ".ini",
    ".js",
    ".json",
    ".lock",
    ".md",
    ".py",
    ".svg",
    ".toml",
    ".yaml",
    ".yml",
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One Python file."""

    path: Path
    text: str

    @property
    def name(self) -> str:
        """Return its path as people say it."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def tree(self) -> ast.Module:
        """Return its syntax tree."""
        return ast.parse(self.text, self.name)

    def functions(self) -> Iterator[Function]:
        """Yield every function and method, nested ones too."""
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))

    def imports(self) -> Iterator[str]:
        """Yield the full names of the modules it imports from."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def python_files(folder: Path) -> tuple[Source, ...]:
    """Return the Python files below a folder, in the order of their names."""
    return tuple(Source(path, path.read_text()) for path in sorted(folder.rglob("*.py")))


@cache
def written_files() -> tuple[Path, ...]:
    """Return every text file that we wrote: not what we vendor, install or make."""
    below = (path for folder in WRITTEN_FOLDERS for path in (ROOT / folder).rglob("*"))
    return tuple(
        path
        for path in sorted({*ROOT.glob("*"), *below})
        if path.is_file()
        and path.suffix in TEXT_SUFFIXES
        and VENDOR not in path.parents
        and "__pycache__" not in path.parts
    )


def lines_of(function: Function) -> int:
    """Count a function's lines, its decorators left out."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def parameters_of(function: Function) -> list[str]:
    """Return the names of all of a function's parameters, the subject (or self) first."""
    arguments = function.args
    return [argument.arg for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
