"""Looking after a guest object: blocking, deleting, and bringing back. Each step looks before it acts, every time.

Whom we may touch is judged twice: by our rows, in the transaction that claims the step (`called_off`), and here by what
the directory says at this moment. What it says wins.
"""

from selfservice.model.directory import DirectoryUser, UserType
from selfservice.model.guest import GuestStanding
from selfservice.services.ports import Directory
from selfservice.services.steps.work import Drifted, Outcome, Work, guest_of

NOT_THERE = "is not in the directory any more"


def block(directory: Directory, work: Work) -> Outcome:
    """Keep the guest from signing in. Their sessions cannot be ended from here: they sign in at home.

    https://learn.microsoft.com/graph/api/user-revokesigninsessions
    """
    guest = directory.get_user(guest_of(work))
    if guest is None:
        return Outcome(note=NOT_THERE, skipped=True)
    if guest.enabled is False:
        return Outcome(note="was blocked already", standing=GuestStanding.BLOCKED)
    ensure_ours(directory, work, guest)
    done = directory.update_user(guest.object_id, {"accountEnabled": False}, attempt_id=work.attempt_id)
    return Outcome(graph_request_id=done.request_id, standing=GuestStanding.BLOCKED)


def unblock(directory: Directory, work: Work) -> Outcome:
    """Let the guest sign in again."""
    guest = directory.get_user(guest_of(work))
    if guest is None:
        raise Drifted(f"The guest {NOT_THERE}.", next_step="Restore them, or invite them again.")
    if guest.enabled is not False:
        return Outcome(note="can sign in already", standing=GuestStanding.ACTIVE)
    ensure_ours(directory, work, guest)
    done = directory.update_user(guest.object_id, {"accountEnabled": True}, attempt_id=work.attempt_id)
    return Outcome(graph_request_id=done.request_id, standing=GuestStanding.ACTIVE)


def delete(directory: Directory, work: Work) -> Outcome:
    """Delete the guest softly: for 30 days they can be restored."""
    guest = directory.get_user(guest_of(work))
    if guest is None:
        restorable = directory.get_deleted_user(guest_of(work)) is not None
        standing = GuestStanding.DELETED if restorable else GuestStanding.GONE
        return Outcome(note="was deleted already", standing=standing)
    if guest.enabled is not False and not work.by_person:
        return Outcome(note="left out, since somebody has unblocked them", skipped=True)
    ensure_ours(directory, work, guest)
    done = directory.delete_user(guest.object_id, attempt_id=work.attempt_id)
    return Outcome(graph_request_id=done.request_id, standing=GuestStanding.DELETED)


def restore(directory: Directory, work: Work) -> Outcome:
    """Bring the guest back, with the same id and all that they held."""
    if directory.get_user(guest_of(work)) is not None:
        return Outcome(note="was restored already", standing=GuestStanding.BLOCKED)
    deleted = directory.get_deleted_user(guest_of(work))
    if deleted is None:
        raise Drifted(
            f"The guest cannot be restored any more in {work.tenant_name}.",
            next_step="Ask for access again: they are invited anew.",
            owner="The sponsor",
        )
    done = directory.restore_user(deleted.object_id, attempt_id=work.attempt_id)
    return Outcome(graph_request_id=done.request_id, standing=GuestStanding.BLOCKED)


def ensure_ours(directory: Directory, work: Work, guest: DirectoryUser) -> None:
    """Refuse to touch whoever is no guest, is somebody else by now, or holds a role of the directory itself."""
    if guest.user_type is not UserType.GUEST:
        raise _not_ours(work, "is treated as a member there, and members are never changed")
    addresses = {each.casefold() for each in (guest.mail, *guest.other_mails) if each}
    if work.address.casefold() not in addresses:
        raise _not_ours(work, f"does not have the address {work.address} any more")
    if directory.is_role_holder(guest.object_id):
        raise _not_ours(work, "holds a role of the directory itself, so that only an admin may change them")


def _not_ours(work: Work, why: str) -> Drifted:
    return Drifted(
        f"{work.guest_name or work.address} {why}.",
        next_step=f"Look at the user in the directory of {work.tenant_name}.",
        owner=f"An admin of {work.tenant_name}",
    )
