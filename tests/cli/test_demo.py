"""The demo starts with one line, ends cleanly, finds its data again, and never touches a real installation."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from selfservice.cli.browsing import Browser
from selfservice.cli.processes import is_free

pytestmark = pytest.mark.slow


@contextmanager
def demo(folder: Path, *, port: int) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """Run a demo and return it with the address that it says is ready."""
    command = [sys.executable, "-m", "selfservice", "demo", f"--instance={folder}", f"--port={port}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as child:
        assert child.stdout is not None
        try:
            line = child.stdout.readline()
            assert line.startswith("ready: "), line
            yield child, line.removeprefix("ready: ").strip()
        finally:
            child.send_signal(signal.SIGTERM)
            child.wait(timeout=60)


def signed_in(address: str) -> Browser:
    browser = Browser()
    browser.press(browser.follow(browser.open(address), "Sign in"), "Ann Lee")
    return browser


def test_a_second_start_finds_what_the_first_one_stored(tmp_path: Path, free_port: int) -> None:
    folder = tmp_path / "instance"
    with demo(folder, port=free_port) as (first, address):
        assert address == f"http://localhost:{free_port}"
        ann = signed_in(address)
        form = ann.follow(ann.follow(ann.open(f"{address}/catalog"), "Expenses"), "Get access for me")
        asked = ann.press(
            form, "Ask", {"justification": "month-end close", "ends_on": form.form("Ask").fields["ends_on"]}
        )
        assert "month-end close" in asked.text
    assert first.returncode == 0
    assert is_free(free_port)
    with demo(folder, port=free_port) as (second, again):
        assert "Expenses" in signed_in(again).open(f"{again}/requests").text
    assert second.returncode == 0


def test_the_settings_of_a_real_installation_are_left_alone(tmp_path: Path) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text('base_url = "https://selfservice.contoso.example"\n', "utf-8")
    command = [sys.executable, "-m", "selfservice", "demo", f"--instance={tmp_path}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "real installation" in done.stderr
    assert settings.read_text("utf-8") == 'base_url = "https://selfservice.contoso.example"\n'


def test_what_the_demo_makes_up_is_readable_by_its_owner_alone(tmp_path: Path, free_port: int) -> None:
    folder = tmp_path / "instance"
    with demo(folder, port=free_port):
        secret = [folder / "secret_key", *(folder / "simulator" / "credentials").iterdir()]
        assert len(secret) >= 5
        assert {file.stat().st_mode & 0o077 for file in secret} == {0}
