"""What every web test may ask for."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache

from selfservice.factory import create_app
from selfservice.services.runtime import WebRuntime
from tests.web.browser import Visitor
from tests.web.cast import Clock
from tests.web.world import RecordingWaker, ScriptedSignIn, World, make_runtime, make_world


@pytest.fixture(scope="session")
def filled(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, World]:
    """Return a database file that holds the world, to be copied, and the ids in it."""
    folder = tmp_path_factory.mktemp("world")
    file = folder / "selfservice.db"
    shutil.copyfile(sqlite_template, file)
    rt = make_runtime(folder, f"sqlite:///{file}")
    world = make_world(rt)
    rt.sessions.close()
    return file, world


@pytest.fixture
def world(filled: tuple[Path, World]) -> World:
    """Return the ids of what there is."""
    return filled[1]


@pytest.fixture
def fresh(filled: tuple[Path, World], tmp_path: Path) -> Iterator[Callable[[], WebRuntime]]:
    """Return what makes a runtime over a copy of the world."""
    made: list[WebRuntime] = []

    def make() -> WebRuntime:
        file = tmp_path / f"world-{len(made)}.db"
        shutil.copyfile(filled[0], file)
        made.append(make_runtime(tmp_path, f"sqlite:///{file}"))
        return made[-1]

    yield make
    for runtime in made:
        runtime.sessions.close()


@pytest.fixture
def rt(fresh: Callable[[], WebRuntime]) -> WebRuntime:
    """Return the runtime over a copy of the world."""
    return fresh()


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Return where templates are kept, once compiled."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def serve(compiled: FileSystemBytecodeCache) -> Callable[[WebRuntime], Flask]:
    """Return what makes the application of a runtime."""

    def make(runtime: WebRuntime) -> Flask:
        app = create_app(runtime)
        app.jinja_env.bytecode_cache = compiled
        return app

    return make


@pytest.fixture
def site(serve: Callable[[WebRuntime], Flask], rt: WebRuntime) -> Flask:
    """Return the application. (Not called `app`: pytest-flask would share one context among all requests to it.)"""
    return serve(rt)


@pytest.fixture
def clock(rt: WebRuntime) -> Clock:
    """Return the clock that everything goes by."""
    return cast(Clock, rt.clock)


@pytest.fixture
def waker(rt: WebRuntime) -> RecordingWaker:
    """Return what the pages wake."""
    return cast(RecordingWaker, rt.waker)


@pytest.fixture
def signin(rt: WebRuntime) -> ScriptedSignIn:
    """Return the sign-in service."""
    return cast(ScriptedSignIn, rt.signin)


@pytest.fixture
def stranger(site: Flask) -> Visitor:
    """Return a browser in which nobody has signed in."""
    return Visitor(site)


@pytest.fixture
def visit(site: Flask) -> Callable[[str], Visitor]:
    """Return what makes a browser in which one of the cast has signed in."""

    def signed_in(who: str) -> Visitor:
        visitor = Visitor(site)
        assert visitor.sign_in(who).status_code == 303
        return visitor

    return signed_in
