"""Making sure of the guest: look them up, invite them, and wait until the directory knows them everywhere."""

from collections.abc import Sequence
from dataclasses import replace

from selfservice.model.backoff import NOT_THERE_YET
from selfservice.model.directory import DirectoryUser, Invitation, RedemptionState, UserType
from selfservice.model.guest import GuestStanding
from selfservice.model.unable import UnableTo
from selfservice.services.ports import Directory
from selfservice.services.steps.looking_after import ensure_ours
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
        _restore_twin(directory, work)
        return Outcome(note="not known there yet")
    guest = min(guests, key=lambda user: user.object_id)
    if guest.enabled is False and guest.object_id in work.may_free:
        done = directory.update_user(guest.object_id, {"accountEnabled": True}, attempt_id=work.attempt_id)
        note, freed = "a guest there already, who can sign in again from now on", replace(guest, enabled=True)
        return Outcome(note=note, guest=freed, standing=GuestStanding.ACTIVE, graph_request_id=done.request_id)
    _ensure_not_blocked(guest, work)
    return Outcome(note="a guest there already", guest=guest)


def _restore_twin(directory: Directory, work: Work) -> None:
    """Bring back whom we deleted because of time alone: the next attempt finds them, with all that they are."""
    if not work.may_free and not work.deleted_for_good:
        return
    twins = {user.object_id for user in directory.find_deleted_by_address(work.address)}
    if twins & work.deleted_for_good:
        raise UnableTo(
            f"This guest was deleted from {work.tenant_name}, and not because of time alone.",
            code="guest-deleted",
            owner=f"An admin of {work.tenant_name}",
            next_step="Restore the guest there if that is right, then try again.",
        )
    for object_id in sorted(twins & work.may_free)[:1]:
        directory.restore_user(object_id, attempt_id=work.attempt_id)
        raise _copying(work)


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
    if work.is_care:
        return fresh_link(directory, work)
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
    invitation = _invite(directory, work)
    guest = known or DirectoryUser(object_id=invitation.user_id, redemption_state=RedemptionState.PENDING)
    if invitation.user_id != guest.object_id:
        guest = DirectoryUser(object_id=invitation.user_id, redemption_state=RedemptionState.PENDING)
    return _invited(invitation, guest)


def fresh_link(directory: Directory, work: Work) -> Outcome:
    """Make a new link for a guest who has not accepted yet. Nobody is made anew by it."""
    guest = directory.get_user(guest_of(work))
    if guest is None:
        raise Drifted(
            f"The guest is not in the directory of {work.tenant_name} any more.",
            next_step="Ask for access again: they are invited anew.",
            owner="The sponsor",
        )
    if guest.redemption_state is not RedemptionState.PENDING:
        return Outcome(note="has accepted by now, so needs no link", skipped=True, guest=guest)
    _ensure_not_blocked(guest, work)
    ensure_ours(directory, work, guest)
    invitation = _invite(directory, work)
    if invitation.user_id != guest.object_id:
        raise Drifted(f"The address {work.address} leads to another user of {work.tenant_name}.")
    return _invited(invitation, guest)


def _invite(directory: Directory, work: Work) -> Invitation:
    return directory.invite(
        address=work.address,
        display_name=work.guest_name or None,
        redirect_url=work.redirect_url,
        attempt_id=work.attempt_id,
    )


def _invited(invitation: Invitation, guest: DirectoryUser) -> Outcome:
    link = None if invitation.status == "Completed" else invitation.redeem_url
    note = "no consent needed" if link is None else "invited"
    return Outcome(note=note, graph_request_id=invitation.request_id, guest=guest, redeem_url=link)


def settle_in(directory: Directory, work: Work) -> Outcome:
    """Wait until the directory knows the guest."""
    guest = directory.get_user(guest_of(work))
    if guest is None:
        raise _copying(work)
    return Outcome(note="the directory knows the guest", guest=guest)


def _copying(work: Work) -> UnableTo:
    return UnableTo(
        f"{work.tenant_name}'s directory is still copying the guest.",
        code=NOT_THERE_YET,
        transient=True,
        owner="Nobody: it happens by itself",
        next_step="Wait; it is tried again by itself.",
    )
