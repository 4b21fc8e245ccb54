"""`selfservice db`: the database's schema."""

import click

from selfservice.config.loading import load_settings
from selfservice.store.schema import upgrade


@click.group()
def db() -> None:
    """Look after the database."""


@db.command("upgrade")
def upgrade_command() -> None:
    """Bring the database to the newest schema."""
    upgrade(load_settings().database_url)
    click.echo("the database has the newest schema")
