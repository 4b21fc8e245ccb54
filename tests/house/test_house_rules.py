"""The house rules: budgets and habits that a reader may rely on, checked over whatever exists."""

import ast
import re
import statistics
from pathlib import Path

from tests.house.sources import PACKAGE, ROOT, Function, Source, lines_of, parameters_of, python_files

MODULE_LINES = 250
TEST_MODULE_LINES = 350  # a test module is read claim by claim
FUNCTION_LINES = 40
MEDIAN_FUNCTION_LINES = 10
FORM_MODULE_LINES = 150
ROUTE_LINES = 15
PARAMETERS_AFTER_THE_SUBJECT = 5
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc"}
ROUTE_DECORATORS = {"route", "get", "post"}
OUTSIDE = {"directories", "directory", "mailer", "signin", "waker"}
GRAPH_MODULES = {
    *("applications.py", "deleted.py", "graph_mailbox.py", "groups.py", "policies.py", "sponsors.py", "users.py"),
}
SHAPED_BY_OTHERS = {"selfservice/entra/loopback.py:send"}  # requests says what a transport adapter takes

PRODUCT = [source for source in python_files(PACKAGE) if PACKAGE / "simulator" not in source.path.parents]
EVERYTHING = [*python_files(PACKAGE), *python_files(ROOT / "tests"), *python_files(ROOT / "tools")]


def test_no_module_is_longer_than_a_reader_can_hold() -> None:
    long = {source.name: lines for source in EVERYTHING if (lines := len(source.text.splitlines())) > _budget(source)}
    assert long == {}


def _budget(source: Source) -> int:
    return TEST_MODULE_LINES if ROOT / "tests" in source.path.parents else MODULE_LINES


def test_no_function_is_longer_than_a_screen() -> None:
    long = {
        f"{source.name}:{function.name}": lines_of(function)
        for source in EVERYTHING
        for function in source.functions()
        if lines_of(function) > FUNCTION_LINES
    }
    assert long == {}


def test_the_median_function_is_short() -> None:
    lengths = [lines_of(function) for source in PRODUCT for function in source.functions()]
    assert statistics.median(lengths) <= MEDIAN_FUNCTION_LINES


def test_no_function_takes_more_than_five_things_after_its_subject() -> None:
    many = {
        f"{source.name}:{function.name}": taken
        for source in python_files(PACKAGE)
        for function in source.functions()
        if len(taken := _taken_by(function)) > PARAMETERS_AFTER_THE_SUBJECT
    }
    assert {name: taken for name, taken in many.items() if name not in SHAPED_BY_OTHERS} == {}


def _taken_by(function: Function) -> list[str]:
    """Return what a function takes after its subject. What a value is made of, by keyword, is not counted."""
    taken = parameters_of(function)[1:]
    keywords = {argument.arg for argument in function.args.kwonlyargs}
    return [name for name in taken if name not in keywords] if function.name == "__init__" else taken


def test_form_modules_stay_small() -> None:
    long = {source.name: len(source.text.splitlines()) for source in python_files(PACKAGE / "web" / "forms")}
    assert {name: lines for name, lines in long.items() if lines > FORM_MODULE_LINES} == {}


def test_a_route_only_translates_between_the_browser_and_a_use_case() -> None:
    long = {
        f"{source.name}:{function.name}": body
        for source in python_files(PACKAGE / "web" / "views")
        for function in source.functions()
        if any(_is_route(decorator) for decorator in function.decorator_list)
        if (body := (function.end_lineno or 0) - function.body[0].lineno + 1) > ROUTE_LINES
    }
    assert long == {}


def _is_route(decorator: ast.expr) -> bool:
    return (
        isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Attribute)
        and decorator.func.attr in ROUTE_DECORATORS
    )


def test_only_the_transaction_commits() -> None:
    assert _files_with(r"\.commit\(") == {"selfservice/store/transaction.py"}


def test_only_the_bridge_knows_the_current_app() -> None:
    assert _files_with(r"\bcurrent_app\b") <= {"selfservice/web/bridge.py"}


def test_only_the_factory_and_the_journey_ask_the_clock() -> None:
    asking = _files_with(r"datetime\.now\(|\butcnow\(|date\.today\(|\btime\.time\(")
    assert asking <= {"selfservice/factory.py", "selfservice/cli/journey.py"}


def test_no_name_is_vague() -> None:
    assert {
        source.name for source in EVERYTHING if VAGUE_NAMES & {source.path.stem, *source.path.parent.parts}
    } == set()


def test_packages_hide_nothing_in_their_init() -> None:
    talkative = {
        source.name
        for source in EVERYTHING
        if source.path.name == "__init__.py"
        if len(source.tree.body) > (ast.get_docstring(source.tree) is not None)
    }
    assert talkative == set()


def test_nothing_is_exempt_from_the_linter() -> None:
    marker = re.compile("# " + "noqa|ruff" + ": noqa")
    assert {source.name for source in EVERYTHING if marker.search(source.text)} == set()


def test_untyped_values_stay_in_the_adapters() -> None:
    outside = [source for source in PRODUCT if not _is_adapter(source.path)]
    assert {source.name for source in outside if "typing.Any" in source.imports()} == set()


def _is_adapter(path: Path) -> bool:
    return bool({PACKAGE / "entra", PACKAGE / "mail"} & set(path.parents))


def test_s32_nothing_is_marked_as_safe_markup() -> None:
    assert _files_with(r"\bMarkup\(|\bMarkup\b.*import|import.*\bMarkup\b") == set()


def test_s52_the_web_knows_nothing_that_could_write_to_a_directory() -> None:
    doors = python_files(PACKAGE / "web")
    reached = {
        name
        for source in doors
        for name in source.imports()
        if name.startswith(("msal", "requests", "selfservice.entra", "selfservice.worker"))
    }
    assert reached == set()


def test_s69_nothing_is_unpickled_and_no_code_is_made_from_text() -> None:
    unsafe = {
        f"{source.name}: {name}"
        for source in python_files(PACKAGE)
        for name in source.imports()
        if name.split(".")[0] in {"pickle", "dill", "marshal", "shelve"}
    }
    assert unsafe == set()
    # YAML is read as nodes, which can make nothing but words.
    assert _files_with(r"(?<!tag:)yaml\.(?!compose\(|dump\(|SafeLoader|SafeDumper|YAMLError|\w*Node\b)\w+") == set()
    assert _files_with(r"(?<![\w.])(eval|exec)\(") == set()


def test_the_simulator_is_started_by_commands_and_known_to_nobody_else() -> None:
    starters = {
        source.name for source in PRODUCT if any(name.startswith("selfservice.simulator") for name in source.imports())
    }
    allowed = re.compile(r"selfservice/cli/(main|simulator|journey\w*|demo\w*)\.py")
    assert {name for name in starters if not allowed.fullmatch(name)} == set()


def test_the_network_is_never_called_inside_a_transaction() -> None:
    inside = {
        f"{source.name}:{reached.lineno}"
        for source in python_files(PACKAGE / "services")
        for block in ast.walk(source.tree)
        if isinstance(block, ast.With) and any(_opens_transaction(item) for item in block.items)
        for reached in ast.walk(block)
        if isinstance(reached, ast.Attribute) and reached.attr in OUTSIDE
    }
    assert inside == set()


def _opens_transaction(item: ast.withitem) -> bool:
    call = item.context_expr
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "transaction"


def test_every_call_of_graph_says_where_it_is_documented() -> None:
    silent = {
        f"{source.path.name}:{function.name}"
        for source in python_files(PACKAGE / "entra")
        if source.path.name in GRAPH_MODULES
        for definition in source.tree.body
        if isinstance(definition, ast.ClassDef)
        for function in definition.body
        if isinstance(function, ast.FunctionDef) and not function.name.startswith("_")
        if "https://learn.microsoft.com/" not in (ast.get_docstring(function) or "")
    }
    assert silent == set()


def _files_with(pattern: str) -> set[str]:
    return {source.name for source in PRODUCT if re.search(pattern, source.text)}
