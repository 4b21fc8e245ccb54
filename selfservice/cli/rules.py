"""`selfservice rules`: a tenant's approver rules as text, out and in."""

from dataclasses import replace
from typing import TextIO

import click

from selfservice.config.loading import load_settings
from selfservice.config.settings import Settings, Tenant
from selfservice.factory import create_worker_runtime
from selfservice.model.actor import Actor, ActorKind
from selfservice.model.refusal import Refused
from selfservice.model.rules.index import RuleIndex
from selfservice.services.overview.rule_rows import ChangePreview
from selfservice.services.overview.rule_words import outcome_words
from selfservice.services.rules.editing import save
from selfservice.services.rules.previewing import preview
from selfservice.services.rules.text_reading import read_book
from selfservice.services.rules.text_values import PlainNaming, WrittenBook
from selfservice.services.rules.transferring import ImportPlan, export_book, plan_import
from selfservice.services.rules.trying import Example, Tried, try_examples
from selfservice.services.runtime import WorkerRuntime

TENANT = click.option("--tenant", "alias", required=True, help="The resource tenant, by its alias in the settings.")
FILE = click.argument("file", type=click.File("r", encoding="utf-8"))


@click.group()
def rules() -> None:
    """Approver rules as text (docs/rules.md)."""


@rules.command("export")
@TENANT
def export(alias: str) -> None:
    """Write a tenant's rules and examples to standard output."""
    settings = load_settings()
    tenant = _tenant(settings, alias)
    rt = create_worker_runtime(settings)
    try:
        click.echo(export_book(rt, tenant.tenant_id), nl=False)
    finally:
        rt.sessions.close()


@rules.command("test")
@FILE
def test(file: TextIO) -> None:
    """Try the examples of FILE under the rules of FILE; no database is needed, since names stand for themselves."""
    try:
        tried = try_book(read_book(file.read(), PlainNaming()))
    except Refused as refusal:
        raise click.ClickException(_said(refusal)) from refusal
    for each in tried:
        click.echo(_example_words(each))
    broken = sum(not each.holds for each in tried)
    click.echo(f"{len(tried) - broken} of {len(tried)} examples hold")
    if broken:
        raise SystemExit(1)


@rules.command("import")
@FILE
@TENANT
@click.option("--by", "name", required=True, help="Who does this: the audit trail keeps the name.")
@click.option("--why", default="", help="Why: every version that this makes keeps it.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Show the plan and change nothing.")
def import_(file: TextIO, alias: str, **said: object) -> None:
    """Make a tenant's rules say what FILE says: shows the plan, asks, and applies it in one transaction."""
    settings = load_settings()
    tenant = _tenant(settings, alias)
    rt = create_worker_runtime(settings)
    # Whoever may run this on the server runs the installation: they act as it does, and are named.
    by = Actor(kind=ActorKind.SYSTEM, name=f"{said['name']} (command line)")
    try:
        plan = plan_import(rt, tenant.tenant_id, file.read())
        _import(rt, tenant, plan, by=by, said=said)
    except Refused as refusal:
        raise click.ClickException(_said(refusal)) from refusal
    finally:
        rt.sessions.close()


def try_book(book: WrittenBook) -> tuple[Tried, ...]:
    """Return each example of a file with what the rules of the file say to it."""
    index = RuleIndex(book.as_rules(book.tenant))
    examples = (
        Example(
            id="",
            name=each.name,
            scope_id="",
            facts=replace(each.facts, resource_tenant=each.facts.resource_tenant or book.tenant),
            expected=each.expected,
        )
        for each in book.examples
    )
    return try_examples(examples, index)


def _import(rt: WorkerRuntime, tenant: Tenant, plan: ImportPlan, *, by: Actor, said: dict[str, object]) -> None:
    if not plan.edits:
        click.echo(f"{tenant.name}'s rules say so already; nothing to do.")
        return
    for step in plan.steps:
        click.echo(f"- {step}")
    foreseen = preview(rt, tenant.tenant_id, plan.edits, by=by)
    _show(foreseen)
    if said["dry_run"]:
        return
    if not foreseen.readable or foreseen.broken_examples:
        raise SystemExit(1)
    if not said["yes"]:
        click.confirm(f"Apply {len(plan.edits)} changes to {tenant.name}'s rules?", abort=True)
    waiting = save(rt, tenant.tenant_id, plan.edits, by=by, why=str(said["why"]), seen_serial=plan.serial)
    click.echo("Waits for a second person's agreement." if waiting else "Applied.")


def _show(foreseen: ChangePreview) -> None:
    if not foreseen.readable:
        click.echo(f"! {foreseen.problem}", err=True)
    for finding in foreseen.findings:
        click.echo(f"! {finding}")
    for broken in foreseen.broken_examples:
        click.echo(f"! example “{broken.name}”: expected {broken.expected}, now {broken.came_out}", err=True)
    for package in foreseen.stuck_packages:
        click.echo(f"! nobody could decide about {package}")
    if foreseen.mails_people:
        click.echo(f"  requests by these rules will mail {foreseen.mails_people} people")
    if foreseen.pending_moved:
        click.echo(f"  {len(foreseen.pending_moved)} of {foreseen.pending_total} waiting requests would go another way")


def _example_words(tried: Tried) -> str:
    if tried.holds:
        return f"ok    {tried.example.name}"
    expected, came_out = outcome_words(tried.example.expected), outcome_words(tried.came_out)
    return f"FALSE {tried.example.name}\n      expected: {expected}\n      came out: {came_out}"


def _tenant(settings: Settings, alias: str) -> Tenant:
    tenant = settings.tenants.get(alias)
    if tenant is None or not tenant.is_resource:
        known = ", ".join(sorted(each.alias for each in settings.tenants.values() if each.is_resource))
        raise click.BadParameter(f"{alias} is no resource tenant of the settings; there are {known}.")
    return tenant


def _said(refusal: Refused) -> str:
    return " ".join(filter(None, (refusal.cause, refusal.next_step)))
