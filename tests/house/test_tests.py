"""The tests keep the house rules, too: honest fakes, claims that are checked, nothing left out."""

import ast
import re

from tests.house.sources import ROOT, Function, python_files

TESTS = python_files(ROOT / "tests")

# A test claims by `assert`, by what must be raised, or by a checking function of this kind of name.
CLAIMS = re.compile(r"(raises|warns|expect|(assert|check|must|expect|see|refuse)\w*)")


def test_nothing_is_patched() -> None:
    pattern = re.compile(r"\bmock\.|import mock|\bmocker\b|Magic" + r"Mock|create_autospec")
    assert {source.name for source in TESTS if pattern.search(source.text)} - {"tests/house/test_tests.py"} == set()


def test_only_the_environment_is_monkeypatched() -> None:
    pattern = re.compile(r"monkeypatch\.(?!setenv|delenv|chdir)\w+")
    assert {source.name for source in TESTS if pattern.search(source.text)} == set()


def test_nothing_is_left_out_but_where_a_program_is_missing() -> None:
    pattern = re.compile(r"pytest\.(skip|importorskip|xfail)|mark\.(skip|skipif|xfail)")
    leaving_out = {source.name for source in TESTS if pattern.search(source.text)}
    assert leaving_out - {"tests/house/test_tests.py"} <= {"tests/conftest.py"}


def test_every_test_claims_something() -> None:
    silent = {
        f"{source.name}:{function.name}"
        for source in TESTS
        if source.path.name.startswith("test_")
        for named in [{function.name: function for function in source.functions()}]
        for function in named.values()
        if function.name.startswith("test_") and not _claims(function, named)
    }
    assert silent == set()


def _claims(function: Function, others: dict[str, Function]) -> bool:
    """Say whether a function, or one of its own module that it calls, claims anything."""
    if any(isinstance(node, ast.Assert) or _is_claim(node) for node in ast.walk(function)):
        return True
    remaining = {name: other for name, other in others.items() if other is not function}
    return any(_claims(remaining[name], remaining) for name in _called(function) & set(remaining))


def _called(function: Function) -> set[str]:
    calls = (node.func for node in ast.walk(function) if isinstance(node, ast.Call))
    return {name.id for name in calls if isinstance(name, ast.Name)}


def _is_claim(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return CLAIMS.fullmatch(name) is not None


def test_nobody_waits_in_the_dark() -> None:
    long = re.compile(r"\bsleep\((?:[1-9]\d*(?:\.\d+)?|0\.[5-9])")
    assert {source.name for source in TESTS if long.search(source.text)} == set()
