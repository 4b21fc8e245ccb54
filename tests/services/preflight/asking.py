"""What somebody asks for, as tests of the card write it; and the settings of the tenants, as the mirror has them."""

from collections.abc import Mapping
from datetime import timedelta

from selfservice.model.actor import Actor
from selfservice.model.directory import TenantPolicies
from selfservice.model.mirror import TenantPolicy
from selfservice.model.rulebook import ApproverRule, RuleBook
from selfservice.model.rules.clause import Clause
from selfservice.model.rules.codec import clauses_to_data, outcome_to_data
from selfservice.model.rules.facts import Attribute
from selfservice.model.rules.outcome import Outcome
from selfservice.model.rules.rule import Band
from selfservice.services.drafting import Ask
from selfservice.services.preflight.card import Preflight
from selfservice.services.preflight.checking import preflight
from selfservice.store.transaction import transaction
from tests.services.making import ANN, CONTOSO, FABRIKAM, START, TestRuntime, World

PARTNER = "44444444-dddd-4ddd-8ddd-444444444444"
TRUSTING: Mapping[str, object] = {
    "inboundTrust": {"isMfaAccepted": True},
    "automaticUserConsentSettings": {"inboundAllowed": True, "outboundAllowed": True},
}


def make_ask(world: World, **changes: object) -> Ask:
    """Return what Ann asks for: Expenses for herself, for thirty days."""
    facts: dict[str, object] = {
        "form_key": "form",
        "package_id": world.expenses,
        "for_self": True,
        "justification": "for the month-end close",
        "ends_on": START.date() + timedelta(days=30),
    }
    return Ask(**{**facts, **changes})  # type: ignore[arg-type]


def invite(world: World, address: str, **changes: object) -> Ask:
    """Return what Ann asks for a guest."""
    return make_ask(world, **{"for_self": False, "guest_address": address, "guest_name": "Gus Ray", **changes})


def card_of(world: World, ask: Ask | None = None, *, by: Actor = ANN) -> Preflight:
    """Return the card."""
    return preflight(world.rt, ask or make_ask(world), by=by)


def know(
    rt: TestRuntime, tenant_id: str = CONTOSO, *, invites: str = "everyone", codes: str = "default", **partners: object
) -> None:
    """Let the mirror know a tenant's settings. An entry about the partner is named `home` or `partner`."""
    keys = {"home": FABRIKAM, "resource": CONTOSO, "partner": PARTNER}
    entries = {keys[name]: entry for name, entry in partners.items() if isinstance(entry, Mapping)}
    with transaction(rt.sessions) as tx:
        kept = tx.get(TenantPolicy, tenant_id)
        if kept is None:
            kept = TenantPolicy(tenant_id=tenant_id, allow_invites_from=invites)
            tx.add(kept)
        kept.learn(TenantPolicies(allow_invites_from=invites, email_one_time_passcode=codes, partners=entries))


def texts(card: Preflight, level: str = "") -> str:
    """Return the lines of a card, one after the other."""
    return "\n".join(
        f"{line.text} {line.owner} {line.next_step}" for line in card.lines if level in ("", line.level.value)
    )


def about(domain: str) -> Clause:
    """Return the clause that holds for guests of a domain."""
    return Clause(attribute=Attribute.GUEST_DOMAIN, values=(domain,))


def write_rule(rt: TestRuntime, outcome: Outcome, *clauses: Clause) -> None:
    """Put a rule at the end of Contoso's book, before every package's own approvers."""
    with transaction(rt.sessions) as tx:
        book = tx.get(RuleBook, CONTOSO)
        if book is None:
            book = RuleBook(tenant_id=CONTOSO, changed_at=START)
            tx.add(book)
        book.serial += 1
        tx.add(
            ApproverRule(
                tenant_id=CONTOSO,
                serial=book.serial,
                band=int(Band.FIRST),
                position=book.serial,
                name=f"rule {book.serial}",
                clauses=list(clauses_to_data(clauses)),
                outcome=outcome_to_data(outcome),
                changed_at=START,
            )
        )
