"""The console script: one group of commands."""

import click

from selfservice.cli.bench import bench
from selfservice.cli.check import check
from selfservice.cli.database import db
from selfservice.cli.demo import demo
from selfservice.cli.journey import journey
from selfservice.cli.permissions import TooPowerful
from selfservice.cli.rules import rules
from selfservice.cli.running import web, worker
from selfservice.config.loading import SettingsError
from selfservice.config.logs import configure_logs
from selfservice.simulator.command import simulator


@click.group()
@click.version_option(package_name="selfservice")
def cli() -> None:
    """Ask for guest access in a partner tenant, decide about it, and look after the guests."""


for command in (bench, check, db, demo, journey, rules, simulator, web, worker):
    cli.add_command(command)


def main() -> None:
    """Run a command; settings or permissions that are wrong end it with what is wrong and how to mend it."""
    configure_logs()
    try:
        cli(standalone_mode=True)
    except (SettingsError, TooPowerful) as wrong:
        raise SystemExit(f"selfservice: {wrong}") from wrong
