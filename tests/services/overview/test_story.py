"""The timeline of a request: past, now and to come, in words that anybody understands."""

import re
from datetime import timedelta

from selfservice.model.backoff import NOT_THERE_YET
from selfservice.model.mirror import TenantBrake
from selfservice.model.unable import UnableTo
from selfservice.services import approving, ending, expiring, requesting
from selfservice.services.overview.rows import Tense, Tone
from selfservice.store.transaction import transaction
from tests.services.making import ANN, BOB, CONTOSO, DEE, LEE, START, World
from tests.services.overview.journeys import begin, moment, second_package, told, wait

JARGON = re.compile(r"service principal|object id|replicat|Graph|app role|B2B|UPN|\b[0-9a-f]{8}-", re.IGNORECASE)
DATES = re.compile(r"\d{4}-\d\d|\d\d:\d\d|20\d\d")


def test_before_a_decision_all_that_will_happen_is_told(world: World) -> None:
    page = begin(world).page()
    assert told(page, Tense.PAST) == ["Asked"]
    assert told(page, Tense.NOW) == ["Waiting for Bob Ray or Lee Wu"]
    assert told(page, Tense.FUTURE) == [
        "Gus Ray is invited to Contoso",
        "Gus Ray is added to Expenses Users",
        "The link is mailed to gus@partner.example",
        "Gus Ray accepts the invitation",
        "Ends on",
    ]
    asked, waiting, ends = page.timeline[0], page.timeline[1], page.timeline[-1]
    assert (asked.who, asked.detail, asked.when) == ("Ann Lee, Fabrikam", "“month-end close”", START)
    assert waiting.detail == "One of them is enough. Without an answer the request expires on"
    assert (waiting.day, ends.day) == ((START + timedelta(days=14)).date(), (START + timedelta(days=20)).date())


def test_after_the_decision_who_agreed_and_why_them_is_told(world: World) -> None:
    page = begin(world).agree().page()
    agreed = moment(page, "Agreed")
    assert agreed.who == "Bob Ray, Contoso"
    assert agreed.detail == "“ok for the close” Why Bob Ray: member of Expenses Approvers."
    assert (page.decided_by, page.decision_reason) == ("Bob Ray", "ok for the close")
    assert told(page, Tense.NOW) == ["Checking that all is still as it was agreed"]


def test_a_step_that_waits_says_why_and_when_it_is_tried_again(world: World) -> None:
    journey = begin(world)
    journey.directory.lag = 100
    page = journey.agree().work().page()
    now = moment(page, "Waiting until Contoso's directory knows Gus Ray")
    assert now.tense is Tense.NOW
    assert now.detail == "Trying again in 5 s: Contoso's directory is still copying the guest."
    assert moment(page, "Gus Ray invited to Contoso").evidence.startswith("graph-")
    wait(journey.rt, seconds=2)
    again = moment(journey.page(), now.title)
    assert again.detail.startswith("Trying again now: ")


def test_a_long_wait_is_told_in_minutes(world: World) -> None:
    journey = begin(world)
    journey.directory.fail("add_member", UnableTo("Contoso is busy.", transient=True, retry_after=155.0))
    page = journey.agree().work().page()
    assert moment(page, "Adding Gus Ray to Expenses Users").detail.startswith("Trying again in 3 min: Contoso is busy.")


def test_once_delivered_the_mail_and_then_the_guest_are_waited_for(world: World) -> None:
    journey = begin(world).agree().work()
    assert told(journey.page(), Tense.NOW) == ["Mailing the link to gus@partner.example"]
    page = journey.mail().page()
    assert told(page, Tense.PAST) == [
        "Asked",
        "Agreed",
        "Gus Ray invited to Contoso",
        "Added to Expenses Users",
        "Link mailed to gus@partner.example",
    ]
    assert told(page, Tense.NOW) == ["Waiting for Gus Ray to accept the invitation"]
    assert told(page, Tense.FUTURE) == ["Ends on"]
    assert (page.row.state_words, page.row.tone, page.launch_url) == (
        "delivered, not accepted yet",
        Tone.WAITING,
        "",
    )


def test_an_accepted_invitation_opens_the_door(world: World) -> None:
    journey = begin(world).deliver().accept()
    page = journey.page()
    assert told(page, Tense.PAST)[-1] == "Gus Ray accepted the invitation"
    assert told(page, Tense.FUTURE) == ["Ends on"]
    assert (page.redemption, page.accepted_at, page.row.tone) == ("accepted", journey.rt.clock(), Tone.GOOD)
    assert page.launch_url.endswith(CONTOSO)
    assert not page.row.is_moving


def test_a_known_guest_needs_no_invitation_and_the_story_says_so(world: World) -> None:
    first = begin(world).deliver().accept()
    second = begin(world, form_key="form-2", package_id=second_package(world), directory=first.directory)
    page = second.agree(by=LEE).work().mail().page()
    known = moment(page, "Gus Ray is a guest of Contoso already")
    assert known.detail == "No new invitation is needed."
    assert "Gus Ray accepts the invitation" not in told(page, Tense.FUTURE)


def test_a_failed_delivery_says_cause_owner_next_step_and_the_directory_s_own_id(world: World) -> None:
    journey = begin(world)
    refusal = UnableTo(
        "Contoso does not allow invitations.",
        code="invitations-off",
        request_id="graph-77",
        owner="An admin of Contoso",
        next_step="Ask them to allow it.",
    )
    journey.directory.fail("invite", refusal)
    journey.agree().work()
    page = journey.page()
    failure = page.failure
    assert failure is not None
    assert (failure.cause, failure.owner, failure.next_step, failure.request_id) == (
        refusal.cause,
        refusal.owner,
        refusal.next_step,
        "graph-77",
    )
    failed = moment(page, "Gus Ray could not be invited to Contoso")
    assert (failed.tone, failed.evidence) == (Tone.BAD, "graph-77")
    assert told(page, Tense.FUTURE) == told(page, Tense.NOW) == []
    assert not failure.can_retry
    by_admin = journey.page(DEE).failure
    assert by_admin is not None
    assert by_admin.can_retry


def test_a_tenant_on_hold_is_told_instead_of_a_step_that_will_not_come(world: World) -> None:
    journey = begin(world).agree()
    with transaction(world.rt.sessions) as tx:
        tx.add(TenantBrake(tenant_id=CONTOSO, pulled_at=world.rt.clock(), cause="Contoso saw something suspicious."))
    (now,) = [each for each in journey.page().timeline if each.tense is Tense.NOW]
    assert now.detail == "Everything for Contoso is on hold: Contoso saw something suspicious."


def test_a_denied_request_tells_the_reason_and_nothing_to_come(world: World) -> None:
    journey = begin(world)
    seen = journey.page().content_hash
    approving.deny(world.rt, journey.request_id, by=BOB, seen=seen, justification="wrong package")
    page = journey.page()
    assert moment(page, "Denied").detail.startswith("“wrong package”")
    assert [each.tense for each in page.timeline] == [Tense.PAST, Tense.PAST]
    assert (page.row.tone, page.decision_reason) == (Tone.BAD, "wrong package")


def test_a_withdrawn_request_ends_with_the_withdrawal(world: World) -> None:
    journey = begin(world)
    requesting.withdraw(world.rt, journey.request_id, by=ANN)
    page = journey.page()
    assert told(page, Tense.PAST) == ["Asked", "Withdrawn"]
    assert told(page, Tense.NOW) == told(page, Tense.FUTURE) == []


def test_a_request_that_nobody_answered_says_so(world: World) -> None:
    journey = begin(world)
    wait(world.rt, days=15)
    expiring.expire_requests(world.rt)
    assert told(journey.page(), Tense.PAST) == ["Asked", "Expired: nobody answered in time"]


def test_an_ending_is_part_of_the_story(world: World) -> None:
    journey = begin(world).deliver().accept()
    ending.end_access(world.rt, journey.assignment_id, by=ANN, why="project is over")
    page = journey.page()
    assert told(page, Tense.NOW) == ["Taking Gus Ray out of Expenses Users"]
    assert (page.row.state_words, page.row.is_moving, page.launch_url) == ("being ended", True, "")
    page = journey.work().page()
    assert told(page, Tense.PAST)[-3:] == ["Ending begun", "Taken out of Expenses Users", "Ended"]
    assert moment(page, "Ending begun").detail == "“project is over”"
    assert (page.row.state_words, page.row.tone) == ("ended", Tone.ENDED)


def test_no_moment_speaks_jargon_or_holds_a_date_in_its_words(world: World) -> None:
    journey = begin(world)
    journey.directory.fail("get_user", UnableTo("Not there yet.", code=NOT_THERE_YET, transient=True))
    pages = [journey.page(), journey.agree().page(), journey.work().page()]
    wait(world.rt, seconds=30)
    pages += [journey.work().page(), journey.mail().page(), journey.accept().page()]
    ending.end_access(world.rt, journey.assignment_id, by=ANN, why="over")
    pages += [journey.page(), journey.work().page()]
    words = [text for page in pages for each in page.timeline for text in (each.title, each.detail, each.who)]
    assert [text for text in words if JARGON.search(text) or DATES.search(text)] == []
    assert len({page.version for page in pages}) == len(pages)
