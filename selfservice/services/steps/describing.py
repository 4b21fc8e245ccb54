"""What the directory should say of the guest: their profile, and who answers for them."""

from selfservice.services.ports import Directory
from selfservice.services.steps.work import Outcome, Work, guest_of

MOST_SPONSORS = 5
"""How many sponsors a guest may have. Source: https://learn.microsoft.com/entra/external-id/b2b-sponsors"""


def describe(directory: Directory, work: Work) -> Outcome:
    """Write the guest's profile."""
    guest = directory.get_user(guest_of(work))
    have = {
        "displayName": guest.display_name if guest else "",
        "companyName": guest.company_name if guest else None,
        "department": guest.department if guest else None,
        "jobTitle": guest.job_title if guest else None,
    }
    changes = {name: value for name, value in (work.profile or {}).items() if value and have.get(name) != value}
    if work.guest_was_there:
        # A guest who was there before keeps what others wrote about them; only what is empty is filled in.
        changes = {name: value for name, value in changes.items() if not have.get(name)}
    if not changes:
        return Outcome(note="nothing to add", skipped=True)
    done = directory.update_user(guest_of(work), changes, attempt_id=work.attempt_id)
    return Outcome(note=", ".join(sorted(changes)), graph_request_id=done.request_id)


def name_sponsors(directory: Directory, work: Work) -> Outcome:
    """Set the guest's sponsors."""
    present = set(directory.sponsors(guest_of(work)))
    missing = [sponsor for sponsor in work.sponsors if sponsor.object_id not in present]
    if not missing:
        return Outcome(note="set already", skipped=True)
    request_id = ""
    for sponsor in missing[: max(0, MOST_SPONSORS - len(present))]:
        done = directory.add_sponsor(
            guest_of(work),
            sponsor_id=sponsor.object_id,
            is_group=sponsor.is_group,
            attempt_id=work.attempt_id,
        )
        request_id = done.request_id
    return Outcome(note=", ".join(sponsor.name for sponsor in missing), graph_request_id=request_id)
