"""Signing in: a verified identity becomes a person we know; every page asks anew whether that person may still act."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor, PersonRef, Role
from selfservice.model.application import RoleHolder
from selfservice.model.audit import Account, Subject, event
from selfservice.model.directory import UserType
from selfservice.model.identity import SignInStart, VerifiedIdentity
from selfservice.model.mirror import MirrorKind, MirrorState
from selfservice.model.person import Person, PersonSource
from selfservice.model.refusal import NotAllowed
from selfservice.services.runtime import Runtime, WebRuntime
from selfservice.store.transaction import reading, transaction


class NotServed(NotAllowed):
    """The person's tenant is not one of this installation."""


class NotEmployed(NotAllowed):
    """The person is no active employee of the tenant they signed in to."""


def start(rt: WebRuntime, *, login_hint: str | None) -> SignInStart:
    """Begin a sign-in that comes back to this installation."""
    return rt.signin.start(redirect_uri=f"{rt.settings.base_url}/sign-in/callback", login_hint=login_hint)


def finish(
    rt: WebRuntime, flow: Mapping[str, object], answer: Mapping[str, str], *, remote_address: str
) -> VerifiedIdentity:
    """Return who signed in, known here from now on; refuse whoever may not act."""
    who = rt.signin.finish(flow, answer)
    if rt.settings.tenant_by_id(who.tenant_id) is None:
        raise NotServed(
            "Your organisation is not served here.",
            next_step="Sign in with an account of an organisation that is, or ask whoever runs this installation.",
            owner="You",
        )
    try:
        refusal = _admit(rt, who, remote_address=remote_address)
    except IntegrityError:
        # Two sign-ins of somebody new arrived at once, and the other one was first.
        refusal = _admit(rt, who, remote_address=remote_address)
    if refusal is not None:
        raise refusal
    return who


def actor(
    rt: Runtime, *, tenant_id: str, object_id: str, token_roles: Iterable[str], since: datetime, remote_address: str
) -> Actor | None:
    """Return who acts, with the roles they hold now, or None where that person may not act any more."""
    if rt.settings.tenant_by_id(tenant_id) is None:
        return None
    with reading(rt.sessions) as tx:
        person = tx.get(Person, (tenant_id, object_id))
        if person is None or _why_refused(person) is not None:
            return None
        roles = _roles(rt, tx, person.ref, frozenset(token_roles), since=since)
    return _actor(person, roles=roles, remote_address=remote_address)


def sign_out_url(rt: WebRuntime, *, tenant_id: str, return_to: str, login_hint: str | None) -> str:
    """Return the address that ends the session at the sign-in service as well."""
    return rt.signin.sign_out_url(tenant_id=tenant_id, return_to=return_to, login_hint=login_hint)


def _admit(rt: WebRuntime, who: VerifiedIdentity, *, remote_address: str) -> NotEmployed | None:
    at = rt.clock()
    with transaction(rt.sessions) as tx:
        person = _know(tx, who)
        refusal = _why_refused(person)
        by = _actor(person, remote_address=remote_address)
        subject = Subject(kind="person", id=who.object_id, tenant_id=who.tenant_id)
        action = "person.signedIn" if refusal is None else "person.signInRefused"
        account = Account(
            why=refusal.cause if refusal else "", details={"userName": who.user_name, "roles": sorted(who.roles)}
        )
        tx.add(event(action, subject, by=by, at=at, account=account))
    return refusal


def _know(tx: Session, who: VerifiedIdentity) -> Person:
    person = tx.get(Person, (who.tenant_id, who.object_id))
    if person is None:
        person = Person(tenant_id=who.tenant_id, object_id=who.object_id, source=PersonSource.SIGN_IN)
        tx.add(person)
    if person.source is PersonSource.SIGN_IN:
        person.display_name = (who.display_name or who.user_name)[:256]
        person.name_key = person.display_name.casefold()[:256]
        person.user_principal_name = who.user_name[:400]
    return person


def _why_refused(person: Person) -> NotEmployed | None:
    if not person.active:
        return NotEmployed(
            "Your account is switched off, or is gone from your organisation's directory.",
            next_step="Ask your organisation's help desk.",
            owner="Your organisation",
        )
    if person.user_type is UserType.GUEST:
        return NotEmployed(
            "You are a guest of this organisation, and guests cannot ask here.",
            next_step="Sign in at your own organisation.",
            owner="You",
        )
    return None


def _roles(
    rt: Runtime, tx: Session, ref: PersonRef, token_roles: frozenset[str], *, since: datetime
) -> frozenset[Role]:
    claimed = frozenset(role for role in Role if role.value in token_roles)
    if not claimed:
        return claimed
    state = tx.get(MirrorState, (ref.tenant_id, MirrorKind.ROLE_HOLDERS))
    # A round that ended an interval after the sign-in began after it as well, so it has seen what the token has seen.
    if state is None or state.synced_at is None or state.synced_at < since + rt.settings.intervals.mirror:
        return claimed
    held = tx.scalars(
        select(RoleHolder.role).where(RoleHolder.tenant_id == ref.tenant_id, RoleHolder.object_id == ref.object_id)
    )
    return claimed & {Role(role) for role in held if role in {each.value for each in Role}}


def _actor(person: Person, *, roles: frozenset[Role] = frozenset(), remote_address: str) -> Actor:
    return Actor(
        tenant_id=person.tenant_id,
        object_id=person.object_id,
        name=person.display_name,
        user_name=person.user_principal_name,
        roles=roles,
        remote_address=remote_address,
    )
