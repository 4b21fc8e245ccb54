"""Rules are read as sentences."""

import pytest

from selfservice.model.rules.codec import clauses_from_data, outcome_from_data
from selfservice.model.rules.facts import RuleFacts
from selfservice.services.overview.rule_words import clause_words, facts_words, found_words, listed, outcome_words

NAMES = {"p1": "Expenses", "g1": "Chiefs"}
GROUP = {"group": "g1", "tenant": "t1", "name": "Approvers"}


@pytest.mark.parametrize(
    ("clause", "words"),
    [
        ({"attribute": "department", "anyOf": ["Finance/*", "Legal"]}, "department is Finance or beneath it or Legal"),
        ({"attribute": "department", "noneOf": ["Sales"]}, "department is not Sales"),
        ({"attribute": "package", "anyOf": ["p1"]}, "access package is Expenses"),
        ({"attribute": "group", "anyOf": ["g1", "g2"]}, "group of the requestor is Chiefs or g2"),
        ({"attribute": "days", "atMost": 1}, "length of access is at most 1 day"),
        ({"attribute": "days", "atLeast": 31}, "length of access is at least 31 days"),
        ({"attribute": "risk", "atLeast": 2}, "risk is at least medium"),
        ({"attribute": "risk", "anyOf": ["0"]}, "risk is none"),
        ({"attribute": "for", "anyOf": ["self"]}, "it is asked for oneself"),
        ({"attribute": "for", "noneOf": ["self"]}, "it is asked for somebody else"),
        ({"attribute": "alreadyGuest", "anyOf": ["yes"]}, "the guest is in the directory already"),
        ({"attribute": "knownAtHome", "noneOf": ["yes"]}, "the guest is unknown in every home tenant"),
        (
            {"attribute": "guestDomain", "noneOf": ["*.a.example", "b.example", "c.example"]},
            "domain of the guest is neither a subdomain of a.example, b.example nor c.example",
        ),
        ({"attribute": "answer:purpose", "anyOf": ["audit"]}, "answer to purpose is audit"),
    ],
)
def test_a_clause_is_read_as_it_is_meant(clause: dict[str, object], words: str) -> None:
    assert clause_words(clauses_from_data([clause])[0], NAMES) == words


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ({"automatic": True}, "automatic"),
        ({"deny": "Closed."}, "denied: Closed."),
        ({"stages": [{"approvers": ["manager"]}]}, "the requestor's manager, within 14 days"),
        (
            {
                "stages": [
                    {"approvers": ["manager"], "daysToAnswer": 1},
                    {
                        "approvers": [{**GROUP, "quiet": True}, "owner"],
                        "quorum": 2,
                        "justificationRequired": True,
                        "escalateAfterDays": 2,
                        "alternates": ["managersManager"],
                        "fallback": ["packageApprovers"],
                    },
                ]
            },
            "the requestor's manager, within 1 day, then 2 of: members of Approvers (without mail) or the owner of the "
            "access package, within 14 days, with a justification, after 2 days also the manager of the requestor's "
            "manager, else the approvers of the access package",
        ),
    ],
)
def test_what_comes_of_a_rule_is_read_stage_by_stage(outcome: dict[str, object], words: str) -> None:
    assert outcome_words(outcome_from_data(outcome)) == words


def test_the_facts_of_a_request_are_named_and_what_is_unknown_is_left_out() -> None:
    facts = RuleFacts(
        resource_tenant="t1",
        package="p1",
        department="Finance",
        days=7,
        answers={"purpose": "audit"},
        tags=("sensitive",),
    )
    assert facts_words(facts, NAMES | {"t1": "Contoso"}) == (
        ("resource tenant", "Contoso"),
        ("access package", "Expenses"),
        ("risk", "none"),
        ("department", "Finance"),
        ("for whom", "for oneself"),
        ("is a guest already", "no"),
        ("is known in a home tenant", "no"),
        ("length of access", "7 days"),
        ("is an extension", "no"),
        ("answer to purpose", "audit"),
        ("tags", "sensitive"),
    )


def test_nothing_found_is_said_in_so_many_words() -> None:
    assert found_words("department", (), NAMES) == "nothing"
    assert found_words("group", ("g1", "g2"), NAMES) == "Chiefs and g2"
    assert listed([], "or") == ""
