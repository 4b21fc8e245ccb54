"""An invitation whose outcome is unknown: what may be taken for the guest afterwards, and what never."""

import pytest

from selfservice.model.delivery import StepKind
from selfservice.model.directory import DirectoryUser, UserType
from selfservice.model.unable import UnableTo
from selfservice.services.steps.inviting import invite
from selfservice.services.steps.work import Work
from tests.services.fakes import FakeDirectory
from tests.services.making import CONTOSO

GUS = "gus@partner.example"


def second_attempt() -> Work:
    """Return the work of an invitation that was tried before, and nobody knows what came of it."""
    return Work(
        delivery_id="d",
        step_id="s",
        fence="f",
        attempt_id="11111111-1111-4111-8111-111111111111",
        attempts=2,
        kind=StepKind.INVITE,
        tenant_id=CONTOSO,
        tenant_name="Contoso",
        address=GUS,
        guest_name="Gus Ray",
        redirect_url="https://myapplications.example/",
    )


def test_a_guest_whom_the_first_attempt_made_is_the_guest() -> None:
    directory = FakeDirectory(tenant_id=CONTOSO)
    made = directory.invite(address=GUS, display_name=None, redirect_url="https://x.example/", attempt_id="1")
    outcome = invite(directory, second_attempt())
    assert outcome.guest is not None
    assert outcome.guest.object_id == made.user_id
    assert outcome.redeem_url is not None


def test_a_member_who_has_the_address_is_never_taken_for_the_guest() -> None:
    directory = FakeDirectory(tenant_id=CONTOSO)
    member = DirectoryUser(object_id="90000000-0000-4000-8000-0000000000aa", mail=GUS, user_type=UserType.MEMBER)
    directory.put_user(member)
    with pytest.raises(UnableTo) as refusal:
        invite(directory, second_attempt())
    assert refusal.value.code == "internal-user"
