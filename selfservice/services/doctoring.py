"""Doctoring: why a guest does not come in. What our rows know is known at once; the directory itself is asked by the
worker, when somebody wants it, and its answer is kept for a few minutes.
"""

from datetime import timedelta

import structlog
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.address import address_key, domain_of
from selfservice.model.assignment import Assignment
from selfservice.model.delivery import Delivery, DeliveryKind, StepKind, StepState
from selfservice.model.diagnosis import Case, Diagnosis, Seen, Shut, seen_from_data, seen_to_data
from selfservice.model.directory import DirectoryUser, RedemptionState
from selfservice.model.doctor import diagnose
from selfservice.model.guest import Guest
from selfservice.model.mail import MailKind, OutboxMail
from selfservice.model.mirror import TenantPolicy
from selfservice.model.person import Person
from selfservice.model.redemption import Examination
from selfservice.model.unable import UnableTo
from selfservice.services import helping, leasing, looking_up, noticing, redeeming
from selfservice.services.ports import Directory
from selfservice.services.runtime import Runtime, WorkerRuntime
from selfservice.store.transaction import reading, transaction

log = structlog.get_logger()

AT_ONCE = 20
LEASE_FOR = timedelta(seconds=60)
LINKING = (DeliveryKind.GRANT, DeliveryKind.LINK, DeliveryKind.RESET)
LINK_MAILS = (MailKind.INVITATION, MailKind.FRESH_LINK)


def examine(tx: Session, rt: Runtime, guest: Guest) -> Diagnosis:
    """Say what keeps a guest from coming in, by our rows and the directory's last answer."""
    return diagnose(case_of(tx, rt, guest), at=rt.clock())


def ask(rt: Runtime, guest_id: str, *, by: Actor) -> None:
    """Have the directory asked about a guest, and about their domain, unless its answer is fresh."""
    at = rt.clock()
    with transaction(rt.sessions) as tx:
        guest = helping.guest_to_help(tx, rt, guest_id, by=by)
        tenant_id, domain = guest.tenant_id, domain_of(guest.address)
        kept = tx.get(Examination, guest.id)
        if kept is None:
            tx.add(Examination(guest_id=guest.id, tenant_id=tenant_id, asked_at=at))
        elif not kept.is_fresh(at):
            kept.ask_again(at=at)
    if not any(domain in tenant.domains for tenant in rt.settings.tenants.values()):
        looking_up.ask(rt, tenant_id, domain, by=by)
    rt.waker.wake("lookup", tenant_id)


def case_of(tx: Session, rt: Runtime, guest: Guest) -> Case:
    """Return what is known of a guest."""
    tenant = rt.settings.tenant_by_id(guest.tenant_id)
    name = tenant.name if tenant else guest.tenant_id
    person, home = tx.get(Person, (guest.tenant_id, guest.object_id)), _at_home(tx, rt, guest)
    home_tenant = rt.settings.tenant_by_id(home.tenant_id) if home else None
    policy, told = tx.get(TenantPolicy, guest.tenant_id), noticing.told_of(tx, guest)
    kept, delivery = tx.get(Examination, guest.id), last_link(tx, guest)
    mail = _mail(tx, delivery) if delivery else None
    failed = next((step for step in delivery.steps if step.state is StepState.FAILED), None) if delivery else None
    return Case(
        name=guest.name,
        address=guest.address,
        tenant=name,
        helper=(tenant.help_contact if tenant else "") or f"An admin of {name}",
        standing=guest.standing,
        has_access=redeeming.has_access(tx, guest, at=rt.clock()),
        enabled=person is None or person.enabled,
        removed=person is not None and person.removed_at is not None,
        accepted=redeeming.has_accepted(guest, person),
        home=home_tenant.name if home_tenant else "",
        home_user_name=home.user_principal_name if home else "",
        home_active=home is None or home.active,
        shut=Shut(cause=told.why, owner=_detail(told.details, "owner"), next_step=_detail(told.details, "nextStep"))
        if told
        else None,
        lookup=looking_up.known(tx, guest.tenant_id, domain_of(guest.address)).state,
        codes_off=policy is not None and policy.email_one_time_passcode == "disabled",
        mail=mail.state if mail else None,
        mail_failure=mail.failure if mail else "",
        mail_next_step=mail.next_step if mail else "",
        link_failure=failed.cause if failed and failed.kind in MAKING else "",
        linked_at=mail.created_at if mail else None,
        seen=seen_from_data(kept.found) if kept and kept.answered_at and kept.found else None,
    )


MAKING = frozenset({StepKind.INVITE, StepKind.RESET_REDEMPTION})


def last_link(tx: Session, guest: Guest) -> Delivery | None:
    """Return the delivery that made the guest's last link, or tried to."""
    granted = select(Assignment.request_id).where(Assignment.guest_id == guest.id)
    links = select(Delivery).where(
        or_(Delivery.guest_id == guest.id, Delivery.request_id.in_(granted)), Delivery.kind.in_(LINKING)
    )
    return tx.scalars(links.order_by(Delivery.created_at.desc(), Delivery.id).limit(1)).first()


def due_tenants(rt: Runtime) -> tuple[str, ...]:
    """Return the tenants whose directory is to be asked about a guest, and which nobody asks at this moment."""
    with reading(rt.sessions) as tx:
        held = leasing.held(tx, at=rt.clock())
        due = tx.scalars(select(Examination.tenant_id).where(Examination.answered_at.is_(None)).distinct()).all()
    return tuple(sorted(each for each in due if rt.settings.tenant_by_id(each) and lease_of(each) not in held))


def work(rt: WorkerRuntime, tenant_id: str) -> None:
    """Ask the tenant's directory about every guest that somebody asked about, under a lease of its own."""
    fence = leasing.claim(rt, lease_of(tenant_id), for_=LEASE_FOR) if rt.settings.tenant_by_id(tenant_id) else None
    if fence is None:
        return
    try:
        for guest_id in _waiting(rt, tenant_id):
            _look(rt, tenant_id, guest_id)
            if not leasing.renew(rt, lease_of(tenant_id), fence, for_=LEASE_FOR):
                return
    finally:
        leasing.release(rt, lease_of(tenant_id), fence)


def lease_of(tenant_id: str) -> str:
    """Return the name of the lease under which a tenant's directory is asked about guests."""
    return f"examine:{tenant_id}"


def _waiting(rt: Runtime, tenant_id: str) -> tuple[str, ...]:
    waiting = select(Examination.guest_id).where(Examination.tenant_id == tenant_id, Examination.answered_at.is_(None))
    with reading(rt.sessions) as tx:
        return tuple(tx.scalars(waiting.order_by(Examination.asked_at, Examination.guest_id).limit(AT_ONCE)))


def _look(rt: WorkerRuntime, tenant_id: str, guest_id: str) -> None:
    with reading(rt.sessions) as tx:
        guest = tx.get_one(Guest, guest_id)
        object_id, address = guest.object_id, guest.address
    seen, failure = None, ""
    try:
        seen = look(rt.directories.of(tenant_id), object_id, address)
    except UnableTo as unable:
        failure = unable.cause
        log.warning("examination failed", tenant=tenant_id, code=unable.code, graph_request_id=unable.request_id)
    except Exception:
        # Whatever is wrong with this one guest must not keep the others waiting for ever.
        failure = "Selfservice could not ask the directory about this guest."
        log.exception("examination failed by a fault of ours", tenant=tenant_id)
    with transaction(rt.sessions) as tx:
        kept = tx.get(Examination, guest_id, with_for_update=True)
        if kept is not None:
            kept.answered_at, kept.failure = rt.clock(), failure[:500]
            kept.found = seen_to_data(seen) if seen else {}


def look(directory: Directory, object_id: str, address: str) -> Seen:
    """Ask the directory about a guest object, and who else has its address."""
    guest, key = directory.get_user(object_id), address_key(address)
    others = [each for each in directory.find_users_by_address(address) if each.object_id != object_id]
    deleted = [each for each in directory.find_deleted_by_address(address) if _has(each, key)]
    return Seen(
        there=guest is not None,
        enabled=guest is None or guest.enabled is not False,
        accepted=guest is not None and guest.redemption_state is RedemptionState.ACCEPTED,
        mail=(guest.mail or "") if guest is not None else "",
        twins=len(others),
        deleted=bool(deleted),
    )


def _has(user: DirectoryUser, key: str) -> bool:
    return any(address_key(each) == key for each in (user.mail or "", *user.other_mails))


def _at_home(tx: Session, rt: Runtime, guest: Guest) -> Person | None:
    """Return the employee behind a guest: by id where we know it, or else whose mail address was invited."""
    if guest.home_tenant_id and guest.home_object_id:
        return tx.get(Person, (guest.home_tenant_id, guest.home_object_id))
    homes = [tenant.tenant_id for tenant in rt.settings.tenants.values() if tenant.is_home]
    by_mail = select(Person).where(
        Person.tenant_id.in_(homes), Person.mail_key == guest.address_key, Person.tenant_id != guest.tenant_id
    )
    return tx.scalars(by_mail.order_by(Person.removed_at.is_not(None), Person.object_id).limit(1)).first()


def _mail(tx: Session, delivery: Delivery) -> OutboxMail | None:
    """Return the mail with the link of this delivery, or None where none was written."""
    told = [OutboxMail.once_key.startswith(f"{kind.value}:{delivery.id}", autoescape=True) for kind in LINK_MAILS]
    return tx.scalars(select(OutboxMail).where(or_(*told)).order_by(OutboxMail.created_at.desc()).limit(1)).first()


def _detail(details: dict[str, object], name: str) -> str:
    return str(details.get(name, ""))
