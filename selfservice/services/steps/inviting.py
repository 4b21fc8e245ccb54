"""Making sure of the guest: look them up, invite them, and wait until the directory knows them everywhere."""

from collections.abc import Sequence

from selfservice.model.backoff import NOT_THERE_YET
from selfservice.model.directory import DirectoryUser, RedemptionState, UserType
from selfservice.model.unable import UnableTo
from selfservice.services.ports import Directory
from selfservice.services.steps.work import Drifted, Outcome, Work, guest_of


def look_up(directory: Directory, work: Work) -> Outcome:
    """Find out whether the guest is there already."""
    found = directory.find_users_by_address(work.address)
    guests = _guests(found)
    if not guests and found:
        raise Drifted(
            f"{work.address} is a member of {work.tenant_name} already, not a guest.",
            next_step=f"Ask an admin of {work.tenant_name} to give them the access directly.",
            owner=f"An admin of {work.tenant_name}",
        )
    if not guests:
        return Outcome(note="not known there yet")
    guest = min(guests, key=lambda user: user.object_id)
    _ensure_not_blocked(guest, work)
    return Outcome(note="a guest there already", guest=guest)


def _guests(found: Sequence[DirectoryUser]) -> list[DirectoryUser]:
    return [user for user in found if user.user_type is UserType.GUEST or user.creation_type == "Invitation"]


def _ensure_not_blocked(guest: DirectoryUser, work: Work) -> None:
    if guest.enabled is False:
        raise UnableTo(
            f"This guest exists in {work.tenant_name}, but sign-in is blocked for them.",
            code="guest-blocked",
            owner=f"An admin of {work.tenant_name}",
            next_step="Unblock the guest in the directory if that is right, then try again.",
        )


def invite(directory: Directory, work: Work) -> Outcome:
    """Invite the guest, unless they have accepted before."""
    known = directory.get_user(work.guest_object_id) if work.guest_object_id else None
    if known is None and work.attempts > 1:
        # An earlier attempt may have made the guest: adopt what is there (inviting again gives the same guest).
        known = next(iter(_guests(directory.find_users_by_address(work.address))), None)
    if known is not None and known.redemption_state is not RedemptionState.PENDING:
        _ensure_not_blocked(known, work)
        return Outcome(
            note="accepted an invitation before, so needs none",
            skipped=True,
            guest=known,
        )
    invitation = directory.invite(
        address=work.address,
        display_name=work.guest_name or None,
        redirect_url=work.redirect_url,
        attempt_id=work.attempt_id,
    )
    guest = known or DirectoryUser(object_id=invitation.user_id, redemption_state=RedemptionState.PENDING)
    if invitation.user_id != guest.object_id:
        guest = DirectoryUser(object_id=invitation.user_id, redemption_state=RedemptionState.PENDING)
    link = None if invitation.status == "Completed" else invitation.redeem_url
    note = "no consent needed" if link is None else "invited"
    return Outcome(note=note, graph_request_id=invitation.request_id, guest=guest, redeem_url=link)


def settle_in(directory: Directory, work: Work) -> Outcome:
    """Wait until the directory knows the guest."""
    guest = directory.get_user(guest_of(work))
    if guest is None:
        raise UnableTo(
            f"{work.tenant_name}'s directory is still copying the new guest.",
            code=NOT_THERE_YET,
            transient=True,
            owner="Nobody: it happens by itself",
            next_step="Wait; it is tried again by itself.",
        )
    return Outcome(note="the directory knows the guest", guest=guest)
