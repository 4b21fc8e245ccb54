"""Telling of reviews: reviewers are asked and reminded, guests learn of a removal, and the result is told."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.assignment import Assignment
from selfservice.model.guest import Guest
from selfservice.model.mail import MailKind
from selfservice.model.review import ReviewCampaign, ReviewItem, ReviewRun
from selfservice.model.review_tally import ReviewTally
from selfservice.services import posting, sponsoring
from selfservice.services.foreseeing import RUNNING
from selfservice.services.posting import Letter, Recipient, post
from selfservice.services.reviews import landing_links
from selfservice.services.runtime import Runtime


def asked(tx: Session, rt: Runtime, run: ReviewRun, tally: ReviewTally) -> bool:
    """Ask a reviewer, once a run, and whoever decides for them reads it in their own list; say whether it was sent."""
    facts = {"count": str(tally.open), "rolled": str(tally.rolled)}
    letter = _letter(run, MailKind.REVIEW_ASKED, run.id, _page(rt, run), _facts(rt, run) | facts)
    return post(tx, rt, letter, to=_reviewer(tx, tally))


def reminded(tx: Session, rt: Runtime, run: ReviewRun, tally: ReviewTally, days: int) -> bool:
    """Remind a reviewer of what is open, once for each reminder of the campaign."""
    facts = {"count": str(tally.open + tally.unsure), "days": str(days)}
    about = f"{run.id}-{days}"
    letter = _letter(run, MailKind.REVIEW_REMINDER, about, _page(rt, run), _facts(rt, run) | facts)
    return post(tx, rt, letter, to=_reviewer(tx, tally))


def landing(tx: Session, rt: Runtime, run: ReviewRun, item: ReviewItem, guest: Guest) -> None:
    """Tell a guest that their access is being removed, and until when they can object."""
    until = item.lands_at.date().isoformat() if item.lands_at else ""
    facts = _facts(rt, run) | {"access": access_words(tx, item), "until": until, "reason": item.why or ""}
    facts |= {"blocked": "yes" if item.act_id else ""}
    link = landing_links.link(rt.settings, run.id, item.subject_id)
    to = Recipient(key="guest", address=guest.address, name=guest.display_name)
    post(tx, rt, _letter(run, MailKind.REVIEW_LANDING, f"{run.id}-{item.subject_id}", link, facts), to=to)


def still_needed(tx: Session, rt: Runtime, run: ReviewRun, item: ReviewItem, words: str) -> None:
    """Tell whoever answers for a guest, and whoever decided, that the guest still needs what is being removed."""
    guest = tx.get_one(Guest, item.guest_id)
    until = item.lands_at.date().isoformat() if item.lands_at else ""
    facts = _facts(rt, run) | {"guest": guest.name, "access": access_words(tx, item), "until": until, "reason": words}
    link = f"{rt.settings.base_url}/reviews/{run.id}/{item.subject_id}"
    letter = _letter(run, MailKind.REVIEW_STILL_NEEDED, f"{run.id}-{item.subject_id}", link, facts)
    to = {each.key: each for each in sponsoring.recipients(tx, rt, guest)}
    decider = posting.person(tx, posting.ref_of(item.decided_by)) if item.decided_by else None
    for each in (to | ({decider.key: decider} if decider else {})).values():
        post(tx, rt, letter, to=each)


def closed(tx: Session, rt: Runtime, run: ReviewRun, counts: dict[str, int]) -> None:
    """Tell whoever made the campaign what came of a run; where they have left, the tenant's help contact."""
    campaign = tx.get_one(ReviewCampaign, run.campaign_id)
    facts = _facts(rt, run) | {name: str(counts.get(name, 0)) for name in ("kept", "removed", "rolled", "left")}
    link = f"{rt.settings.base_url}/admin/reviews/{campaign.id}"
    letter = _letter(run, MailKind.REVIEW_RESULT, run.id, link, facts)
    maker = posting.person(tx, posting.ref_of(campaign.creator))
    post(tx, rt, letter, to=maker or posting.help_contact(rt.settings, run.tenant_id))


def access_words(tx: Session, item: ReviewItem) -> str:
    """Return what is reviewed by name: the package, or all that the guest holds."""
    return ", ".join(names_of(tx, item)) or "being a guest"


def names_of(tx: Session, item: ReviewItem) -> tuple[str, ...]:
    """Return the names of the access packages that are reviewed."""
    query = select(Assignment.package_name).where(Assignment.guest_id == item.guest_id, Assignment.state.in_(RUNNING))
    if item.assignment_id is not None:
        query = select(Assignment.package_name).where(Assignment.id == item.assignment_id)
    return tuple(sorted(set(tx.scalars(query))))


def _reviewer(tx: Session, tally: ReviewTally) -> Recipient | None:
    return posting.person(tx, posting.ref_of(tally.reviewer)) if tally.reviewer else None


def _page(rt: Runtime, run: ReviewRun) -> str:
    return f"{rt.settings.base_url}/reviews/{run.id}"


def _facts(rt: Runtime, run: ReviewRun) -> dict[str, str]:
    tenant = rt.settings.tenant_by_id(run.tenant_id)
    name = tenant.name if tenant else ""
    return posting.NO_REQUEST | {
        "review": run.plan.name,
        "resource_tenant": name,
        "closes_on": run.closes_at.date().isoformat(),
        "no_answer": run.plan.no_answer.value,
    }


def _letter(run: ReviewRun, kind: MailKind, about: str, link: str, facts: dict[str, str]) -> Letter:
    return Letter(kind=kind, about=about, tenant_id=run.tenant_id, link=link, facts=facts)
