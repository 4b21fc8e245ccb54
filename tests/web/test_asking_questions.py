"""A package's questions and terms: on its page, on the form, in the reader's language, and refused where they lack."""

from collections.abc import Callable

import pytest

from selfservice.model.package import AccessPackage
from selfservice.model.policy import AskPolicy, PackageTerms, Quotas
from selfservice.model.request import AccessRequest
from selfservice.services import policing
from selfservice.services.runtime import WebRuntime
from selfservice.store.transaction import reading, transaction
from tests.web.browser import Visitor
from tests.web.cast import CAST, NOW
from tests.web.world import World

Visit = Callable[[str], Visitor]
GUEST = {"guest_address": "new@partner.example", "guest_name": "New Guest", "justification": "for the close"}
QUESTIONS: list[object] = [
    {
        "key": "purpose",
        "kind": "choice",
        "labels": {"en": "What for?", "de": "Wozu?"},
        "choices": [
            {"value": "audit", "labels": {"en": "For an audit", "de": "F\u00fcr eine Pr\u00fcfung"}},
            {"value": "project", "labels": {"en": "For a project"}},
        ],
    },
    {"key": "note", "kind": "text", "labels": {"en": "Anything else?"}, "required": False},
]


@pytest.fixture
def asking(rt: WebRuntime, world: World) -> str:
    """Return the address of the form of a package that asks and has terms."""
    with transaction(rt.sessions) as tx:
        package = tx.get_one(AccessPackage, world.package)
        package.questions, package.terms_version = QUESTIONS, 1
        tx.add(terms(world, 1, "Keep it to yourself.\n<b>Really.</b>"))
    return f"/catalog/{world.package}/invite"


def terms(world: World, version: int, text: str) -> PackageTerms:
    return PackageTerms(package_id=world.package, version=version, text=text, written_at=NOW, written_by_name="Dee Fox")


def test_the_package_says_what_it_will_ask(visit: Visit, world: World, asking: str) -> None:
    words = visit("eve").get(f"/catalog/{world.package}").get_data(as_text=True)
    assert "What for?" in words
    assert "to agree to its terms" in words


def test_answers_and_terms_go_with_the_request(visit: Visit, rt: WebRuntime, asking: str) -> None:
    eve = visit("eve")
    form = {**eve.form(asking), **GUEST, "answer_purpose": "audit", "answer_note": "no", "terms": "1"}
    asked = eve.post(asking, form)
    assert asked.status_code == 303
    with reading(rt.sessions) as tx:
        request = tx.get_one(AccessRequest, asked.headers["Location"].rpartition("/")[2])
    assert (request.answers, request.terms_version) == ({"purpose": "audit", "note": "no"}, 1)


def test_whoever_decides_reads_the_answers_in_words(visit: Visit, rt: WebRuntime, asking: str) -> None:
    eve = visit("eve")
    form = {**eve.form(asking), **GUEST, "answer_purpose": "audit", "answer_note": "<b>no</b>", "terms": "1"}
    request_id = eve.post(asking, form).headers["Location"].rpartition("/")[2]
    for who, path in (("eve", f"/requests/{request_id}"), ("bob", f"/decide/{request_id}")):
        words = visit(who).get(path).get_data(as_text=True)
        assert "For an audit" in words
        assert "&lt;b&gt;no&lt;/b&gt;" in words
        assert "agreed to version 1" in words


@pytest.mark.parametrize("missing", ["answer_purpose", "terms"])
def test_what_lacks_is_named_beside_its_field_and_nothing_typed_is_lost(
    visit: Visit, asking: str, missing: str
) -> None:
    eve = visit("eve")
    form = {**eve.form(asking), **GUEST, "answer_purpose": "audit", "answer_note": "Read <this>.", "terms": "1"}
    del form[missing]
    refused = eve.post(asking, form)
    assert refused.status_code == 400
    words = refused.get_data(as_text=True)
    assert f'href="#{missing}"' in words
    assert "Read &lt;this&gt;." in words


def test_questions_are_asked_in_the_reader_s_language_as_far_as_they_were_written_in_it(
    visit: Visit, asking: str
) -> None:
    eve = visit("eve")
    words = eve.send("GET", asking, headers={"Accept-Language": "de-AT, en;q=0.5"}).get_data(as_text=True)
    assert "Wozu?" in words
    assert "F\u00fcr eine Pr\u00fcfung" in words
    assert "For a project" in words
    assert "Anything else? (optional)" in words


def test_terms_are_text_and_nothing_else(visit: Visit, asking: str) -> None:
    words = visit("eve").get(asking).get_data(as_text=True)
    assert "&lt;b&gt;Really.&lt;/b&gt;" in words


def test_terms_that_changed_meanwhile_have_to_be_agreed_to_anew(
    visit: Visit, rt: WebRuntime, world: World, asking: str
) -> None:
    eve = visit("eve")
    form = {**eve.form(asking), **GUEST, "answer_purpose": "audit", "terms": "1"}
    with transaction(rt.sessions) as tx:
        tx.get_one(AccessPackage, world.package).terms_version = 2
        tx.add(terms(world, 2, "Tell everybody."))
    refused = eve.post(asking, form)
    assert refused.status_code == 409
    words = refused.get_data(as_text=True)
    assert "have changed since you opened the form" in words
    assert "Tell everybody." in words
    assert 'name="terms" value="2" required' in words
    assert eve.post(asking, {**form, "terms": "2"}).status_code == 303


@pytest.mark.parametrize("forged", ["2", "-1", "x", "1.0", "\u0661\u0662"])
def test_terms_that_nobody_wrote_cannot_be_agreed_to(visit: Visit, asking: str, forged: str) -> None:
    eve = visit("eve")
    form = {**eve.form(asking), **GUEST, "answer_purpose": "audit", "terms": forged}
    assert eve.post(asking, form).status_code == 409


def test_an_answer_that_is_none_of_the_choices_is_refused(visit: Visit, asking: str) -> None:
    eve = visit("eve")
    form = {**eve.form(asking), **GUEST, "answer_purpose": "fun", "terms": "1"}
    assert eve.post(asking, form).status_code == 409


def test_s54_the_request_over_a_limit_is_told_as_too_many(visit: Visit, rt: WebRuntime, world: World) -> None:
    contoso = CAST["dee"].tenant_id
    policy = AskPolicy(quotas=Quotas(person=0))
    with transaction(rt.sessions) as tx:
        policing.write(tx, contoso, "", policy, at=rt.clock())
    eve = visit("eve")
    path = f"/catalog/{world.package}/ask"
    refused = eve.post(path, {**eve.form(path), "justification": "for the close"})
    assert refused.status_code == 429
    assert "Ask again tomorrow" in refused.get_data(as_text=True)


def test_a_no_of_the_policy_says_whom_to_ask(visit: Visit, rt: WebRuntime, world: World) -> None:
    with transaction(rt.sessions) as tx:
        policing.write(tx, CAST["dee"].tenant_id, "", AskPolicy(denied_domains=("partner.example",)), at=rt.clock())
    eve = visit("eve")
    path = f"/catalog/{world.package}/invite"
    refused = eve.post(path, {**eve.form(path), **GUEST})
    assert refused.status_code == 409
    words = refused.get_data(as_text=True)
    assert "Guests of partner.example are not let into" in words
    assert "Whose turn" in words
