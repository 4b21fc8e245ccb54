"""Reads the settings file and the environment into one flat table of checked values."""

import difflib
import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from selfservice.config.keys import FILE_VARIABLE, KEYS, NO_KEYS, PREFIX, Key, Kind, key_of, variable_of
from selfservice.config.problems import Problems

Value = str | bool | int | tuple[str, ...]
Table = dict[str, Value]

NAME = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")
"""What an installation may call a tenant or a cloud."""

TRUE, FALSE = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0"})


def read_sources(file: Path | None, environ: Mapping[str, str], problems: Problems) -> Table:
    """Return every value that is told, by the key's full name; the environment overrides the file."""
    table = _from_file(file, problems) if file is not None else {}
    return {**table, **_from_environment(environ, table, problems)}


def _from_file(file: Path, problems: Problems) -> Table:
    try:
        content = tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        problems.add(FILE_VARIABLE, f"there is no file {file}", "Write one; docs/configuration.md shows it")
        return {}
    except (OSError, ValueError) as failure:
        problems.add(str(file), f"the file cannot be read ({failure})", "Mend it, or give its path and permissions")
        return {}
    table: Table = {}
    _flatten((), content, table, problems)
    return table


def _flatten(parts: tuple[str, ...], content: Mapping[str, object], table: Table, problems: Problems) -> None:
    for name, value in content.items():
        here = (*parts, name)
        if isinstance(value, dict) and key_of(here) is None:
            _flatten(here, value, table, problems)
            continue
        key = _known(here, ".".join(here), problems)
        if key is None:
            continue
        if key.secret:
            remedy = f"Move it to a file, or to the variable {variable_of('.'.join(here))}"
            problems.add(".".join(here), "a secret does not belong in the settings file", remedy)
            continue
        checked = _checked(key, value)
        if checked is None:
            problems.add(".".join(here), f"it must be a {key.kind}", "Correct the value")
        else:
            table[".".join(here)] = checked


def _from_environment(environ: Mapping[str, str], table: Table, problems: Problems) -> Table:
    named = {_variable_part(part): part for name in table for part in name.split(".")[1:2]}
    found: Table = {}
    for variable, text in environ.items():
        if not variable.startswith(PREFIX) or variable in NO_KEYS:
            continue
        parts = variable.removeprefix(PREFIX).split("__")
        if len(parts) > 1 and parts[0] in ("TENANTS", "CLOUDS"):
            parts[1] = named.get(parts[1], parts[1])
        here = tuple(part.lower() for part in parts)
        key = _known(here, variable, problems)
        if key is None:
            continue
        value = _parsed(key, text)
        if value is None:
            problems.add(variable, f"it must be a {key.kind}", "Correct the variable")
        else:
            found[".".join(here)] = value
    return found


def _known(parts: tuple[str, ...], told_as: str, problems: Problems) -> Key | None:
    key = key_of(parts)
    if key is None:
        close = difflib.get_close_matches(".".join(parts), [known.name for known in KEYS], n=1)
        hint = f"Did you mean {close[0]}?" if close else "docs/configuration.md lists every key"
        problems.add(told_as, "there is no such key", f"Remove it, or mend its name ({hint})")
    elif "*" in key.parts and NAME.fullmatch(parts[1]) is None:
        problems.add(told_as, f"{parts[1]!r} is no name", "Use small letters and digits, with - or _ between them")
        return None
    return key


def _checked(key: Key, value: object) -> Value | None:
    match key.kind:
        case Kind.FLAG:
            return value if isinstance(value, bool) else None
        case Kind.NUMBER:
            return value if isinstance(value, int) and not isinstance(value, bool) else None
        case Kind.LIST:
            return tuple(value) if isinstance(value, list) and all(isinstance(item, str) for item in value) else None
        case Kind.TEXT | Kind.FILE:
            return value if isinstance(value, str) else None


def _parsed(key: Key, text: str) -> Value | None:
    match key.kind:
        case Kind.FLAG:
            word = text.strip().lower()
            return True if word in TRUE else False if word in FALSE else None
        case Kind.NUMBER:
            return int(text) if re.fullmatch(r"\s*-?[0-9]{1,9}\s*", text) else None
        case Kind.LIST:
            return _parsed_list(text)
        case Kind.TEXT | Kind.FILE:
            return text


def _parsed_list(text: str) -> tuple[str, ...] | None:
    if text.lstrip().startswith("["):
        try:
            value = json.loads(text)
        except ValueError:
            return None
        return tuple(value) if isinstance(value, list) and all(isinstance(item, str) for item in value) else None
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _variable_part(name: str) -> str:
    return name.upper().replace("-", "_")
