"""Builds the mail settings from what was told."""

import re

from selfservice.config.registrations import build_credential
from selfservice.config.settings import GraphMailSettings, MailKind, MailSettings, SmtpSettings, Tenant
from selfservice.config.told import Told

ADDRESS = re.compile(r"[^\s@<>\"',;:]+@[^\s@<>\"',;:]+\.[^\s@<>\"',;:]+")


def build_mail(told: Told, tenants: dict[str, Tenant]) -> MailSettings:
    """Return how mail leaves; what the other kind would need is not asked for."""
    kind = _kind(told)
    return MailSettings(
        kind=kind,
        sender=_address(told, "mail.sender"),
        sender_name=_one_line(told, "mail.sender_name", "Selfservice"),
        smtp=_smtp(told) if kind is MailKind.SMTP else None,
        graph=_graph(told, tenants) if kind is MailKind.GRAPH else None,
    )


def _kind(told: Told) -> MailKind:
    word = told.text("mail.kind")
    if word in [kind.value for kind in MailKind]:
        return MailKind(word)
    if word:
        told.problems.add("mail.kind", f"{word!r} is no kind of mail", "Choose smtp or graph")
    return MailKind.GRAPH if told.section("mail.graph") else MailKind.SMTP


def _smtp(told: Told) -> SmtpSettings:
    user_name = told.text("mail.smtp.user_name", "") or None
    password_file = told.file("mail.smtp.password_file")
    if (user_name is None) != (password_file is None):
        told.problems.add("mail.smtp", "a user name needs a password, and the other way round", "Give both or neither")
    starttls = told.flag("mail.smtp.starttls", default=True)
    if user_name is not None and not starttls:
        told.problems.add("mail.smtp.starttls", "the password would travel in the clear", "Set it to true")
    return SmtpSettings(
        host=told.text("mail.smtp.host"),
        port=told.number("mail.smtp.port", 587, least=1, most=65535),
        starttls=starttls,
        user_name=user_name,
        password_file=password_file,
    )


def _graph(told: Told, tenants: dict[str, Tenant]) -> GraphMailSettings:
    alias = told.text("mail.graph.tenant")
    if alias and alias not in tenants:
        told.problems.add("mail.graph.tenant", f"there is no tenant {alias!r}", "Name one of [tenants]")
    credential = build_credential(told, "mail.graph")
    owner = next((t.alias for t in tenants.values() if t.credential.client_id == credential.client_id), None)
    if credential.client_id and owner is not None:
        remedy = "Register an app for the mail alone"
        told.problems.add("mail.graph.client_id", f"it is the directory app of {owner}", remedy)
    return GraphMailSettings(
        tenant_alias=alias,
        mailbox=_address(told, "mail.graph.mailbox"),
        credential=credential,
    )


def _address(told: Told, key: str) -> str:
    address = told.text(key)
    if address and ADDRESS.fullmatch(address) is None:
        told.problems.add(key, f"{address!r} is no mail address", "Write it like selfservice@contoso.com")
    return address


def _one_line(told: Told, key: str, default: str) -> str:
    text = told.text(key, default)
    if not text.isprintable():
        told.problems.add(key, "it is not one line of plain text", "Remove line breaks and control characters")
    return text
