"""The forms about rules as a browser sends them: every field of the page, selects and ticks included."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from tests.web.browser import Visitor
from tests.web.house_rules import HTML


def fields_of(visitor: Visitor, action: str) -> dict[str, object]:
    """Return what the form of the page that was fetched last would send."""
    assert visitor.document is not None
    form = next(form for form in visitor.document.iter(f"{HTML}form") if form.get("action") == action)
    fields: dict[str, list[str]] = {}
    for name, value in _sent(form):
        fields.setdefault(name, []).append(value)
    return dict(fields)


def rule_form(visitor: Visitor, path: str) -> dict[str, object]:
    """Fetch the page of a rule and return what its form would send."""
    visitor.get(path)
    return fields_of(visitor, path)


def clause(number: int, attribute: str, operator: str, typed: str = "") -> dict[str, object]:
    """Return the fields of one clause that is written and not picked."""
    name = f"clauses-{number}"
    return {f"{name}-attribute": attribute, f"{name}-operator": operator, f"{name}-typed": typed}


def stage(number: int, *approvers: str, **fields: str) -> dict[str, object]:
    """Return the fields of one stage."""
    name = f"outcome-stages-{number}"
    others = {f"{name}-{key}": value for key, value in fields.items()}
    plain = {f"{name}-quorum": "1", f"{name}-days_to_answer": "14", f"{name}-approvers-chosen": list(approvers)}
    return {**plain, **others}


def _sent(form: Element) -> Iterator[tuple[str, str]]:
    for field in form.iter():
        name = field.get("name", "")
        if not name or field.tag == f"{HTML}button":
            continue
        if field.tag == f"{HTML}textarea":
            yield name, (field.text or "").removeprefix("\n")
        elif field.tag == f"{HTML}select":
            yield from ((name, value) for value in _chosen(field))
        elif field.tag == f"{HTML}input" and _counts(field):
            yield name, field.get("value", "")


def _counts(field: Element) -> bool:
    return field.get("type") not in {"checkbox", "radio"} or field.get("checked") is not None


def _chosen(select: Element) -> list[str]:
    options = [option for option in select.iter(f"{HTML}option") if option.get("disabled") is None]
    chosen = [option.get("value", "") for option in options if option.get("selected") is not None]
    return chosen or [option.get("value", "") for option in options[:1]]
