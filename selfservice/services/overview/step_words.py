"""What a delivery step is called by people: done, under way, to come, and failed."""

from dataclasses import dataclass

from selfservice.model.delivery import DeliveryStep, StepKind
from selfservice.model.package import RoleKind

MEMBERSHIP = "member of "
PROPERTIES = {"companyName": "company", "department": "department", "displayName": "name", "jobTitle": "job title"}


@dataclass(frozen=True, kw_only=True)
class StepWords:
    """The four sentences of a step. `loud` steps are told even when nothing is the matter with them."""

    past: str
    now: str
    future: str
    failed: str
    loud: bool = False


@dataclass(frozen=True, kw_only=True)
class Cast:
    """Who and where a delivery is about."""

    guest: str
    address: str
    tenant: str


def role_words(kind: RoleKind | None, label: str, cast: Cast) -> StepWords:
    """Return the sentences of giving a role; `label` is the role in words."""
    if kind is RoleKind.GROUP:
        group = label.removeprefix(MEMBERSHIP)
        return StepWords(
            past=f"Added to {group}",
            now=f"Adding {cast.guest} to {group}",
            future=f"{cast.guest} is added to {group}",
            failed=f"{cast.guest} could not be added to {group}",
            loud=True,
        )
    return StepWords(
        past=f"Given: {label}",
        now=f"Giving {cast.guest} the role: {label}",
        future=f"{cast.guest} is given the role: {label}",
        failed=f"The role could not be given: {label}",
        loud=True,
    )


def words_of(step: DeliveryStep, cast: Cast) -> StepWords:
    """Return the sentences of a step."""
    if step.kind is StepKind.GIVE_ROLE:
        return role_words(step.role_kind, step.label, cast)
    if step.kind is StepKind.TAKE_ROLE:
        return _taking(step, cast)
    return _plain(step.kind, cast)


def note_of(step: DeliveryStep) -> str:
    """Return what a step noted, in words: the details of a guest are noted by their names in the directory."""
    if step.kind is not StepKind.PROFILE:
        return step.note
    return ", ".join(PROPERTIES.get(name, name) for name in step.note.split(", "))


def inviting(cast: Cast) -> StepWords:
    """Return the sentences of the invitation."""
    return StepWords(
        past=f"{cast.guest} invited to {cast.tenant}",
        now=f"Inviting {cast.guest} to {cast.tenant}",
        future=f"{cast.guest} is invited to {cast.tenant}",
        failed=f"{cast.guest} could not be invited to {cast.tenant}",
        loud=True,
    )


def _taking(step: DeliveryStep, cast: Cast) -> StepWords:
    what = step.label.removeprefix(MEMBERSHIP)
    group = step.role_kind is RoleKind.GROUP
    return StepWords(
        past=f"Taken out of {what}" if group else f"Taken away: {what}",
        now=f"Taking {cast.guest} out of {what}" if group else f"Taking away the role: {what}",
        future=f"{cast.guest} is taken out of {what}" if group else f"The role is taken away: {what}",
        failed=f"{cast.guest} could not be taken out of {what}" if group else f"Could not be taken away: {what}",
        loud=True,
    )


def _plain(kind: StepKind, cast: Cast) -> StepWords:
    guest, tenant = cast.guest, cast.tenant
    if kind is StepKind.INVITE:
        return inviting(cast)
    past, now, failed = {
        StepKind.RECHECK: (
            "Checked that all is as it was agreed",
            "Checking that all is still as it was agreed",
            "This is no longer as it was agreed",
        ),
        StepKind.LOOK_UP: (
            f"Looked for {guest} at {tenant}",
            f"Looking for {guest} at {tenant}",
            f"{guest} cannot become a guest of {tenant} at the moment",
        ),
        StepKind.SETTLE_IN: (
            f"{tenant}'s directory knows {guest}",
            f"Waiting until {tenant}'s directory knows {guest}",
            f"{tenant}'s directory did not come to know {guest}",
        ),
        StepKind.PROFILE: (
            f"Details of {guest} filled in",
            f"Filling in the details of {guest}",
            f"The details of {guest} could not be filled in",
        ),
        StepKind.SPONSORS: (
            f"Named at {tenant} who answers for {guest}",
            f"Naming at {tenant} who answers for {guest}",
            f"Could not name at {tenant} who answers for {guest}",
        ),
        StepKind.MAIL: ("Mail written", "Writing the mail", "The mail could not be written"),
    }[kind]
    return StepWords(past=past, now=now, future=f"The link is mailed to {cast.address}", failed=failed)
