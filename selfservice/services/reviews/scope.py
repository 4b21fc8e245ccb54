"""The scope of a review in SQL: what each guest holds, or each access is, and what there is to see about it now.

A snapshot and a later look at the same subject use the same expressions, so that they can be compared word for word.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import (
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

THERE = (GuestStanding.ACTIVE, GuestStanding.BLOCKED)


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
        # Wrapped, so that no index on tenant or standing is used: a part of a snapshot is found by its ids alone.
        tenant_id, standing = func.coalesce(Guest.tenant_id, ""), func.coalesce(cast(Guest.standing, String), "")
        query = self._query().where(tenant_id == self.tenant_id, standing.in_(THERE), self.within, only)
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

    def _query(self) -> Select[str, str, str | None, date, str, str, str]:
        sponsor = aliased(Person, name="sponsor")
        whole = self.of_accesses
        ends = Assignment.ends_on if whole else func.max(Assignment.ends_on)
        query = select(
            self.subject.label("subject_id"),
            Guest.id.label("guest_id"),
            (Assignment.id if whole else null()).label("assignment_id"),
            ends.label("ends_on"),
            self._basis().label("basis"),
            self._one(self._sponsor(sponsor)).label("sponsor"),
            self._one(Assignment.package_id.expression).label("package_id"),
        )
        joined = query.select_from(Guest).join(
            Assignment, and_(Assignment.guest_id == Guest.id, self._running), isouter=not whole
        )
        return joined.outerjoin(
            sponsor,
            and_(sponsor.tenant_id == Assignment.sponsor_tenant_id, sponsor.object_id == Assignment.sponsor_object_id),
        )

    def _one(self, each: Text) -> Text:
        """Of several accesses of a guest, one sponsor and one package are enough."""
        return each if self.of_accesses else func.min(each)

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
        return func.coalesce(
            case((and_(is_active(sponsor), self.may(theirs, Guest, Assignment.id)), theirs)), self._guest_sponsor()
        )

    def _guest_sponsor(self) -> Text:
        person = aliased(Person)
        theirs = key(GuestSponsor.tenant_id, GuestSponsor.object_id)
        named = select(func.min(theirs)).join(
            person, and_(person.tenant_id == GuestSponsor.tenant_id, person.object_id == GuestSponsor.object_id)
        )
        mine = and_(GuestSponsor.guest_id == Guest.id, GuestSponsor.kind == PartyKind.PERSON)
        return (
            named.where(mine, is_active(person), self.may(theirs, Guest, Assignment.id))
            .correlate(Guest, Assignment)
            .scalar_subquery()
        )

    def owner(self, package_id: Text, guest: type[Guest], access: Column) -> Text:
        """Return the owner who may review: looked for only where it comes to owners."""
        if not self.keepers.owners:
            return cast(null(), String)
        columns = (named_column(name, String) for name in ("package_id", "first", "second"))
        owners = values(*columns).data(list(self.keepers.owners)).cte("owners")
        may = ((and_(who != "", self.may(who, guest, access)), who) for who in (owners.c.first, owners.c.second))
        return select(case(*may)).where(owners.c.package_id == package_id).scalar_subquery()

    def named(self, guest: type[Guest], access: Column) -> Text:
        """Return the first of the named people who may review."""
        people = [literal(each) for each in self.keepers.named]
        return case(*((self.may(each, guest, access), each) for each in people)) if people else cast(null(), String)

    def may(self, reviewer: Text, guest: type[Guest], access: Column) -> Truth:
        """Nobody reviews their own guest object, nor, where the campaign says so, what they granted."""
        at_home = reviewer == key(guest.home_tenant_id, guest.home_object_id)
        own = or_(reviewer == key(guest.tenant_id, guest.object_id), and_(guest.home_object_id.is_not(None), at_home))
        return and_(~own, ~self._granted(reviewer, guest, access)) if self.plan.spare_own else ~own

    def _granted(self, reviewer: Text, guest: type[Guest], access: Column) -> Truth:
        """Say whether somebody agreed to the access, or to any that the guest has."""
        held = aliased(Assignment)
        theirs = or_(
            reviewer == key(Decision.tenant_id, Decision.object_id),
            reviewer == key(Decision.principal_tenant_id, Decision.principal_object_id),
        )
        about = held.id == access if self.of_accesses else and_(held.guest_id == guest.id, held.state.in_(RUNNING))
        agreed = select(Decision.id).join(ApprovalStage, ApprovalStage.id == Decision.stage_id)
        agreed = agreed.join(held, held.request_id == ApprovalStage.request_id).where(about, theirs)
        counts = agreed.where(Decision.outcome == Outcome.APPROVE, Decision.withdrawn_at.is_(None))
        return exists(counts.correlate_except(Decision, ApprovalStage, held))


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
