"""Giving a resource role to the guest, and taking it away."""

from selfservice.model.package import RoleKind
from selfservice.services.ports import Directory
from selfservice.services.steps.work import Outcome, Work, guest_of, role_of


def give_role(directory: Directory, work: Work) -> Outcome:
    """Give the role, or find that an earlier attempt has."""
    role, guest = role_of(work), guest_of(work)
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


def take_role(directory: Directory, work: Work) -> Outcome:
    """Take the role away, unless the guest holds it by another access package as well."""
    role, guest = role_of(work), guest_of(work)
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
