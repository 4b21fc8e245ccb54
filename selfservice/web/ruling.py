"""What the form of a rule shows: each clause with the control that fits it, and who can be named as an approver."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from wtforms import FieldList, Form, FormField

from selfservice.model.rules.facts import ANSWER_PREFIX, Attribute
from selfservice.model.rules.outcome import Approver, ApproverKind
from selfservice.services.overview.rule_rows import Option as Offered
from selfservice.services.overview.rule_rows import RuleEditPage
from selfservice.services.overview.rule_words import APPROVERS, RISKS, WHOM, attribute_words
from selfservice.web.forms.rule_approvers import PartiesForm, read_approver, value_of
from selfservice.web.forms.rule_clauses import SIDES, TYPED, ClauseForm, is_attribute
from selfservice.web.forms.rules import RuleForm
from selfservice.web.offering import Option

MOST_OFFERED = 60
HINTS: Mapping[str, str] = {
    Attribute.DEPARTMENT: "One a line. Finance/* is Finance and every department beneath it.",
    Attribute.JOB_TITLE: "One a line, as the directory spells it.",
    Attribute.GUEST_DOMAIN: "One a line. partner.example is only itself; *.partner.example is its subdomains.",
    Attribute.DAYS: "Whole days.",
}
SPOKEN_SIDES: Mapping[str, str] = {**WHOM, "yes": "yes", "no": "no"}
RISK_OPTIONS = tuple(Offered(value=str(number), label=words) for number, words in enumerate(RISKS))


@dataclass(frozen=True, kw_only=True)
class ClauseRow:
    """A clause of the form: `control` is sides, picks or typed."""

    form: ClauseForm
    number: int
    about: str
    control: str
    options: tuple[Option, ...]
    compares: bool
    hint: str


@dataclass(frozen=True, kw_only=True)
class PartyLine:
    """An approver who is chosen."""

    value: str
    label: str
    detail: str
    quiet: bool


@dataclass(frozen=True, kw_only=True)
class Parties:
    """A list of approvers: those chosen, and those who can be added, in groups."""

    form: PartiesForm
    chosen: tuple[PartyLine, ...]
    offered: tuple[tuple[str, tuple[Option, ...]], ...]


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Something that is wrong in a form, and the id of the control."""

    field: str
    words: str


def clause_rows(page: RuleEditPage, form: RuleForm) -> list[ClauseRow]:
    """Return the clauses with their controls."""
    return [_clause_row(page, entry.form, number) for number, entry in enumerate(form.clauses, 1)]


def attributes(page: RuleEditPage) -> list[Option]:
    """Return what another clause can be about."""
    implied = {Attribute.RESOURCE_TENANT, *({Attribute(page.band)} if page.band in set(Attribute) else ())}
    known = [str(each) for each in Attribute if each not in implied]
    answers = sorted(key for key in page.options if key.startswith(ANSWER_PREFIX))
    return [Option(value=each, label=attribute_words(each)) for each in (*known, *answers)]


def parties(page: RuleEditPage, form: PartiesForm, names: Mapping[str, str]) -> Parties:
    """Return a list of approvers, and whoever fits its search; `names` are people's, by `tenant id/object id`."""
    quiet = set(form.quiet.data or [])
    read = [(value, approver) for value in form.values if (approver := read_approver(value))]
    lines = [_line(value, approver, quiet=value in quiet) for value, approver in read]
    words = str(form.search.data or "").casefold()
    found = [(kind.value + ":::", APPROVERS[kind]) for kind in APPROVERS]
    groups = (
        ("Found for each request", [Option(value=value, label=label) for value, label in found]),
        ("People", list(_fitting(page.people, ApproverKind.PERSON, words, names))),
        ("Groups, each of whose members may decide", list(_fitting(page.groups, ApproverKind.GROUP, words, {}))),
    )
    taken = {value.rsplit(":", 1)[0] for value in form.values}
    offered = (
        (name, tuple(each for each in some if each.value.rsplit(":", 1)[0] not in taken)) for name, some in groups
    )
    return Parties(form=form, chosen=tuple(lines), offered=tuple(each for each in offered if each[1]))


def problems(form: Form) -> list[Problem]:
    """Return everything that is wrong, however deep in the form, with where it is."""
    return list(_problems(form))


def _clause_row(page: RuleEditPage, form: ClauseForm, number: int) -> ClauseRow:
    control = "sides" if form.about in SIDES else "typed" if _is_typed(page, form.about) else "picks"
    return ClauseRow(
        form=form,
        number=number,
        about=attribute_words(form.about) if is_attribute(form.about) else "nothing that is known",
        control=control,
        options=_options(page, form) if control != "typed" else (),
        compares=form.about in {Attribute.DAYS, Attribute.RISK},
        hint=HINTS.get(form.about, "One a line."),
    )


def _is_typed(page: RuleEditPage, attribute: str) -> bool:
    return attribute in TYPED or (attribute not in page.options and attribute != Attribute.RISK)


def _options(page: RuleEditPage, form: ClauseForm) -> tuple[Option, ...]:
    if form.about in SIDES:
        offered: Iterable[Offered] = (Offered(value=side, label=SPOKEN_SIDES[side]) for side in SIDES[form.about])
    else:
        offered = page.options.get(form.about) or (RISK_OPTIONS if form.about == Attribute.RISK else ())
    labels = {each.value: each.label for each in offered}
    chosen = list(form.picks.data or [])
    first = [Option(value=value, label=labels.get(value, value), chosen=True) for value in chosen]
    if form.about in SIDES or form.about == Attribute.RISK:
        return tuple(Option(value=value, label=label, chosen=value in chosen) for value, label in labels.items())
    return (*first, *(Option(value=value, label=label) for value, label in labels.items() if value not in chosen))


def _line(value: str, approver: Approver, *, quiet: bool) -> PartyLine:
    if approver.kind is ApproverKind.PERSON:
        return PartyLine(value=value, label=approver.name or approver.object_id, detail="person", quiet=quiet)
    if approver.kind is ApproverKind.GROUP:
        label = f"Members of {approver.name or approver.object_id}"
        return PartyLine(value=value, label=label, detail="group", quiet=quiet)
    words = APPROVERS[approver.kind]
    return PartyLine(value=value, label=words[:1].upper() + words[1:], detail="found for each request", quiet=quiet)


def _fitting(offered: Sequence[Offered], kind: ApproverKind, words: str, names: Mapping[str, str]) -> Iterator[Option]:
    fitting = [each for each in offered if words in each.label.casefold()]
    for each in fitting[:MOST_OFFERED]:
        tenant_id, _, object_id = each.value.partition("/")
        name = names.get(each.value) or each.label.rpartition(" (")[0] or each.label
        approver = Approver(kind=kind, tenant_id=tenant_id, object_id=object_id, name=name)
        yield Option(value=value_of(approver), label=each.label)


def _problems(form: Form) -> Iterator[Problem]:
    for field in form:
        if isinstance(field, FormField):
            yield from _problems(field.form)
        elif isinstance(field, FieldList):
            for entry in field.entries:
                yield from _problems(entry.form)
        elif field.errors:
            yield Problem(field=field.id, words=str(field.errors[0]))
