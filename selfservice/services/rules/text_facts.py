"""The facts of an example as text: by the names that clauses ask for, and nothing that follows from the package."""

from collections.abc import Mapping
from dataclasses import fields

from selfservice.model.rules.facts import ANSWER_PREFIX, NO, OTHER, SELF, YES, Attribute, RuleFacts
from selfservice.services.rules.text_values import NAMED, Naming

FIELDS = {
    Attribute.RESOURCE_TENANT: "resource_tenant",
    Attribute.PACKAGE: "package",
    Attribute.CATALOG: "catalog",
    Attribute.RESOURCE: "resources",
    Attribute.RISK: "risk",
    Attribute.HOME_TENANT: "home_tenant",
    Attribute.DEPARTMENT: "department",
    Attribute.GROUP: "groups",
    Attribute.JOB_TITLE: "job_title",
    Attribute.FOR: "for_self",
    Attribute.GUEST_DOMAIN: "guest_domain",
    Attribute.ORGANIZATION: "organization",
    Attribute.ALREADY_GUEST: "already_guest",
    Attribute.KNOWN_AT_HOME: "known_at_home",
    Attribute.DAYS: "days",
    Attribute.EXTENSION: "extension",
}
TAGS = "tags"
DEFAULTS = {field.name: field.default for field in fields(RuleFacts)}
FLAGS = {
    "for_self": {SELF: True, OTHER: False},
    "already_guest": {YES: True, NO: False},
    "known_at_home": {YES: True, NO: False},
    "extension": {YES: True, NO: False},
}


def facts_to_data(facts: RuleFacts, naming: Naming) -> dict[str, object]:
    """Return facts as plain data; what is usual, or follows from the package, is left out."""
    follows = naming.follows(facts.package)
    data: dict[str, object] = {}
    for attribute, name in FIELDS.items():
        value = getattr(facts, name)
        if value == follows.get(name, DEFAULTS.get(name)):
            continue
        data[str(attribute)] = _spelt(attribute, name, value, naming)
    if tuple(facts.tags) != tuple(_texts(follows.get(TAGS, ()))):
        data[TAGS] = list(facts.tags)
    data.update({f"{ANSWER_PREFIX}{key}": answer for key, answer in sorted(facts.answers.items())})
    return data


def facts_from_data(data: Mapping[str, object], naming: Naming) -> RuleFacts:
    """Return the facts that plain data says. Raises `KeyError` for a name that is no fact, `ValueError` for a value
    that it cannot have.
    """
    by_name = {str(attribute): name for attribute, name in FIELDS.items()}
    known: dict[str, object] = {}
    answers: dict[str, str] = {}
    for key, value in data.items():
        if key.startswith(ANSWER_PREFIX):
            answers[key.removeprefix(ANSWER_PREFIX)] = str(value)
        elif key == TAGS:
            known[TAGS] = tuple(_texts(value))
        else:
            known[by_name[key]] = _value(key, by_name[key], value, naming)
    follows = naming.follows(str(known.get("package", "")))
    merged = {"resource_tenant": "", "package": "", **follows, **known, "answers": answers}
    return RuleFacts(**merged)  # type: ignore[arg-type]


def _spelt(attribute: Attribute, name: str, value: object, naming: Naming) -> object:
    if name in FLAGS:
        return next(word for word, flag in FLAGS[name].items() if flag == value)
    if isinstance(value, tuple):
        return [naming.name(attribute, str(each)) for each in value]
    return naming.name(attribute, str(value)) if attribute in NAMED else value


def _value(key: str, name: str, value: object, naming: Naming) -> object:
    if name in FLAGS:
        if str(value) not in FLAGS[name]:
            raise ValueError(f"`{key}` is {' or '.join(FLAGS[name])}")
        return FLAGS[name][str(value)]
    if name in ("risk", "days"):
        return int(str(value))
    if name in ("resources", "groups"):
        return tuple(naming.value(key, each) for each in _texts(value))
    return naming.value(key, str(value)) if key in NAMED else str(value)


def _texts(value: object) -> list[str]:
    if isinstance(value, list | tuple):
        return [str(each) for each in value]
    return [str(value)] if value else []
