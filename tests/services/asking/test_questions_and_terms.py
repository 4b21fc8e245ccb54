"""A package's questions have to be answered, its terms agreed to, and both are kept with the request."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from selfservice.model.policy import PackageTerms
from selfservice.model.questions import Choice, Question, QuestionKind
from selfservice.model.refusal import Refused
from selfservice.model.request import RequestState
from selfservice.model.rules.clause import Clause
from selfservice.model.rules.outcome import Automatic
from selfservice.services.eligibility import TextRefused
from selfservice.services.questioning import (
    AnswerMissing,
    AnswerRefused,
    QuestionUnreadable,
    questions_from_data,
    questions_to_data,
)
from selfservice.services.terms import TermsNotAgreed, TermsOutdated
from selfservice.store.transaction import reading
from tests.services.asking.asking import ask, package_draft, request_of, stored, write_package
from tests.services.making import World
from tests.services.rules.writing import new, save

PURPOSE = Question(
    key="purpose",
    kind=QuestionKind.CHOICE,
    labels={"en": "What for?", "de": "Wozu?"},
    choices=(Choice(value="audit", labels={"en": "For an audit"}), Choice(value="project", labels={"en": "A project"})),
)
NOTE = Question(key="note", kind=QuestionKind.TEXT, labels={"en": "Anything else?"}, required=False)


def asks(world: World, *questions: Question, terms: str = "") -> None:
    write_package(world, replace(package_draft(world), questions=questions, terms=terms))


def test_answers_are_kept_and_are_part_of_what_is_approved(world: World) -> None:
    asks(world, PURPOSE, NOTE)
    request = request_of(world.rt, ask(world, answers={"purpose": "audit", "note": " two\r\nlines ", "forged": "x"}))
    assert request.answers == {"purpose": "audit", "note": "two\nlines"}
    before = request.content_hash
    request.answers = {"purpose": "project"}
    assert request.content_hash != before


@pytest.mark.parametrize(
    ("answers", "name"),
    [
        ({}, AnswerMissing),
        ({"purpose": "  "}, AnswerMissing),
        ({"purpose": "For an audit"}, AnswerRefused),
        ({"purpose": "audit", "note": "x" * 1001}, TextRefused),
        ({"purpose": "audit", "note": "bell\x07"}, TextRefused),
    ],
)
def test_an_answer_that_is_missing_or_none_of_the_choices_is_refused(
    world: World, answers: dict[str, str], name: type[Refused]
) -> None:
    asks(world, PURPOSE, NOTE)
    with pytest.raises(name) as refusal:
        ask(world, answers=answers)
    assert refusal.value.next_step
    assert stored(world.rt) == 0


def test_a_rule_may_ask_for_an_answer(world: World) -> None:
    asks(world, PURPOSE)
    save(world.rt, new("Audits", Automatic(), clauses=(Clause(attribute="answer:purpose", values=("audit",)),)))
    states = [
        request_of(world.rt, ask(world, n, answers={"purpose": each})).state
        for n, each in enumerate(["audit", "project"])
    ]
    assert states == [RequestState.DELIVERING, RequestState.PENDING_APPROVAL]


def test_terms_have_to_be_agreed_to_as_they_are_now(world: World) -> None:
    asks(world, terms="Be careful.")
    with pytest.raises(TermsNotAgreed):
        ask(world)
    assert request_of(world.rt, ask(world, 1, terms_version=1)).terms_version == 1
    asks(world, terms="Be very careful.")
    with pytest.raises(TermsOutdated) as refusal:
        ask(world, 2, terms_version=1)
    assert refusal.value.text == "Be very careful."
    assert request_of(world.rt, ask(world, 2, terms_version=2)).terms_version == 2


def test_every_version_of_the_terms_is_kept_and_no_number_comes_twice(world: World) -> None:
    for text in ("First.", "First.", "", "Second."):
        asks(world, terms=text)
    with reading(world.rt.sessions) as tx:
        kept = tx.scalars(select(PackageTerms).order_by(PackageTerms.version)).all()
    assert [(each.version, each.text, each.written_by_name) for each in kept] == [
        (1, "First.", "Dee Fox"),
        (2, "Second.", "Dee Fox"),
    ]
    assert package_draft(world).terms == "Second."


def test_where_there_are_no_terms_nothing_is_agreed_to(world: World) -> None:
    assert request_of(world.rt, ask(world, terms_version=7)).terms_version == 0


def test_questions_are_read_back_as_they_were_written() -> None:
    assert questions_from_data(questions_to_data((PURPOSE, NOTE))) == (PURPOSE, NOTE)


CHOICE = {"key": "purpose", "kind": "choice", "labels": {"en": "What for?"}}


@pytest.mark.parametrize(
    "data",
    [
        [{"key": "Not a key", "kind": "text", "labels": {"en": "What?"}}],
        [{"key": "what", "kind": "number", "labels": {"en": "What?"}}],
        [{"key": "what", "kind": "text", "labels": {}}],
        [{"key": "what", "kind": "text", "labels": {"english": "What?"}}],
        [{"key": "what", "kind": "text", "labels": {"en": " "}}],
        [{"key": "what", "kind": "text", "labels": {"en": "What?"}, "required": "yes"}],
        [
            {
                "key": "what",
                "kind": "text",
                "labels": {"en": "What?"},
                "choices": [{"value": "a", "labels": {"en": "a"}}],
            }
        ],
        [CHOICE],
        [{**CHOICE, "choices": [{"value": "a"}, {"value": "a"}]}],
        [{**CHOICE, "choices": [{"value": ""}]}],
        [{"key": "what", "kind": "text", "labels": {"en": "What?"}}] * 2,
        [{"key": f"q{n}", "kind": "text", "labels": {"en": "What?"}} for n in range(21)],
        {"purpose": "text"},
        ["purpose"],
    ],
)
def test_a_question_that_cannot_be_meant_is_refused(data: object) -> None:
    with pytest.raises(QuestionUnreadable) as refusal:
        questions_from_data(data)
    assert refusal.value.next_step


def test_two_questions_of_one_key_cannot_be_saved(world: World) -> None:
    with pytest.raises(QuestionUnreadable):
        asks(world, NOTE, NOTE)
