"""Guests of the web tests besides those who were asked for: one who was taken in, and is blocked."""

from datetime import timedelta

from selfservice.model.act import ActKind, ActState, GuestAct
from selfservice.model.assignment import Assignment
from selfservice.model.directory import UserType
from selfservice.model.guest import ActCause, Guest, GuestOrigin, GuestStanding
from selfservice.model.person import Person
from selfservice.model.sponsor import GuestSponsor
from selfservice.services.runtime import WebRuntime
from selfservice.store.transaction import reading, transaction
from tests.web.cast import CAST, ENDS_ON, NOW, identifier

CONTOSO = identifier("contoso")


def guest_of(rt: WebRuntime, assignment_id: str) -> str:
    """Return who holds an access."""
    with reading(rt.sessions) as tx:
        return tx.get_one(Assignment, assignment_id).guest_id


def take_in(rt: WebRuntime, name: str = "Pia Lund", *, tenant_id: str = CONTOSO) -> str:
    """Take a guest in for whom Cy answers; return the object's id."""
    address = f"{name.split(maxsplit=1)[0].lower()}@partner.example"
    cy = CAST["cy"]
    guest = Guest(
        tenant_id=tenant_id,
        object_id=identifier(f"{tenant_id}{address}"),
        origin=GuestOrigin.ADOPTED,
        address=address,
        address_key=address,
        display_name=name,
        ensured_at=NOW - timedelta(days=200),
        redeemed_at=NOW - timedelta(days=199),
        managed=True,
        ends_on=ENDS_ON,
    )
    person = Person(
        tenant_id=tenant_id,
        object_id=guest.object_id,
        display_name=name,
        mail=address,
        mail_key=address,
        user_type=UserType.GUEST,
        issuer="ExternalAzureAD",
    )
    with transaction(rt.sessions) as tx:
        tx.add_all((guest, person))
        tx.flush()
        tx.add(
            GuestSponsor(
                guest_id=guest.id, tenant_id=cy.tenant_id, object_id=cy.object_id, name=cy.name, since=guest.ensured_at
            )
        )
        return guest.id


def block(rt: WebRuntime, guest_id: str, cause: ActCause = ActCause.LEAVER) -> str:
    """Say that a guest was blocked, which can be undone; return the act's id."""
    with transaction(rt.sessions) as tx:
        guest = tx.get_one(Guest, guest_id)
        guest.stand(GuestStanding.BLOCKED, cause=cause, at=NOW)
        act = GuestAct(
            tenant_id=guest.tenant_id,
            guest_id=guest_id,
            kind=ActKind.BLOCK,
            cause=cause,
            state=ActState.DONE,
            why="their account at home is disabled",
            at=NOW,
            settled_at=NOW,
            undo_until=NOW + timedelta(days=30),
        )
        tx.add(act)
        return act.id
