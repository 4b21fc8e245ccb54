"""What an admin writes about a package besides what it gives: questions, terms, tags, and who may ask."""

from collections.abc import Callable
from html import unescape

import pytest

from selfservice.model.group import Group
from selfservice.model.package import AccessPackage
from selfservice.model.policy import AskPolicy, Quotas
from selfservice.model.questions import Choice, Question, QuestionKind
from selfservice.services import catalogs
from selfservice.services.catalogs import CatalogDraft
from selfservice.services.drawing_up import PackageDraft, draft_of
from selfservice.services.runtime import WebRuntime
from selfservice.store.transaction import reading, transaction
from selfservice.web.forms.question_lines import choice_lines, choices_of, key_of, label_lines, labels_of
from tests.web.browser import Visitor
from tests.web.cast import CAST, ENDS_ON
from tests.web.test_administering import LEDGER
from tests.web.world import World, actor_of

Visit = Callable[[str], Visitor]
FABRIKAM = CAST["ann"].tenant_id
ADMIN = actor_of(CAST["dee"])
AUDITS = "93000000-0000-4000-8000-000000000001"
WRITTEN = {
    **LEDGER,
    "risk": "2",
    "tags": ["sensitive"],
    "terms": "Be careful.",
    "questions-0-words": "What for?\nde: Wozu?",
    "questions-0-kind": "choice",
    "questions-0-choices": "audit = For an audit | de: Für eine Prüfung\nproject",
    "questions-0-required": "y",
    "questions-1-words": "Anything else?",
    "questions-1-kind": "text",
    "questions-1-key": "note",
    "questions-2-words": " ",
    "policy-home_tenants": [FABRIKAM],
    "policy-groups": [f"{FABRIKAM}/{AUDITS}"],
    "policy-departments": "Finance/*\n\n IT ",
    "policy-denied_domains": "Evil.example\n*.evil.example",
    "policy-person": "3",
}

GUEST = {
    "guest_address": "new@partner.example",
    "guest_name": "New Guest",
    "justification": "for the close",
    "ends_on": ENDS_ON.isoformat(),
    "sponsor": "me",
}


@pytest.fixture
def audits(rt: WebRuntime) -> str:
    """Let the home tenant have a group, and return its name."""
    with transaction(rt.sessions) as tx:
        tx.add(Group(tenant_id=FABRIKAM, object_id=AUDITS, display_name="Auditors of the close"))
    return "Auditors of the close"


def draft_at(rt: WebRuntime, location: str) -> PackageDraft:
    with reading(rt.sessions) as tx:
        return draft_of(tx, tx.get_one(AccessPackage, location.partition("?")[0].rpartition("/")[2]))


def test_an_admin_writes_questions_terms_tags_and_who_may_ask(visit: Visit, rt: WebRuntime, audits: str) -> None:
    dee = visit("dee")
    made = dee.post("/admin/packages/new", WRITTEN)
    assert made.status_code == 303
    draft = draft_at(rt, made.headers["Location"])
    assert (draft.risk, draft.tags, draft.terms) == (2, ("sensitive",), "Be careful.")
    assert draft.questions == (
        Question(
            key="what-for",
            kind=QuestionKind.CHOICE,
            labels={"en": "What for?", "de": "Wozu?"},
            choices=(
                Choice(value="audit", labels={"en": "For an audit", "de": "Für eine Prüfung"}),
                Choice(value="project", labels={"en": "project"}),
            ),
        ),
        Question(key="note", kind=QuestionKind.TEXT, labels={"en": "Anything else?"}, required=False),
    )
    assert draft.policy == AskPolicy(
        home_tenants=(FABRIKAM,),
        groups=(f"{FABRIKAM}/{AUDITS}",),
        departments=("Finance/*", "IT"),
        denied_domains=("evil.example", "*.evil.example"),
        quotas=Quotas(person=3),
    )


def test_the_form_shows_what_was_written_and_sent_back_changes_nothing(
    visit: Visit, rt: WebRuntime, audits: str
) -> None:
    dee = visit("dee")
    made = dee.post("/admin/packages/new", WRITTEN)
    path = made.headers["Location"].partition("?")[0]
    before = draft_at(rt, path)
    words = unescape(dee.get(path).get_data(as_text=True))
    for shown in ("de: Wozu?", "audit = For an audit | de: Für eine Prüfung", audits, "*.evil.example", "Be careful."):
        assert shown in words
    again = {**WRITTEN, "questions-0-key": "what-for"}
    assert dee.post(path, again).status_code == 303
    assert draft_at(rt, path) == before


def test_a_question_more_is_offered_without_losing_what_is_typed(visit: Visit) -> None:
    dee = visit("dee")
    more = dee.post("/admin/packages/new", {**WRITTEN, "find": "question"}).get_data(as_text=True)
    assert 'name="questions-3-words"' in more
    assert "Anything else?" in more


def test_looking_for_a_group_of_a_home_tenant_keeps_what_is_chosen(visit: Visit, audits: str) -> None:
    dee = visit("dee")
    data = {**WRITTEN, "policy-group_search": "nothing like it", "find": "policy-group_search"}
    assert audits in dee.post("/admin/packages/new", data).get_data(as_text=True)


@pytest.mark.parametrize(
    ("field", "value", "linked"),
    [
        ("questions-0-choices", "", "questions-0-choices"),
        ("questions-1-choices", "a\nb", "questions-1-choices"),
        ("policy-person", "-1", "policy-person"),
        ("policy-tenant", "many", "policy-tenant"),
        ("terms", "x" * 10_001, "terms"),
    ],
)
def test_what_is_wrong_is_named_with_a_way_to_it(visit: Visit, field: str, value: str, linked: str) -> None:
    refused = visit("dee").post("/admin/packages/new", {**WRITTEN, field: value})
    assert refused.status_code == 400
    assert f'href="#{linked}"' in refused.get_data(as_text=True)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("policy-allowed_domains", "no domain"),
        ("tags", ["unheard-of"]),
        ("questions-1-key", "Not A Key"),
        ("questions-1-key", "what-for"),
        ("catalog_id", "0" * 32),
        ("risk", "9"),
    ],
)
def test_what_cannot_be_meant_is_refused(visit: Visit, field: str, value: object) -> None:
    assert visit("dee").post("/admin/packages/new", {**WRITTEN, field: value}).status_code in (400, 409)


def test_a_package_is_put_into_a_catalog(visit: Visit, world: World, rt: WebRuntime) -> None:
    draft = CatalogDraft(tenant_id=CAST["dee"].tenant_id, name="Ledgers")
    catalog_id = catalogs.create_catalog(rt, draft, by=ADMIN)
    dee = visit("dee")
    assert "Ledgers" in dee.get(f"/admin/packages/{world.package}").get_data(as_text=True)
    changed = dee.post(f"/admin/packages/{world.package}", {**LEDGER, "catalog_id": catalog_id})
    assert draft_at(rt, changed.headers["Location"]).catalog_id == catalog_id


def test_words_by_language_are_read_back_as_they_were_typed() -> None:
    labels = labels_of(["de: Wozu?", "What: for?", "pt-BR: Para quê?"])
    assert labels == {"de": "Wozu?", "en": "What: for?", "pt-BR": "Para quê?"}
    assert labels_of(label_lines(labels)) == labels
    choices = choices_of("audit = For an audit | de: Für eine Prüfung\n\nproject\n1 = One")
    assert choices_of(choice_lines(choices)) == choices


@pytest.mark.parametrize(
    ("words", "key"),
    [("What for?", "what-for"), ("Wofür?", "wofur"), ("3 reasons", "question-3-reasons"), ("何のため", "question")],
)
def test_a_question_without_a_key_gets_one_out_of_its_words(words: str, key: str) -> None:
    assert key_of({"en": words}) == key


def test_an_admin_says_who_may_ask_in_the_whole_tenant(visit: Visit, world: World, audits: str) -> None:
    dee = visit("dee")
    policy = {key.removeprefix("policy-"): value for key, value in WRITTEN.items() if key.startswith("policy-")}
    found = dee.post("/admin/asking", {**policy, "group_search": "nothing like it", "find": "group_search"})
    assert audits in found.get_data(as_text=True)
    saved = dee.post("/admin/asking", policy)
    assert saved.status_code == 303
    words = dee.get(saved.headers["Location"]).get_data(as_text=True)
    assert "Saved" in words
    assert "*.evil.example" in words
    refused = visit("ann").post(f"/catalog/{world.package}/invite", {**GUEST, "form_key": "form"})
    assert refused.status_code == 403
    assert "may ask for Contoso" in refused.get_data(as_text=True)


def test_a_policy_that_cannot_be_meant_is_refused_and_stays_typed(visit: Visit) -> None:
    refused = visit("dee").post("/admin/asking", {"allowed_domains": "no domain"})
    assert refused.status_code == 409
    assert "no domain" in refused.get_data(as_text=True)


def test_an_auditor_reads_the_policy_and_cannot_save_one(visit: Visit) -> None:
    words = visit("ada").get("/admin/asking").get_data(as_text=True)
    assert ">Save<" not in words
