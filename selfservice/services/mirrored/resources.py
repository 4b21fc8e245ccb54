"""Groups and applications as a directory tells of them: what packages may give, and by whom they may be approved."""

from sqlalchemy.orm import Session

from selfservice.model.application import Application
from selfservice.model.directory import DeltaPage, DirectoryApplication, DirectoryGroup
from selfservice.model.group import Group
from selfservice.services.mirrored.objects import Part, read_round
from selfservice.services.mirrored.passing import Pass
from selfservice.services.ports import Directory


def read_groups(now: Pass) -> None:
    """Read the groups of a tenant."""
    read_round(now, GROUPS, after_page=_nothing_more)


def read_applications(now: Pass) -> None:
    """Read the applications of a tenant and the roles that they declare."""
    read_round(now, APPLICATIONS, after_page=_nothing_more)


def _nothing_more(_tx: Session, _now: Pass) -> None:
    """A group or application that comes or goes changes nothing else."""


def _nothing_lost(_tx: Session, _now: Pass, _row: Group | Application) -> None:
    """Nobody is signed in as a group or an application."""


def _groups_delta(directory: Directory, link: str | None) -> DeltaPage[DirectoryGroup]:
    return directory.groups_delta(link)


def _get_group(directory: Directory, object_id: str) -> DirectoryGroup | None:
    return directory.get_group(object_id)


def _make_group(tenant_id: str, group: DirectoryGroup) -> Group:
    return Group(tenant_id=tenant_id, object_id=group.object_id)


def _applications_delta(directory: Directory, link: str | None) -> DeltaPage[DirectoryApplication]:
    return directory.applications_delta(link)


def _get_application(directory: Directory, object_id: str) -> DirectoryApplication | None:
    return directory.get_application(object_id)


def _make_application(tenant_id: str, told: DirectoryApplication) -> Application:
    return Application(tenant_id=tenant_id, object_id=told.object_id, app_id=told.app_id)


def _exists(row: Group | Application) -> bool:
    return row.removed_at is None


GROUPS = Part(
    table=Group,
    read=_groups_delta,
    look=_get_group,
    make=_make_group,
    learn=Group.learn,
    active=_exists,
    lost=_nothing_lost,
    stage=_exists,
    moved=_nothing_lost,
)
APPLICATIONS = Part(
    table=Application,
    read=_applications_delta,
    look=_get_application,
    make=_make_application,
    learn=Application.learn,
    active=_exists,
    lost=_nothing_lost,
    stage=_exists,
    moved=_nothing_lost,
)
