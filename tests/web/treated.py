"""A guest of the web tests who is to become a member, once Dee has said that the address list is done."""

from datetime import timedelta

from selfservice.model.actor import Role
from selfservice.model.application import RoleHolder
from selfservice.model.directory import UserType
from selfservice.model.guest import Guest, GuestOrigin
from selfservice.model.person import Person
from selfservice.model.treatment import Treatment, TreatmentState
from selfservice.services.runtime import WebRuntime
from selfservice.store.transaction import transaction
from tests.web.cast import CAST, ENDS_ON, NOW, identifier


def await_list(rt: WebRuntime, address: str = "ole@partner.example") -> str:
    """Let a change wait for the address list, and Dee be known as an admin; return the change's id."""
    dee = CAST["dee"]
    guest = Guest(
        tenant_id=dee.tenant_id,
        object_id=identifier(address),
        origin=GuestOrigin.ADOPTED,
        address=address,
        address_key=address,
        display_name="Ole Berg",
        ensured_at=NOW - timedelta(days=9),
        redeemed_at=NOW - timedelta(days=8),
        managed=True,
        ends_on=ENDS_ON,
    )
    with transaction(rt.sessions) as tx:
        tx.add(RoleHolder(tenant_id=dee.tenant_id, object_id=dee.object_id, role=Role.ADMIN))
        tx.add(
            Person(
                tenant_id=guest.tenant_id,
                object_id=guest.object_id,
                display_name="Ole Berg",
                mail=address,
                mail_key=address,
                user_principal_name="ole_partner.example#EXT#@contoso.example",
                user_type=UserType.GUEST,
            )
        )
        tx.add(guest)
        tx.flush()
        treatment = Treatment(
            tenant_id=guest.tenant_id,
            guest_id=guest.id,
            user_type=UserType.MEMBER,
            wants_list=True,
            state=TreatmentState.AWAITING_LIST,
            agreed_at=NOW,
        )
        tx.add(treatment)
        return treatment.id
