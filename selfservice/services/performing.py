"""Performing one delivery step in the directory. No database in here: facts go in, what the directory said comes out.

Every step looks before it acts where an earlier attempt may have taken effect (`reliability.md`, B1).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from selfservice.model.application import Application
from selfservice.model.backoff import NOT_THERE_YET
from selfservice.model.delivery import StepKind
from selfservice.model.directory import DirectoryUser, RedemptionState, Secret, UserType
from selfservice.model.group import Group
from selfservice.model.package import RoleKind
from selfservice.model.planning import GivenRole
from selfservice.model.publishing import (
    why_application_is_unsafe,
    why_group_is_unsafe,
    why_role_is_unsafe,
)
from selfservice.model.refusal import Refused
from selfservice.model.unable import UnableTo
from selfservice.services.ports import Directory


class Drifted(Refused):
    """What was approved is no longer what the directory would give."""


@dataclass(frozen=True, kw_only=True)
class SponsorChoice:
    """A user or group of the resource tenant who should be a sponsor of the guest."""

    object_id: str
    is_group: bool
    name: str


@dataclass(frozen=True, kw_only=True)
class Work:
    """One attempt of one step: everything it needs to know, and under which fence it may report."""

    delivery_id: str
    step_id: str
    fence: str
    attempt_id: str
    attempts: int
    kind: StepKind
    tenant_id: str
    tenant_name: str
    address: str = ""
    guest_name: str = ""
    redirect_url: str = ""
    guest_object_id: str | None = None
    guest_was_there: bool = False
    profile: Mapping[str, str] | None = None
    sponsors: tuple[SponsorChoice, ...] = ()
    role: GivenRole | None = None
    roles: tuple[GivenRole, ...] = ()
    drift: str = ""
    people: tuple[tuple[str, str], ...] = ()
    still_held: bool = False


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What an attempt came to. `skipped` says that there was nothing to do, and `note` why."""

    note: str = ""
    skipped: bool = False
    graph_request_id: str = ""
    guest: DirectoryUser | None = None
    redeem_url: Secret | None = None


def perform(directory: Directory, work: Work) -> Outcome:
    """Do the step's outside part. Raises `UnableTo` or `Refused`."""
    return PERFORMERS[work.kind](directory, work)


def _recheck(directory: Directory, work: Work) -> Outcome:
    if work.drift:
        raise Drifted(
            work.drift,
            next_step="Ask for it again, so that it is decided as it is now.",
            owner="The requestor",
        )
    for role in work.roles:
        unsafe = _why_unsafe(directory, work, role)
        if unsafe:
            raise Drifted(
                f"{role.label} cannot be given any more: {unsafe}",
                next_step="Change the access package, then ask again.",
                owner=f"An admin of {work.tenant_name}",
            )
    for object_id, name in work.people:
        person = directory.get_user(object_id)
        if person is None or person.enabled is False:
            raise Drifted(
                f"{name}, who approved this, is no longer active in {work.tenant_name}.",
                next_step="Ask again, so that somebody else decides.",
                owner="The requestor",
            )
    return Outcome(note="still as approved")


def _why_unsafe(directory: Directory, work: Work, role: GivenRole) -> str | None:
    if role.kind is RoleKind.GROUP:
        found = directory.get_group(role.resource_id)
        if found is None:
            return "The group no longer exists in the directory."
        group = Group(tenant_id=work.tenant_id, object_id=found.object_id)
        group.learn(found)
        return why_group_is_unsafe(group)
    told = directory.get_application(role.resource_id)
    if told is None:
        return "The application no longer exists in the directory."
    application = Application(tenant_id=work.tenant_id, object_id=told.object_id, app_id=told.app_id)
    application.learn(told)
    declared = next((each for each in application.roles if each.role_id == role.app_role_id), None)
    if declared is None:
        return why_application_is_unsafe(application) or "The application no longer declares this role."
    return why_role_is_unsafe(application, declared)


def _look_up(directory: Directory, work: Work) -> Outcome:
    found = directory.find_users_by_address(work.address)
    guests = [user for user in found if user.user_type is UserType.GUEST or user.creation_type == "Invitation"]
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


def _ensure_not_blocked(guest: DirectoryUser, work: Work) -> None:
    if guest.enabled is False:
        raise UnableTo(
            f"This guest exists in {work.tenant_name}, but sign-in is blocked for them.",
            code="guest-blocked",
            owner=f"An admin of {work.tenant_name}",
            next_step="Unblock the guest in the directory if that is right, then try again.",
        )


def _invite(directory: Directory, work: Work) -> Outcome:
    known = directory.get_user(work.guest_object_id) if work.guest_object_id else None
    if known is None and work.attempts > 1:
        # An earlier attempt may have made the guest: adopt what is there (inviting again gives the same guest).
        known = next(iter(directory.find_users_by_address(work.address)), None)
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


def _settle_in(directory: Directory, work: Work) -> Outcome:
    guest = directory.get_user(_guest(work))
    if guest is None:
        raise UnableTo(
            f"{work.tenant_name}'s directory is still copying the new guest.",
            code=NOT_THERE_YET,
            transient=True,
            owner="Nobody: it happens by itself",
            next_step="Wait; it is tried again by itself.",
        )
    return Outcome(note="the directory knows the guest", guest=guest)


def _profile(directory: Directory, work: Work) -> Outcome:
    guest = directory.get_user(_guest(work))
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
    done = directory.update_user(_guest(work), changes, attempt_id=work.attempt_id)
    return Outcome(note=", ".join(sorted(changes)), graph_request_id=done.request_id)


def _sponsors(directory: Directory, work: Work) -> Outcome:
    present = set(directory.sponsors(_guest(work)))
    missing = [sponsor for sponsor in work.sponsors if sponsor.object_id not in present]
    if not missing:
        return Outcome(note="set already", skipped=True)
    request_id = ""
    for sponsor in missing[: max(0, MOST_SPONSORS - len(present))]:
        done = directory.add_sponsor(
            _guest(work),
            sponsor_id=sponsor.object_id,
            is_group=sponsor.is_group,
            attempt_id=work.attempt_id,
        )
        request_id = done.request_id
    return Outcome(note=", ".join(sponsor.name for sponsor in missing), graph_request_id=request_id)


MOST_SPONSORS = 5
"""How many sponsors a guest may have. Source: https://learn.microsoft.com/entra/external-id/b2b-sponsors"""


def _give_role(directory: Directory, work: Work) -> Outcome:
    role, guest = _role(work), _guest(work)
    if role.kind is RoleKind.GROUP:
        if work.attempts > 1 and directory.is_member(role.resource_id, guest):
            return Outcome(note="given by an earlier attempt")
        done = directory.add_member(role.resource_id, guest, attempt_id=work.attempt_id)
    else:
        app_role = role.app_role_id or ""
        if work.attempts > 1 and directory.find_assignment(
            user_id=guest, resource_id=role.resource_id, role_id=app_role
        ):
            return Outcome(note="given by an earlier attempt")
        done = directory.assign_app_role(
            user_id=guest,
            resource_id=role.resource_id,
            role_id=app_role,
            attempt_id=work.attempt_id,
        )
    return Outcome(note="held already" if done.already else "", graph_request_id=done.request_id)


def _take_role(directory: Directory, work: Work) -> Outcome:
    role, guest = _role(work), _guest(work)
    if work.still_held:
        return Outcome(
            note="kept: the guest holds it by another access package as well",
            skipped=True,
        )
    if role.kind is RoleKind.GROUP:
        done = directory.remove_member(role.resource_id, guest, attempt_id=work.attempt_id)
        return Outcome(
            note="was gone already" if done.already else "",
            graph_request_id=done.request_id,
        )
    held = directory.find_assignment(user_id=guest, resource_id=role.resource_id, role_id=role.app_role_id or "")
    if held is None:
        return Outcome(note="was gone already")
    done = directory.remove_app_role(
        resource_id=role.resource_id,
        assignment_id=held.assignment_id,
        attempt_id=work.attempt_id,
    )
    return Outcome(graph_request_id=done.request_id)


def _mail(_directory: Directory, _work: Work) -> Outcome:
    return Outcome(note="handed to the outbox")


def _guest(work: Work) -> str:
    if not work.guest_object_id:
        raise Drifted(
            "The guest of this delivery is not known.",
            next_step="Try the delivery again from its start.",
        )
    return work.guest_object_id


def _role(work: Work) -> GivenRole:
    if work.role is None:
        raise Drifted("This step does not say which role it is about.", next_step="Ask again.")
    return work.role


PERFORMERS: Mapping[StepKind, Callable[[Directory, Work], Outcome]] = {
    StepKind.RECHECK: _recheck,
    StepKind.LOOK_UP: _look_up,
    StepKind.INVITE: _invite,
    StepKind.SETTLE_IN: _settle_in,
    StepKind.PROFILE: _profile,
    StepKind.SPONSORS: _sponsors,
    StepKind.GIVE_ROLE: _give_role,
    StepKind.MAIL: _mail,
    StepKind.TAKE_ROLE: _take_role,
}
