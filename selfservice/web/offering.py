"""What the form of an access package offers: what is chosen, then what fits the search; the unsafe with its reason."""

from dataclasses import dataclass

from selfservice.model.package import RoleKind
from selfservice.services.overview.admin_policy import PolicyOffer
from selfservice.services.overview.admin_rows import PackageForm as Offer
from selfservice.services.overview.admin_rows import PartyRow
from selfservice.web.forms.package_questions import fill_questions
from selfservice.web.forms.packages import Choice, PackageForm, read_choice, read_choices
from selfservice.web.forms.policies import PolicyForm


@dataclass(frozen=True, kw_only=True)
class Option:
    """One line to tick."""

    value: str
    label: str
    detail: str = ""
    unsafe: str = ""
    chosen: bool = False


def role_options(offer: Offer, form: PackageForm) -> list[Option]:
    """Return the groups and app roles."""
    found = [
        _option(Choice(kind=RoleKind.GROUP, resource_id=group.object_id, label=group.name), "group", group.unsafe)
        for group in offer.groups
    ]
    for application in offer.applications:
        for role in application.roles:
            choice = Choice(
                kind=RoleKind.APP_ROLE,
                resource_id=application.object_id,
                role_id=role.role_id,
                label=f"{role.name} in {application.name}",
            )
            detail = f"app role: {role.description}" if role.description else "app role"
            found.append(_option(choice, detail, application.unsafe or role.unsafe))
        if application.unsafe and not application.roles:
            choice = Choice(kind=RoleKind.APP_ROLE, resource_id=application.object_id, label=application.name)
            found.append(_option(choice, "application", application.unsafe))
    return _chosen_first(read_choices(form.roles.data), found)


def approver_options(offer: Offer, form: PackageForm) -> list[Option]:
    """Return the people and groups who may decide."""
    found = [_party_option(row) for row in (*offer.approver_groups, *offer.people)]
    return _chosen_first(read_choices(form.approvers.data), found)


def owner_options(offer: Offer, form: PackageForm) -> list[Option]:
    """Return the people and groups who may own the package."""
    found = [_party_option(row) for row in (*offer.people, *offer.approver_groups)]
    current = read_choice(str(form.owner.data or ""))
    return _chosen_first([current] if current else [], found)


def fill(form: PackageForm, offer: Offer) -> None:
    """Write what the package holds now into a fresh form."""
    if offer.draft is None:
        return
    draft = offer.draft
    form.name.data, form.description.data, form.launch_url.data = draft.name, draft.description, draft.launch_url
    form.max_days.data, form.for_self.data, form.for_others.data = draft.max_days, draft.for_self, draft.for_others
    form.roles.data = [
        Choice(kind=each.kind, resource_id=each.resource_id, role_id=each.role_id or "", label=label).value
        for each, label in zip(draft.roles, offer.chosen, strict=True)
    ]
    form.approvers.data = [_party(row).value for row in offer.approvers]
    form.owner.data = _party(offer.owner).value if offer.owner else ""
    form.catalog_id.data, form.risk.data, form.tags.data = draft.catalog_id or "", str(draft.risk), list(draft.tags)
    form.terms.data = draft.terms
    fill_questions(form.questions, draft.questions)
    form.policy.form.fill(draft.policy)


def tag_options(offer: Offer, form: PackageForm) -> list[Option]:
    """Return the tags that make something stricter in this tenant."""
    chosen = set(form.tags.data or ())
    return [Option(value=tag, label=tag, chosen=tag in chosen) for tag in offer.tags]


def home_options(offer: PolicyOffer, form: PolicyForm) -> list[Option]:
    """Return the home tenants whose people may be let ask."""
    chosen = set(form.home_tenants.data or ())
    return [Option(value=key, label=name, chosen=key in chosen) for key, name in offer.homes]


def group_options(offer: PolicyOffer, form: PolicyForm) -> list[Option]:
    """Return groups whose members may be let ask: those chosen first."""
    chosen = set(form.groups.data or ())
    options = [
        Option(value=each.key, label=each.name, detail=each.tenant_name, chosen=each.key in chosen)
        for each in offer.groups
    ]
    return sorted(options, key=lambda option: not option.chosen)


def _party(row: PartyRow) -> Choice:
    return Choice(kind=row.kind, resource_id=row.object_id, label=row.name)


def _party_option(row: PartyRow) -> Option:
    return _option(_party(row), row.detail or row.kind, None)


def _option(choice: Choice, detail: str, unsafe: str | None) -> Option:
    return Option(value=choice.value, label=choice.label, detail=detail, unsafe=unsafe or "")


def _chosen_first(chosen: list[Choice], found: list[Option]) -> list[Option]:
    keys = {choice.key for choice in chosen}
    details = {choice.key: option for option in found if (choice := read_choice(option.value))}
    first = [
        Option(
            value=each.value,
            label=each.label,
            detail=details[each.key].detail if each.key in details else "",
            chosen=True,
        )
        for each in chosen
    ]
    rest = [option for key, option in details.items() if key not in keys]
    return first + sorted(rest, key=lambda option: bool(option.unsafe))
