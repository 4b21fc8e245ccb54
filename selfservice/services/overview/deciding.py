"""The inbox of those who decide, and all that they need to know to do so."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TypedDict, Unpack

from sqlalchemy import ColumnElement, Select, false, or_, select, tuple_

from selfservice.config.settings import Settings
from selfservice.model.actor import Actor, PersonRef
from selfservice.model.approval import StageState
from selfservice.model.delegation import Delegation
from selfservice.model.package import AccessPackage
from selfservice.model.request import AccessRequest, RequestState
from selfservice.services import authority, withdrawing
from selfservice.services.overview import paging, standing, thread
from selfservice.services.overview.decision_rows import DecisionPage, InboxRow
from selfservice.services.overview.history import history_of
from selfservice.services.overview.interest import interest_of
from selfservice.services.overview.known import known_guest
from selfservice.services.overview.marks import mark_of
from selfservice.services.overview.requests import page_of
from selfservice.services.overview.rows import Page, Redemption
from selfservice.services.runtime import Runtime
from selfservice.services.standing_in import running_for
from selfservice.store.transaction import reading

SHORTEST_SEARCH = 2
LONGEST_SEARCH = 100
SETTLED = (StageState.APPROVED, StageState.DENIED, StageState.ENDED)


class Chosen(TypedDict, total=False):
    """What of an inbox is shown: see `Choice`."""

    show: str
    search: str
    tenant: str
    whose: str


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What of an inbox is shown: "waiting" or "decided"; words of package, guest or requestor; a tenant's alias; and
    "all", "mine" (asked themself) or "delegated" (asked is somebody for whom they decide).
    """

    show: str = "waiting"
    search: str = ""
    tenant: str = ""
    whose: str = "all"


def waiting_for(by: Actor, besides: Collection[PersonRef] = ()) -> Select[AccessRequest]:
    """Return the query for requests that wait for the actor's decision now, or for those besides whom they act."""
    return select(AccessRequest).where(
        AccessRequest.state == RequestState.PENDING_APPROVAL,
        authority.awaits(by, (by.ref, *besides)),
    )


def inbox(rt: Runtime, by: Actor, after: str | None = None, **chosen: Unpack[Chosen]) -> Page[InboxRow]:
    """Return what waits for the actor, oldest first; or what they were asked about before, newest first."""
    choice = Choice(**chosen)
    key, start = tuple_(AccessRequest.submitted_at, AccessRequest.id), paging.read_moment(after)
    with reading(rt.sessions) as tx:
        delegations = running_for(tx, by.ref, at=rt.clock())
        query = select(AccessRequest).where(_shown(by, delegations, choice), *_wanted(rt.settings, choice))
        if choice.show == "decided":
            query = query.order_by(AccessRequest.submitted_at.desc(), AccessRequest.id.desc())
            query = query.where(key < start) if start else query
        else:
            query = query.order_by(AccessRequest.submitted_at, AccessRequest.id)
            query = query.where(key > start) if start else query
        shown, last = paging.cut(tx.scalars(query.limit(paging.PER_PAGE + 1)).all())
        questions = thread.open_questions(tx, [request.id for request in shown])
        rows = tuple(_inbox_row(rt.settings, request, by, delegations, questions) for request in shown)
    return Page(rows=rows, next_after=paging.after_moment(last.submitted_at, last.id) if last else None)


def decision_page(rt: Runtime, request_id: str, by: Actor, *, seen: str | None = None) -> DecisionPage:
    """Return all that is needed to decide about a request, and what changed since the content `seen` was loaded."""
    at = rt.clock()
    with reading(rt.sessions) as tx:
        request = authority.request_to_decide(tx, request_id, by=by, at=at)
        package = tx.get_one(AccessPackage, request.package_id)
        interest = interest_of(tx, package, request, by=by, at=at)
        page, stage = page_of(tx, rt, request, by=by), request.open_stage
        return DecisionPage(
            request=page,
            known=known_guest(tx, rt.settings, request),
            others=_others(request, by),
            history=history_of(tx, rt.settings, request),
            may_decide=interest.may_decide,
            decided_by=page.decided_by if stage is None else "",
            why_not=interest.why_not,
            stages=page.stages,
            thread=page.thread,
            why=page.why,
            changes=thread.changes_since(tx, request, package, seen),
            on_behalf_of=interest.on_behalf_of,
            justification_required=stage is not None and stage.rule.justification_required,
            latest_end=request.ends_on,
            may_withdraw_approval=withdrawing.may_withdraw(tx, request, by=by),
        )


def _shown(by: Actor, delegations: Collection[Delegation], choice: Choice) -> ColumnElement[bool]:
    """Return the condition for what is the actor's to see: nobody who was not asked sees a request."""
    own = (by.ref,) if choice.whose in ("all", "mine") else ()
    others = tuple(each.delegator for each in delegations) if choice.whose in ("all", "delegated") else ()
    people = (*own, *others)
    if choice.show != "decided":
        waits = AccessRequest.state == RequestState.PENDING_APPROVAL
        return waits & authority.awaits(by, people) if people else false()
    decided = authority.decided_by(by)
    return or_(authority.asked_any(people, *SETTLED), decided) if people else decided


def _wanted(settings: Settings, choice: Choice) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if choice.tenant:
        tenant = settings.tenants.get(choice.tenant)
        wanted.append(AccessRequest.tenant_id == tenant.tenant_id if tenant else false())
    words = " ".join(choice.search.split())[:LONGEST_SEARCH]
    if len(words) >= SHORTEST_SEARCH:
        columns = (
            AccessRequest.package_name,
            AccessRequest.guest_name,
            AccessRequest.guest_address,
            AccessRequest.requestor_name,
        )
        wanted.append(or_(*(column.icontains(words, autoescape=True) for column in columns)))
    return wanted


def _inbox_row(
    settings: Settings,
    request: AccessRequest,
    by: Actor,
    delegations: Collection[Delegation],
    questions: Collection[str],
) -> InboxRow:
    stage, last = request.open_stage, request.last_vote
    stands = standing.of_request(request, None, Redemption.UNKNOWN)
    return InboxRow(
        id=request.id,
        package_name=request.package_name,
        tenant=mark_of(settings, request.tenant_id),
        home=mark_of(settings, request.requestor_tenant_id),
        for_self=request.for_self,
        guest_address=request.guest_address,
        guest_name=request.guest_name,
        requestor_name=request.requestor_name,
        sponsor_name=request.sponsor_name,
        ends_on=request.ends_on,
        justification=request.justification,
        state=request.state,
        state_words=stands.words,
        tone=stands.tone,
        submitted_at=request.submitted_at,
        answer_by=stage.answer_by if stage else None,
        decided_by=last.name if last else "",
        content_hash=request.content_hash,
        stage_number=stage.position + 1 if stage else len(request.stages),
        stage_count=len(request.stages),
        agreed=stage.agreed if stage else 0,
        quorum=stage.quorum if stage else 1,
        on_behalf_of=_on_behalf_of(request, by, delegations),
        question_open=request.id in questions,
    )


def _on_behalf_of(request: AccessRequest, by: Actor, delegations: Collection[Delegation]) -> str:
    """Return the name of whom the actor decides for, where they were not asked themself."""
    stage = request.open_stage
    if stage is None or stage.asks(by.ref):
        return ""
    return next((each.name for each in delegations if stage.asks(each.delegator)), "")


def _others(request: AccessRequest, by: Actor) -> tuple[str, ...]:
    """Return who else may decide: at the open stage, or at the one that the actor was asked at."""
    stages = [request.open_stage] if request.open_stage else [each for each in request.stages if each.asks(by.ref)]
    return tuple(each.name for stage in stages[:1] for each in stage.asked if each.ref != by.ref)
