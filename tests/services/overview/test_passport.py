"""The page of one guest: every tenant that the reader may see and no other, what comes next, and one timeline."""

import ast
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from selfservice.model.act import ActKind, ActState, GuestAct
from selfservice.model.actor import Actor, PersonRef
from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.audit import Account, event
from selfservice.model.delivery import CARE
from selfservice.model.guest import ActCause, Guest, GuestOrigin, GuestStanding
from selfservice.model.lifecycle import KeptLifecycle
from selfservice.model.mail import MailKind
from selfservice.model.mirror import MirrorKind, MirrorState, TenantPolicy
from selfservice.model.person import Person
from selfservice.model.proposal import ProposalState
from selfservice.model.refusal import NotFound
from selfservice.services import ending
from selfservice.services.concluding_care import DONE_WORDS
from selfservice.services.overview.event_words import ALL_WORDS, PHASES
from selfservice.services.overview.passport import passport
from selfservice.services.overview.passport_rows import PassportPage, StayRow
from selfservice.services.overview.rows import Tense
from selfservice.store.transaction import reading, transaction
from tests.mail.letters import make_mail
from tests.services.making import ANN, BOB, CONTOSO, CY, DEE, EVE, FABRIKAM, LEE, START, WES, WOODGROVE, World
from tests.services.overview.conftest import CountQueries
from tests.services.overview.guesting import PARTNER, Made, make_guest
from tests.services.overview.journeys import begin

GUS = (PARTNER, "e0000000-0000-4000-8000-000000000077")
CODE = Path(__file__).parents[3] / "selfservice"
CY_SPONSORS = PersonRef(tenant_id=FABRIKAM, object_id=CY.object_id)
CANARY = "canary-of-woodgrove"
REVIEW_WORDS = ("reviewed", "landing", "stillNeeded", "removalTakenBack")


def the_stay(page: PassportPage) -> StayRow:
    (stay,) = page.stays
    return stay


def titles(page: PassportPage, tense: Tense = Tense.PAST) -> list[str]:
    return [moment.title for moment in page.timeline if moment.tense is tense]


def guest_id_of(world: World, assignment_id: str) -> str:
    with reading(world.rt.sessions) as tx:
        return tx.get_one(Assignment, assignment_id).guest_id


def enforce(world: World) -> None:
    with transaction(world.rt.sessions) as tx:
        tx.add(KeptLifecycle(tenant_id=CONTOSO, body={"mode": "enforce"}, changed_at=START))


def stand(world: World, guest: Guest, standing: GuestStanding, cause: ActCause) -> None:
    with transaction(world.rt.sessions) as tx:
        tx.get_one(Guest, guest.id).stand(standing, cause=cause, at=START)


def test_the_whole_way_of_a_guest_is_one_timeline(world: World) -> None:
    journey = begin(world).deliver().accept()
    ending.end_access(world.rt, journey.assignment_id, by=ANN, why="the close is done")
    journey.work()
    page = passport(world.rt, guest_id_of(world, journey.assignment_id), ANN)
    told = titles(page)
    wanted = [
        "Asked for access at Contoso: Expenses",
        "Gus Ray invited to Contoso",
        "Added to Expenses Users",
        "Link mailed to gus@partner.example",
        "Ending of the access begun at Contoso: Expenses",
        "Access ended at Contoso: Expenses",
    ]
    places = [told.index(title) for title in wanted]
    assert places == sorted(places)
    assert any(title.startswith("Agreed") for title in told)
    moments = [moment.when for moment in page.timeline if moment.tense is Tense.PAST]
    assert all(moment is not None for moment in moments)


def test_what_is_to_come_is_told_in_its_order(world: World) -> None:
    enforce(world)
    guest = make_guest(world, Made(ends_in=20))
    page = passport(world.rt, guest.id, ANN)
    assert [(moment.title, (moment.day - START.date()).days) for moment in page.timeline if moment.day] == [
        ("Expenses ends on", 20),
        ("Is blocked at Contoso on", 20),
        ("Is deleted at Contoso on", 50),
    ]
    assert [row.detail for row in the_stay(page).next] == ["because the last access is over"] * 2


def test_only_mails_to_the_guest_are_of_their_story(world: World) -> None:
    guest = make_guest(world, Made())
    with transaction(world.rt.sessions) as tx:
        request_id = tx.scalars(select(Assignment.request_id).where(Assignment.guest_id == guest.id)).one()
        for number, address in enumerate((guest.address.upper(), "ann@fabrikam.example")):
            mail = make_mail(MailKind.ACCESS_READY)
            mail.once_key, mail.request_id, mail.to_address = f"k{number}", request_id, address
            mail.created_at = START
            mail.sent(at=START)
            tx.add(mail)
    told = [title for title in titles(passport(world.rt, guest.id, ANN)) if title.startswith("Link mailed")]
    assert told == [f"Link mailed to {guest.address.upper()}"]


@pytest.mark.parametrize(("managed", "words"), [(True, "made elsewhere, taken in"), (False, "made elsewhere")])
def test_a_guest_made_elsewhere_is_only_called_taken_in_where_somebody_did(
    world: World, managed: bool, words: str
) -> None:
    guest = make_guest(world, Made())
    with transaction(world.rt.sessions) as tx:
        known = tx.get_one(Guest, guest.id)
        known.origin, known.managed = GuestOrigin.ADOPTED, managed
    assert the_stay(passport(world.rt, guest.id, ANN)).origin == words


def test_what_entra_will_do_by_itself_is_told_beside_it(world: World) -> None:
    guest = make_guest(world, Made(ends_in=20, redeemed=False))
    policy = {"display_name": "Guests", "enabled": True, "rules": [{"kind": "unredeemed", "days": 30, "grace_days": 7}]}
    with transaction(world.rt.sessions) as tx:
        tx.add(TenantPolicy(tenant_id=CONTOSO, allow_invites_from="everyone", guest_lifecycle=[policy]))
    words = the_stay(passport(world.rt, guest.id, ANN)).entra
    assert words.startswith("Entra will disable this guest on ")
    assert words.endswith(" by a policy of Contoso itself.")


def test_a_tenant_that_only_reports_says_so(world: World) -> None:
    guest = make_guest(world, Made(ends_in=20))
    (first, _second) = the_stay(passport(world.rt, guest.id, ANN)).next
    assert first.words == "Would be blocked at Contoso on"
    assert first.detail == "because the last access is over; Contoso only reports"


def test_a_guest_whom_nobody_looks_after_is_left_alone_and_told_so(world: World) -> None:
    guest = make_guest(world, Made(ends_in=20))
    with transaction(world.rt.sessions) as tx:
        tx.get_one(Guest, guest.id).managed = False
    stay = the_stay(passport(world.rt, guest.id, ANN))
    assert [row.words for row in stay.next] == [
        "Nothing happens by itself: the guest was not invited or taken in by Selfservice."
    ]
    assert not stay.managed


def test_where_one_signs_in_and_how_one_is_treated_are_two_facts(world: World) -> None:
    employee = make_guest(world, Made(number=1, home=(FABRIKAM, EVE.object_id)))
    partner = make_guest(world, Made(number=2))
    with transaction(world.rt.sessions) as tx:
        tx.get_one(Person, (partner.tenant_id, partner.object_id)).issuer = "mail"
    told = [the_stay(passport(world.rt, each.id, ANN)) for each in (employee, partner)]
    assert [(stay.signs_in, stay.treated) for stay in told] == [
        ("at home, Fabrikam", "as a guest"),
        ("with a one-time code that is mailed to them", "as a guest"),
    ]


def test_the_last_sign_in_is_a_moment_never_or_not_known(world: World) -> None:
    guest = make_guest(world, Made())
    unknown = the_stay(passport(world.rt, guest.id, ANN))
    with transaction(world.rt.sessions) as tx:
        tx.add(MirrorState(tenant_id=CONTOSO, kind=MirrorKind.SIGN_INS, synced_at=START))
    never = the_stay(passport(world.rt, guest.id, ANN))
    with transaction(world.rt.sessions) as tx:
        tx.get_one(Person, (guest.tenant_id, guest.object_id)).last_sign_in_at = START
    seen = the_stay(passport(world.rt, guest.id, ANN))
    assert [(stay.last_sign_in, stay.last_sign_in_at) for stay in (unknown, never, seen)] == [
        ("not known: this tenant's licence does not tell", None),
        ("never", None),
        ("", START),
    ]


@pytest.mark.parametrize(("viewer", "tenants"), [(DEE, ["Contoso"]), (ANN, ["Contoso", "Woodgrove"]), (CY, [])])
def test_s23_each_reader_sees_the_tenants_that_are_theirs(world: World, viewer: Actor, tenants: list[str]) -> None:
    guest = make_guest(world, Made(home=GUS))
    other = make_guest(world, Made(home=GUS, tenant_id=WOODGROVE, why=CANARY))
    with transaction(world.rt.sessions) as tx:
        tx.add(event("guest.blocked", other.subject, by=WES, at=START, account=Account(why=CANARY)))
    if not tenants:
        with pytest.raises(NotFound):
            passport(world.rt, guest.id, viewer)
        return
    page = passport(world.rt, guest.id, viewer)
    assert [stay.tenant.name for stay in page.stays] == tenants
    assert (CANARY in repr(page)) is ("Woodgrove" in tenants)


def test_s23_a_sponsor_at_one_tenant_sees_nothing_of_another(world: World) -> None:
    guest = make_guest(world, Made(home=GUS, sponsor=CY))
    make_guest(world, Made(home=GUS, tenant_id=WOODGROVE, why=CANARY))
    page = passport(world.rt, guest.id, CY)
    assert [stay.tenant.name for stay in page.stays] == ["Contoso"]
    assert CANARY not in repr(page)
    assert "Woodgrove" not in repr(page)


@pytest.mark.parametrize("stranger", [CY, BOB, LEE, WES], ids=lambda actor: actor.name)
def test_s22_a_stranger_finds_neither_what_is_absent_nor_what_is_forbidden(world: World, stranger: Actor) -> None:
    guest = make_guest(world, Made())
    with pytest.raises(NotFound) as forbidden:
        passport(world.rt, guest.id, stranger)
    with pytest.raises(NotFound) as absent:
        passport(world.rt, "0" * 32, stranger)
    assert vars(forbidden.value) == vars(absent.value)


def test_an_employee_sees_themself_and_a_home_admin_sees_their_people(world: World) -> None:
    guest = make_guest(world, Made(home=(FABRIKAM, CY.object_id), sponsor=ANN))
    assert not the_stay(passport(world.rt, guest.id, CY)).can_act
    assert [stay.tenant.name for stay in passport(world.rt, guest.id, EVE).stays] == ["Contoso"]


def test_an_act_is_undone_by_whoever_answers_and_nobody_else(world: World) -> None:
    guest = make_guest(world, Made(home=(FABRIKAM, CY.object_id)))
    stand(world, guest, GuestStanding.BLOCKED, ActCause.LEAVER)
    act = GuestAct(
        tenant_id=CONTOSO,
        guest_id=guest.id,
        kind=ActKind.BLOCK,
        cause=ActCause.LEAVER,
        state=ActState.DONE,
        why="left",
        at=START,
        undo_until=START + timedelta(days=30),
    )
    with transaction(world.rt.sessions) as tx:
        tx.add(act)
    offered = {
        who.name: [each.act_id for each in the_stay(passport(world.rt, guest.id, who)).acts]
        for who in (ANN, DEE, CY, EVE)
    }
    assert offered == {"Ann Lee": [act.id], "Dee Fox": [act.id], "Cy Novak": [], "Eve Stone": []}


def test_a_deleted_guest_says_until_when_they_can_be_brought_back(world: World) -> None:
    guest = make_guest(world, Made(ends_in=-3, state=AssignmentState.ENDED))
    stand(world, guest, GuestStanding.DELETED, ActCause.ACCESS_ENDED)
    stay = the_stay(passport(world.rt, guest.id, ANN))
    assert stay.state_words == "deleted, because the last access is over"
    (only,) = stay.next
    assert (only.words, only.on) == ("Can be restored at Contoso until", (START + timedelta(days=30)).date())


def test_a_passport_costs_the_same_however_much_happened(world: World, queries: CountQueries) -> None:
    guest = make_guest(world, Made())
    few = queries(lambda: passport(world.rt, guest.id, ANN))
    with transaction(world.rt.sessions) as tx:
        tx.add_all([event("guest.blocked", guest.subject, by=DEE, at=START) for _ in range(300)])
    assert queries(lambda: passport(world.rt, guest.id, ANN)) == few
    page = passport(world.rt, guest.id, ANN)
    assert (page.cut, len(titles(page))) == (True, 200)


def actions_in(tree: ast.AST) -> Iterator[str]:
    """Yield the audit actions about guests, accesses and proposals that a module writes."""
    for node in ast.walk(tree):
        if not (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "event" and node.args
        ):
            continue
        first = node.args[0]
        if isinstance(first, ast.Constant) and str(first.value).startswith(("guest.", "assignment.", "proposal.")):
            yield str(first.value)


def test_every_action_about_a_guest_has_words() -> None:
    written = {
        action for path in CODE.rglob("*.py") for action in actions_in(ast.parse(path.read_text(encoding="utf-8")))
    }
    written |= {f"proposal.{state.value}" for state in ProposalState if state is not ProposalState.OPEN}
    written |= {f"guest.{kind.value}{phase}" for kind in CARE for phase in PHASES}
    written |= {f"guest.{kind.value}Reported" for kind in (ActKind.BLOCK, ActKind.DELETE)}
    written |= {f"guest.{word}{how}" for word in DONE_WORDS.values() for how in ("", "Outside")}
    written |= {f"{kind}.{word}" for kind in ("guest", "assignment") for word in REVIEW_WORDS}
    assert {"assignment.end", "guest.redeemed"} <= written
    assert sorted(written - set(ALL_WORDS)) == []
