"""A world for the web tests: real use cases over a real database, and a sign-in service that says what it is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from selfservice.model.actor import Actor, PersonRef, Role
from selfservice.model.assignment import Assignment
from selfservice.model.delivery import Delivery, DeliveryState, StepKind, StepState
from selfservice.model.directory import RedemptionState, UserType
from selfservice.model.guest import Guest, GuestOrigin
from selfservice.model.identity import SignInStart, VerifiedIdentity
from selfservice.model.mail import MailKind, MailState, OutboxMail
from selfservice.model.mirror import TenantBrake
from selfservice.model.person import Person
from selfservice.model.refusal import Refused
from selfservice.model.request import AccessRequest, RequestState
from selfservice.model.unable import UnableTo
from selfservice.services import approving
from selfservice.services.delegating import delegate
from selfservice.services.requesting import Ask, submit
from selfservice.services.runtime import WebRuntime
from selfservice.store.engine import create_sessions
from selfservice.store.transaction import transaction
from tests.web.cast import CAST, ENDS_ON, NOW, Clock, Member, identifier, make_settings
from tests.web.drifted import differ
from tests.web.guested import block, guest_of, take_in
from tests.web.reviewed import review
from tests.web.rulebooks import add_catalog, add_exclusion, add_organization, add_rules
from tests.web.stocked import fill
from tests.web.treated import await_list


class RecordingWaker:
    """Remembers what was woken."""

    def __init__(self) -> None:
        self.woken: list[tuple[str, ...]] = []

    def wake(self, task: str, *args: str) -> None:
        """Remember it."""
        self.woken.append((task, *args))


@dataclass
class ScriptedSignIn:
    """A sign-in service: whoever comes back with the right state is who the answer's `code` names."""

    begun: int = 0
    away: bool = False
    login: str = "https://login.example"
    signed_out: list[str] = field(default_factory=list)

    def start(self, *, redirect_uri: str, login_hint: str | None) -> SignInStart:
        """Begin a sign-in."""
        if self.away:
            raise UnableTo("The sign-in service does not answer.", transient=True, owner="Whoever runs it")
        self.begun += 1
        state = f"state-{self.begun}"
        return SignInStart(url=f"{self.login}/authorize?state={state}", flow={"state": state})

    def finish(self, flow: Mapping[str, object], answer: Mapping[str, str]) -> VerifiedIdentity:
        """Say who came back."""
        if answer.get("state") != flow.get("state") or answer.get("code") not in CAST:
            raise Refused("The sign-in service's answer does not fit.", next_step="Sign in again.", owner="You")
        return CAST[answer["code"]].identity

    def sign_out_url(self, *, tenant_id: str, return_to: str, login_hint: str | None) -> str:
        """Return where the browser ends its session."""
        self.signed_out.append(tenant_id)
        return f"{self.login}/{tenant_id}/logout?post_logout_redirect_uri={return_to}"


def make_runtime(
    folder: Path,
    database_url: str,
    *,
    base_url: str = "https://selfservice.example",
    login: str = "https://login.example",
) -> WebRuntime:
    """Return the runtime of a web process over an empty database."""
    settings = make_settings(folder, database_url=database_url, base_url=base_url)
    return WebRuntime(
        settings=settings,
        sessions=create_sessions(database_url),
        waker=RecordingWaker(),
        clock=Clock(),
        signin=ScriptedSignIn(login=login),
    )


def actor_of(member: Member) -> Actor:
    """Return a member of the cast as an actor."""
    return Actor(
        tenant_id=member.tenant_id,
        object_id=member.object_id,
        name=member.name,
        user_name=member.user_name,
        roles=frozenset(Role(role) for role in member.roles),
    )


@dataclass(frozen=True, kw_only=True)
class World:
    """The ids of what there is."""

    package: str
    draft: str
    other_package: str
    waiting: str
    other_waiting: str
    delivered: str
    assignment: str
    guest: str
    act: str
    campaign: str
    run: str
    item: str
    treatment: str
    drift: str
    failed: str
    failed_delivery: str
    failed_mail: str
    delegation: str
    catalog: str
    organization: str
    exclusion: str
    excepted: str
    rule: str
    package_rule: str
    example: str
    change: str
    replay: str


def make_world(rt: WebRuntime) -> World:
    """Fill the database: people, two published packages and a draft, and requests in every state that pages show."""
    expenses, payroll, design = fill(rt)
    waiting, other, delivered, failed = _requests(rt, expenses, design)
    with transaction(rt.sessions) as tx:
        catalog, organization = add_catalog(tx), add_organization(tx)
        exclusion, excepted = add_exclusion(tx, expenses, payroll)
    book = add_rules(rt, expenses, waiting, by=actor_of(CAST["dee"]))
    assignment = _deliver(rt, delivered)
    guest, pia = guest_of(rt, assignment), take_in(rt)
    reviewed = review(rt, actor_of(CAST["dee"]), [guest, pia])
    return World(
        package=expenses,
        draft=payroll,
        other_package=design,
        waiting=waiting,
        other_waiting=other,
        delivered=delivered,
        assignment=assignment,
        guest=guest,
        act=block(rt, pia),
        campaign=reviewed.campaign,
        run=reviewed.run,
        item=reviewed.item,
        treatment=await_list(rt),
        drift=differ(rt, assignment),
        failed=failed,
        failed_delivery=_fail(rt, failed),
        failed_mail=_fail_mail(rt, failed),
        delegation=_hand_over(rt),
        catalog=catalog,
        organization=organization,
        exclusion=exclusion,
        excepted=excepted,
        rule=book.rule,
        package_rule=book.package_rule,
        example=book.example,
        change=book.change,
        replay=book.replay,
    )


def _requests(rt: WebRuntime, expenses: str, design: str) -> tuple[str, str, str, str]:
    """Ask four times: two wait, and two were agreed to."""
    waiting = _ask(rt, expenses, "gus@partner.example", "Gus Ray")
    other = _ask(rt, design, "ida@partner.example", "Ida Moe")
    delivered = _ask(rt, expenses, "kim@partner.example", "Kim Poe")
    failed = _ask(rt, expenses, "lou@partner.example", "Lou Fry")
    for request_id in (delivered, failed):
        _approve(rt, request_id)
    return waiting, other, delivered, failed


def pull_brake(rt: WebRuntime, tenant_id: str) -> None:
    """Stop writing to a tenant, as the directory's alarm does."""
    with transaction(rt.sessions) as tx:
        tx.add(
            TenantBrake(tenant_id=tenant_id, pulled_at=NOW, cause="Invitations are blocked.", next_step="Ask support.")
        )


def _ask(rt: WebRuntime, package_id: str, address: str, name: str) -> str:
    sponsor = CAST["cy"]
    ask = Ask(
        form_key=address,
        package_id=package_id,
        for_self=False,
        justification=f"{name} works on the month-end close.",
        ends_on=ENDS_ON,
        guest_address=address,
        guest_name=name,
        sponsor=PersonRef(tenant_id=sponsor.tenant_id, object_id=sponsor.object_id),
    )
    return submit(rt, ask, by=actor_of(CAST["ann"]))


def content_hash(rt: WebRuntime, request_id: str) -> str:
    """Return what an approver who looks now has seen."""
    with transaction(rt.sessions) as tx:
        return tx.get_one(AccessRequest, request_id).content_hash


def _approve(rt: WebRuntime, request_id: str) -> None:
    seen = content_hash(rt, request_id)
    approving.approve(rt, request_id, by=actor_of(CAST["bob"]), seen=seen, justification="ok for the close")


def _delivery_of(rt: WebRuntime, request_id: str) -> str:
    with transaction(rt.sessions) as tx:
        return tx.query(Delivery).filter_by(request_id=request_id).one().id


def _deliver(rt: WebRuntime, request_id: str) -> str:
    delivery_id = _delivery_of(rt, request_id)
    with transaction(rt.sessions) as tx:
        request, delivery = tx.get_one(AccessRequest, request_id), tx.get_one(Delivery, delivery_id)
        for step in delivery.steps:
            step.state, step.attempts, step.settled_at = StepState.DONE, 1, NOW
        delivery.state, delivery.settled_at = DeliveryState.DONE, NOW
        request.state = RequestState.DELIVERED
        guest = _guest(request)
        tx.add_all((guest, _mirrored(guest)))
        tx.flush()
        assignment = _assignment(request, guest)
        tx.add(assignment)
        return assignment.id


def _guest(request: AccessRequest) -> Guest:
    return Guest(
        tenant_id=request.tenant_id,
        object_id=identifier(request.guest_address),
        origin=GuestOrigin.INVITED,
        address=request.guest_address,
        address_key=request.guest_key,
        display_name=request.guest_name,
        ensured_at=NOW,
        redeemed_at=NOW,
        managed=True,
    )


def _mirrored(guest: Guest) -> Person:
    return Person(
        tenant_id=guest.tenant_id,
        object_id=guest.object_id,
        display_name=guest.display_name,
        mail=guest.address,
        mail_key=guest.address_key,
        user_type=UserType.GUEST,
        redemption_state=RedemptionState.ACCEPTED,
        redemption_changed_at=NOW,
    )


def _assignment(request: AccessRequest, guest: Guest) -> Assignment:
    return Assignment(
        tenant_id=request.tenant_id,
        package_id=request.package_id,
        package_name=request.package_name,
        request_id=request.id,
        guest_id=guest.id,
        sponsor_tenant_id=request.sponsor_tenant_id,
        sponsor_object_id=request.sponsor_object_id,
        sponsor_name=request.sponsor_name,
        starts_at=NOW,
        ends_on=request.ends_on,
    )


def _hand_over(rt: WebRuntime) -> str:
    """Let Cal decide for Lee, later."""
    lee, cal, first = CAST["lee"], CAST["cal"], NOW.date() + timedelta(days=20)
    to = PersonRef(tenant_id=cal.tenant_id, object_id=cal.object_id)
    return delegate(rt, by=actor_of(lee), to=to, starts_on=first, ends_on=first, reason="holiday")


def _fail(rt: WebRuntime, request_id: str) -> str:
    delivery_id = _delivery_of(rt, request_id)
    with transaction(rt.sessions) as tx:
        request, delivery = tx.get_one(AccessRequest, request_id), tx.get_one(Delivery, delivery_id)
        for step in delivery.steps:
            failed = step.kind is StepKind.INVITE
            step.state = StepState.FAILED if failed else StepState.SKIPPED
            if failed:
                step.cause, step.owner = "Contoso refuses the domain partner.example.", "An admin of Contoso"
                step.next_step, step.graph_request_id = (
                    "Ask them to allow the domain, then try again.",
                    identifier("call"),
                )
        delivery.state, delivery.settled_at = DeliveryState.FAILED, NOW
        request.state = RequestState.DELIVERY_FAILED
    return delivery_id


def _fail_mail(rt: WebRuntime, request_id: str) -> str:
    """Let the mail about the decision fail; who decided learns it from the page."""
    with transaction(rt.sessions) as tx:
        decided = tx.query(OutboxMail).filter_by(request_id=request_id, kind=MailKind.REQUEST_DECIDED).one()
        decided.state, decided.failure = MailState.FAILED, "The mail server refuses the address."
        decided.next_step = "Check the address."
        return decided.id
