"""The scope of a review in SQL: what each guest holds, or each access is, and what there is to see about it now.

A snapshot and a later look at the same subject use the same expressions, so that they can be compared word for word.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    SQLColumnExpression,
    String,
    Subquery,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    null,
    or_,
    select,
    true,
    values,
)
from sqlalchemy import column as named_column
from sqlalchemy.orm import Session, aliased

from selfservice.model.approval import ApprovalStage, Decision, Outcome
from selfservice.model.assignment import Assignment
from selfservice.model.guest import Guest, GuestStanding
from selfservice.model.organization import ConnectedOrganization
from selfservice.model.package import PartyKind
from selfservice.model.person import Person
from selfservice.model.review_plan import ReviewPlan, ScopeKind
from selfservice.model.rules.domains import WILDCARD
from selfservice.model.sponsor import GuestSponsor
from selfservice.services.foreseeing import RUNNING

Text = ColumnElement[str]
Truth = ColumnElement[bool]
Column = SQLColumnExpression[str] | SQLColumnExpression[str | None]

THERE = Guest.standing.in_((GuestStanding.ACTIVE, GuestStanding.BLOCKED))


@dataclass(frozen=True, kw_only=True)
class Keepers:
    """Who may review by name: the owners of packages (package, key of the first, key of the second or ""), the named
    people by key, and whoever made the campaign; all of them active.
    """

    owners: tuple[tuple[str, str, str], ...] = ()
    named: tuple[str, ...] = ()
    creator: str = ""


def key(tenant_id: Column, object_id: Column) -> Text:
    """Return the key of a person, as `posting.key_of` writes it."""
    return cast(tenant_id, String).concat("/").concat(cast(object_id, String))


def is_active(person: type[Person]) -> Truth:
    """Say whether a joined person may act."""
    return and_(person.object_id.is_not(None), person.enabled, person.removed_at.is_(None))


def holdings(tx: Session, plan: ReviewPlan, tenant_id: str, keepers: Keepers) -> "Holdings":
    """Return the subjects of a campaign."""
    return Holdings(plan=plan, tenant_id=tenant_id, keepers=keepers, within=_within(tx, plan, tenant_id))


@dataclass(frozen=True, kw_only=True)
class Holdings:
    """The subjects of a campaign, as queries: one row each, with its possible reviewers in no order yet."""

    plan: ReviewPlan
    tenant_id: str
    keepers: Keepers
    within: Truth

    @property
    def of_accesses(self) -> bool:
        """Whether each access is a subject, and not each guest."""
        return self.plan.scope is ScopeKind.PACKAGES

    @property
    def subject(self) -> Text:
        """The column that the snapshot is cut by."""
        return (Assignment.id if self.of_accesses else Guest.id).expression

    def rows(self, only: Truth) -> Subquery:
        """Return the subjects in scope to which a condition on `subject` holds."""
        query = self._query().where(Guest.tenant_id == self.tenant_id, THERE, self.within, only)
        if self.of_accesses:
            return query.subquery("held")
        return query.group_by(Guest.id).having(or_(Guest.managed, func.count(Assignment.id) > 0)).subquery("held")

    def counted(self) -> Select[int]:
        """Return the query for about how many subjects there are."""
        if self.of_accesses:
            query = select(func.count()).select_from(Assignment)
            return query.where(Assignment.tenant_id == self.tenant_id, self._running, self.within)
        return select(func.count()).select_from(Guest).where(Guest.tenant_id == self.tenant_id, self.within)

    @property
    def _running(self) -> Truth:
        return Assignment.state.in_(RUNNING)

    def _query(self) -> Select[str, str, str | None, date, str, str, str, str]:
        sponsor = aliased(Person, name="sponsor")
        owners = self._owners()
        whole = self.of_accesses
        ends = Assignment.ends_on if whole else func.max(Assignment.ends_on)
        query = select(
            self.subject.label("subject_id"),
            Guest.id.label("guest_id"),
            (Assignment.id if whole else null()).label("assignment_id"),
            ends.label("ends_on"),
            self._basis().label("basis"),
            self._one(self._sponsor(sponsor)).label("sponsor"),
            self._one(self._owner(owners)).label("owner"),
            self._one(self._named()).label("named"),
        )
        joined = query.select_from(Guest).join(
            Assignment, and_(Assignment.guest_id == Guest.id, self._running), isouter=not whole
        )
        joined = joined.outerjoin(
            sponsor,
            and_(sponsor.tenant_id == Assignment.sponsor_tenant_id, sponsor.object_id == Assignment.sponsor_object_id),
        )
        if owners is not None:
            joined = joined.outerjoin(owners, owners.c.package_id == Assignment.package_id)
        return joined

    def _one(self, reviewer: Text) -> Text:
        """Of several accesses of a guest, one reviewer is enough."""
        return reviewer if self.of_accesses else func.min(reviewer)

    def _basis(self) -> Text:
        if self.of_accesses:
            parts = [cast(Assignment.state, String), cast(Assignment.ends_on, String), Assignment.sponsor_object_id]
        else:
            sponsors = (func.min(Assignment.sponsor_object_id), func.max(Assignment.sponsor_object_id))
            parts = [
                cast(func.count(Assignment.id), String),
                func.coalesce(cast(func.max(Assignment.ends_on), String), ""),
                *(func.coalesce(sponsor, "") for sponsor in sponsors),
            ]
        words: Text = cast(Guest.standing, String)
        for part in parts:
            words = words.concat("|").concat(part)
        return words

    def _sponsor(self, sponsor: type[Person]) -> Text:
        """The sponsor of the access, or else somebody who is named for the guest."""
        theirs = key(Assignment.sponsor_tenant_id, Assignment.sponsor_object_id)
        return func.coalesce(case((and_(is_active(sponsor), self._may(theirs)), theirs)), self._guest_sponsor())

    def _guest_sponsor(self) -> Text:
        person = aliased(Person)
        theirs = key(GuestSponsor.tenant_id, GuestSponsor.object_id)
        named = select(func.min(theirs)).join(
            person, and_(person.tenant_id == GuestSponsor.tenant_id, person.object_id == GuestSponsor.object_id)
        )
        mine = and_(GuestSponsor.guest_id == Guest.id, GuestSponsor.kind == PartyKind.PERSON)
        return named.where(mine, is_active(person), self._may(theirs)).correlate(Guest, Assignment).scalar_subquery()

    def _owners(self) -> CTE | None:
        if not self.keepers.owners:
            return None
        columns = (named_column(name, String) for name in ("package_id", "first", "second"))
        return values(*columns).data(list(self.keepers.owners)).cte("owners")

    def _owner(self, owners: CTE | None) -> Text:
        if owners is None:
            return cast(null(), String)
        return case(*((and_(who != "", self._may(who)), who) for who in (owners.c.first, owners.c.second)))

    def _named(self) -> Text:
        people = [literal(each) for each in self.keepers.named]
        return case(*((self._may(each), each) for each in people)) if people else cast(null(), String)

    def _may(self, reviewer: Text) -> Truth:
        """Nobody reviews their own guest object, nor, where the campaign says so, what they granted."""
        own = or_(
            reviewer == key(Guest.tenant_id, Guest.object_id),
            and_(
                Guest.home_object_id.is_not(None),
                reviewer == key(Guest.home_tenant_id, Guest.home_object_id),
            ),
        )
        return and_(~own, ~_granted_by(reviewer, self.of_accesses)) if self.plan.spare_own else ~own


def _granted_by(reviewer: Text, of_access: bool) -> Truth:
    """Say whether somebody agreed to the access, or to any that the guest has."""
    held = aliased(Assignment)
    query = select(Decision.id).join(ApprovalStage, ApprovalStage.id == Decision.stage_id)
    if of_access:
        query = query.where(ApprovalStage.request_id == Assignment.request_id)
    else:
        query = query.join(held, held.request_id == ApprovalStage.request_id)
        query = query.where(held.guest_id == Guest.id, held.state.in_(RUNNING))
    theirs = or_(
        reviewer == key(Decision.tenant_id, Decision.object_id),
        reviewer == key(Decision.principal_tenant_id, Decision.principal_object_id),
    )
    agreed = query.where(Decision.outcome == Outcome.APPROVE, Decision.withdrawn_at.is_(None), theirs)
    return exists(agreed.correlate_except(Decision, ApprovalStage, held))


def _within(tx: Session, plan: ReviewPlan, tenant_id: str) -> Truth:
    if plan.scope is ScopeKind.PACKAGES:
        return Assignment.package_id.in_(plan.scope_ids)
    if plan.scope is ScopeKind.GUESTS:
        return Guest.id.in_(plan.scope_ids)
    if plan.scope is ScopeKind.PARTNERS:
        wanted = ConnectedOrganization.tenant_id == tenant_id, ConnectedOrganization.id.in_(plan.scope_ids)
        return _of_partners(tx.scalars(select(ConnectedOrganization).where(*wanted)).all())
    return true()


def _of_partners(partners: Collection[ConnectedOrganization]) -> Truth:
    """Guests of these organizations: by their home tenant, or by the domain of their address."""
    tenants = [partner.partner_tenant_id for partner in partners if partner.partner_tenant_id]
    domains = [domain for partner in partners for domain in partner.domains]
    exact = [f"@{domain.casefold()}" for domain in domains if not domain.startswith(WILDCARD)]
    below = [f".{domain.removeprefix(WILDCARD).casefold()}" for domain in domains if domain.startswith(WILDCARD)]
    return or_(
        false(),
        Guest.home_tenant_id.in_(tenants),
        *(Guest.address_key.endswith(end, autoescape=True) for end in (*exact, *below)),
    )
