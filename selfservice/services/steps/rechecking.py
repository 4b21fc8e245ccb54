"""Before anything is delivered: is it still what was approved, and is whoever approved it still here?"""

from selfservice.model.application import Application
from selfservice.model.group import Group
from selfservice.model.package import RoleKind
from selfservice.model.planning import GivenRole
from selfservice.model.publishing import why_application_is_unsafe, why_group_is_unsafe, why_role_is_unsafe
from selfservice.services.ports import Directory
from selfservice.services.steps.work import Drifted, Outcome, Work


def recheck(directory: Directory, work: Work) -> Outcome:
    """Look at the roles and the deciders, live."""
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
