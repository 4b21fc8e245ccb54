"""The worker as a process of its own: it delivers, says nothing that it must not, and ends when it is told to."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.installation import GUEST, installed, wait_until


@pytest.mark.slow
def test_s40_a_worker_s_whole_log_is_json_without_addresses_links_or_tokens_and_it_ends_on_sigterm(
    tmp_path: Path, sqlite_url: str
) -> None:
    with installed(tmp_path, sqlite_url) as installation:
        # Bob's and Gus's addresses and the redeem link all pass through a worker that meets trouble on the way.
        installation.fault(kind="status", match={"method": "POST", "path": "/invitations$"}, status=503, times=1)
        installation.fault(kind="drop-after", match={"method": "POST", "path": "/send$"}, times=1)
        log = tmp_path / "worker.log"
        with log.open("wb") as told:
            worker = subprocess.Popen(
                [sys.executable, "-m", "selfservice", "worker"],
                env={**os.environ, **installation.environment},
                stderr=told,
                stdout=told,
            )
            try:
                request_id = installation.ask()
                installation.approve(request_id)
                wait_until(lambda: installation.mails_to(GUEST), "the invitation")
            finally:
                worker.send_signal(signal.SIGTERM)
                ended_at = time.monotonic()
                code = worker.wait(timeout=30)
        assert (code, time.monotonic() - ended_at < 10) == (0, True)
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert [line["event"] for line in (lines[0], lines[-1])] == ["worker started", "worker stopped"]
    assert any(line["level"] == "warning" for line in lines)
    written = json.dumps(lines)
    assert [secret for secret in (GUEST, "@contoso.example", "eyJ", "rd=", "Bearer ey") if secret in written] == []
