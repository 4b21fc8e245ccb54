"""`selfservice check`: proves the settings, the database, and each tenant's token and granted permissions."""

import click
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from selfservice.cli.permissions import Judged, judge_tenants
from selfservice.config.loading import load_settings
from selfservice.entra.permissions import PURPOSES
from selfservice.factory import create_worker_runtime
from selfservice.services.runtime import WorkerRuntime
from selfservice.store.schema import is_current


@click.command()
def check() -> None:
    """Prove that everything this installation needs is there; exit with 1 where something is missing."""
    rt = create_worker_runtime(load_settings())
    _say(True, "settings: complete")
    try:
        sound = _check_database(rt) and _check_tenants(rt)
    finally:
        rt.sessions.close()
    if not sound:
        raise SystemExit(1)


def _check_database(rt: WorkerRuntime) -> bool:
    try:
        with rt.sessions.read() as session:
            session.execute(text("SELECT 1"))
        current = is_current(rt.settings.database_url)
    except SQLAlchemyError as failure:
        return _say(False, f"database: {type(failure).__name__}", "check database_url and that the server runs")
    if not current:
        return _say(False, "database: its schema is old", "run `selfservice db upgrade`")
    return _say(True, "database: reachable, newest schema")


def _check_tenants(rt: WorkerRuntime) -> bool:
    # Every tenant is looked at, whatever the one before it came to.
    sound = True
    for judged in judge_tenants(rt):
        sound = _check_tenant(judged) and sound
    return sound


def _check_tenant(judged: Judged) -> bool:
    name, report = judged.tenant.name, judged.report
    if judged.failure is not None:
        return _say(False, f"{name}: {judged.failure.cause}", judged.failure.next_step)
    for extra in sorted(report.extra):
        click.echo(f"warning  {name}: {extra} is granted but not needed; take it away")
    for missing in sorted(report.missing):
        _say(False, f"{name}: {missing} is not granted ({PURPOSES[missing]})", "grant it and give admin consent")
    for dangerous in sorted(report.dangerous):
        _say(False, f"{name}: {dangerous} is granted, which is power over the directory", "take it away")
    if report.missing or report.dangerous:
        return False
    return _say(True, f"{name}: token and permissions")


def _say(sound: bool, what: str, remedy: str = "") -> bool:
    click.echo(f"{'ok      ' if sound else 'missing '} {what}" + (f": {remedy}" if remedy else ""))
    return sound
