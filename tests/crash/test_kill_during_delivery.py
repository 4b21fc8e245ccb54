"""Whatever point of a delivery the worker is killed at: one guest, one assignment, one invitation mail."""

import signal
from pathlib import Path

import pytest

from tests.installation import GUEST, Installation, installed, wait_until

pytestmark = [pytest.mark.crash, pytest.mark.slow]

POINTS = (
    "before invite",
    "after invite",
    "before role",
    "after role",
    "before draft",
    "after draft",
    "before mail",
    "after mail",
)


@pytest.mark.parametrize("point", POINTS)
def test_a_worker_killed_in_the_middle_delivers_once(point: str, database_url: str, tmp_path: Path) -> None:
    with installed(tmp_path, database_url) as place:
        request_id = _approved(place)
        with place.worker("tests.crash.crashing_worker", CRASH_AT=point) as doomed:
            assert doomed.wait(timeout=60) == -signal.SIGKILL
        _finish(place, request_id)
        _ensure_once(place)


def test_a_worker_killed_while_graph_holds_the_accepted_invitation_delivers_once(
    database_url: str, tmp_path: Path
) -> None:
    with installed(tmp_path, database_url) as place:
        request_id = _approved(place)
        place.fault(match={"method": "POST", "path": "/invitations"}, kind="hold-after", times=1)
        with place.worker() as doomed:
            wait_until(lambda: place.writes(method="POST", path_holds="/invitations"), "the invitation to be accepted")
            doomed.kill()
        place.end_faults()
        _finish(place, request_id)
        _ensure_once(place)


def _approved(place: Installation) -> str:
    request_id = place.ask()
    place.approve(request_id)
    return request_id


def _finish(place: Installation, request_id: str) -> None:
    with place.worker():
        wait_until(lambda: place.settled(request_id), "the delivery to be done and mailed")


def _ensure_once(place: Installation) -> None:
    contoso = place.rt.settings.tenants["contoso"].tenant_id
    tenant = place.simulator.world.tenants[contoso]
    guests = [user for user in tenant.users.live.values() if user["mail"] == GUEST]
    assert len(guests) == 1
    (guest,) = guests
    added = place.writes(method="POST", path_holds="/members/$ref")
    assert [guest["id"] in str(row["body"]) for row in added] == [True]
    invitations = [mail for mail in place.mails_to(GUEST) if "redeem" in str(mail)]
    assert len(invitations) == 1
    assert len(place.mails_to(GUEST)) == 1
