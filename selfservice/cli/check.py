"""`selfservice check`: proves the settings, the database, and each tenant's token and granted permissions."""

import click
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from selfservice.config.loading import load_settings
from selfservice.config.settings import Settings, Tenant
from selfservice.entra.directories import GraphDirectories
from selfservice.entra.permissions import judge
from selfservice.model.unable import UnableTo
from selfservice.store.engine import create_sessions
from selfservice.store.schema import is_current


@click.command()
def check() -> None:
    """Prove that everything this installation needs is there; exit with 1 where something is missing."""
    settings = load_settings()
    click.echo("ok       settings: complete")
    sound = _check_database(settings)
    directories = GraphDirectories(settings)
    for tenant in settings.tenants.values():
        sound = _check_tenant(directories, tenant) and sound
    if not sound:
        raise SystemExit(1)


def _check_database(settings: Settings) -> bool:
    sessions = create_sessions(settings.database_url)
    try:
        with sessions.read() as session:
            session.execute(text("SELECT 1"))
        if not is_current(settings.database_url):
            return _say(False, "database: its schema is old", "run `selfservice db upgrade`")
    except SQLAlchemyError as failure:
        return _say(False, f"database: {type(failure).__name__}", "check database_url and that the server runs")
    finally:
        sessions.close()
    return _say(True, "database: reachable, newest schema")


def _check_tenant(directories: GraphDirectories, tenant: Tenant) -> bool:
    try:
        granted = directories.of(tenant.tenant_id).granted_permissions()
    except UnableTo as failure:
        return _say(False, f"{tenant.name}: {failure.cause}", failure.next_step)
    report = judge(granted.granted, is_home=tenant.is_home, is_resource=tenant.is_resource)
    for name in sorted(report.extra):
        click.echo(f"warning  {tenant.name}: {name} is granted but not needed; take it away")
    sound = True
    for name in sorted(report.missing):
        sound = _say(False, f"{tenant.name}: {name} is not granted", "grant it and give admin consent")
    for name in sorted(report.dangerous):
        sound = _say(False, f"{tenant.name}: {name} is granted, which is power over the directory", "take it away")
    if sound:
        _say(True, f"{tenant.name}: token and permissions")
    return sound


def _say(sound: bool, what: str, remedy: str = "") -> bool:
    click.echo(f"{'ok      ' if sound else 'missing '} {what}" + (f": {remedy}" if remedy else ""))
    return sound
