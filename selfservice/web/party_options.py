"""People and groups to tick: whoever is chosen first, then whoever fits the search."""

from collections.abc import Iterable

from selfservice.model.package import PartyKind
from selfservice.services.drawing_up import PartyChoice
from selfservice.services.overview.admin_rows import PartyRow
from selfservice.web.forms.packages import Choice, read_choices
from selfservice.web.offering import Option


def party_value(row: PartyRow) -> str:
    """Return a person or a group as a form's value, which carries the name along."""
    return Choice(kind=row.kind, resource_id=row.object_id, label=row.name).value


def party_options(found: Iterable[PartyRow], values: list[str] | None) -> list[Option]:
    """Return the lines to tick."""
    details = {(row.kind, row.object_id): row.detail or row.kind for row in found}
    chosen = [each for each in read_choices(values) if each.kind in set(PartyKind)]
    keys = {(each.kind, each.resource_id) for each in chosen}
    first = [
        Option(value=each.value, label=each.label, detail=details.get((each.kind, each.resource_id), ""), chosen=True)
        for each in chosen
    ]
    rest = [
        Option(value=party_value(row), label=row.name, detail=row.detail or row.kind)
        for row in found
        if (row.kind, row.object_id) not in keys
    ]
    return first + rest


def parties_chosen(values: list[str] | None) -> tuple[PartyChoice, ...]:
    """Return who was ticked, by their ids."""
    return tuple(
        PartyChoice(kind=PartyKind(each.kind), object_id=each.resource_id)
        for each in read_choices(values)
        if each.kind in set(PartyKind)
    )
