"""Rendering: every mail says who, what, until when and why, has one link, and shows what people wrote as text."""

import re
from html.parser import HTMLParser

import pytest
from jinja2 import UndefinedError

from selfservice.mail.rendering import LONGEST_SUBJECT, WRITTEN_BY_PEOPLE, compose, one_line, unclickable
from selfservice.model.directory import OutgoingMail
from selfservice.model.mail import MailKind
from tests.mail.letters import ABOUT_NO_REQUEST, LINK, REDEEM, STAGE, make_mail

EVIL = '<img src=x onerror=alert(1)><a href="https://evil.example">log in</a>'
TO_GUESTS = (MailKind.INVITATION,)
ABOUT_A_REQUEST = [kind for kind in MailKind if kind not in ABOUT_NO_REQUEST]

WHO = {
    MailKind.REQUEST_DECIDED: "Bob Ray",
    MailKind.REQUEST_RECEIVED: "You",
    MailKind.ACCESS_READY: "Gus Ray",
    MailKind.GUEST_ACCEPTED: "Gus Ray",
    MailKind.DELIVERY_FAILED: "Gus Ray",
    MailKind.ACCESS_ENDED: "Gus Ray",
}


class Parsed(HTMLParser):
    """What a mail program makes of a mail: its links, its elements and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.elements: set[str] = set()
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.links += [value or "" for name, value in attributes if name in ("href", "src", "action")]

    def handle_data(self, data: str) -> None:
        self.text += data


def composed(kind: MailKind, **facts: str) -> OutgoingMail:
    return compose(make_mail(kind, **facts), REDEEM if kind is MailKind.INVITATION else None)


def both(mail: OutgoingMail) -> tuple[str, str]:
    return mail.text, Parsed(mail.html).text


@pytest.mark.parametrize("kind", ABOUT_A_REQUEST)
def test_every_mail_about_a_request_says_who_what_where_and_until_when_in_both_forms(kind: MailKind) -> None:
    who = WHO.get(kind, "Ann Lee")
    for form in both(composed(kind)):
        assert [word for word in (who, "Expenses", "Contoso", "1 Mar 2027") if word not in form] == []


@pytest.mark.parametrize("kind", [kind for kind in ABOUT_A_REQUEST if kind not in TO_GUESTS])
def test_every_mail_about_a_request_within_the_company_says_why(kind: MailKind) -> None:
    for form in both(composed(kind)):
        assert "month-end close" in form


@pytest.mark.parametrize("kind", MailKind)
def test_every_mail_has_exactly_one_link_and_says_why_it_came(kind: MailKind) -> None:
    mail = composed(kind)
    link = REDEEM.reveal() if kind is MailKind.INVITATION else LINK["link"]
    assert Parsed(mail.html).links == [link]
    assert re.findall(r"https?://\S+", mail.text) == [link]
    assert all("You get this mail because" in form for form in both(mail))


@pytest.mark.parametrize("kind", MailKind)
def test_both_forms_of_a_mail_say_the_same(kind: MailKind) -> None:
    mail = composed(kind)
    parsed = Parsed(mail.html).text.replace(mail.subject, "")
    missing = [
        line.removeprefix("> ").removeprefix("* ").removesuffix(":")
        for line in mail.text.splitlines()
        if line and line != "--" and not line.startswith("http")
    ]
    assert [line for line in missing if line not in " ".join(parsed.split())] == []


@pytest.mark.parametrize("kind", MailKind)
def test_s55_what_people_wrote_is_never_html_and_never_a_link(kind: MailKind) -> None:
    mail = composed(kind, **dict.fromkeys(WRITTEN_BY_PEOPLE, EVIL))
    parsed = Parsed(mail.html)
    assert parsed.elements <= {"html", "head", "meta", "title", "body", "main", "h1", "p", "strong", "a"} | {
        "blockquote",
        "footer",
        "ul",
        "li",
    }
    assert len(parsed.links) == 1
    assert "evil.example" not in mail.html + mail.text + mail.subject


@pytest.mark.parametrize("kind", MailKind)
@pytest.mark.parametrize("ending", ["\r\nBcc: all@x.example", "\n", "\x00", "\x85", "\u2028", "\u2029", "\x1b[31m"])
def test_s39_a_subject_has_no_line_break_or_control_character(kind: MailKind, ending: str) -> None:
    named = ("requestor", "guest", "package", "decider", "asker", "answerer", "delegator", "proposer")
    subject = composed(kind, **dict.fromkeys(named, f"Ann{ending}")).subject
    assert subject.isprintable()
    assert len(subject) <= LONGEST_SUBJECT


def test_a_long_subject_is_cut_with_a_mark() -> None:
    subject = composed(MailKind.DECISION_WANTED, requestor="A" * 256, guest="G" * 256).subject
    assert len(subject) == LONGEST_SUBJECT
    assert subject.endswith("…")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("see https://evil.example/x?y=1.", "see hxxps[:]//evil[.]example/x?y=1."),
        ("HTTP://EVIL.EXAMPLE", "hxxp[:]//EVIL[.]EXAMPLE"),
        ("go to evil.example, now", "go to evil[.]example, now"),
        ("www.evil.co.uk/login", "www[.]evil[.]co[.]uk/login"),
        ("xn--e1awd7f.xn--p1ai", "xn--e1awd7f[.]xn--p1ai"),
        ("evil\u3002example", "evil[.]example"),
        ("mail me: eve@evil.example", "mail me: eve@evil[.]example"),
        ("пример.рф", "пример[.]рф"),
        ("e.g. 3.5 hours, on the 1st. Then more", "e.g. 3.5 hours, on the 1st. Then more"),
        ("month-end close: urgent!", "month-end close: urgent!"),
    ],
)
def test_s55_addresses_of_the_web_are_made_unclickable_and_nothing_else_is(written: str, shown: str) -> None:
    assert unclickable(written) == shown


def test_s55_text_that_runs_backwards_or_hides_is_straightened() -> None:
    mail = composed(MailKind.INVITATION, message="safe\u202eelpmaxe.live\u202c \u200bhidden\u2066x")
    assert re.findall("[\u200b-\u200f\u202a-\u202e\u2066-\u2069]", mail.html + mail.text) == []


def test_s55_a_message_is_shown_up_to_500_characters() -> None:
    mail = composed(MailKind.INVITATION, message="m" * 600)
    assert "m" * 500 in mail.text
    assert "m" * 501 not in mail.text


def test_a_message_of_several_lines_stays_in_its_quotation() -> None:
    mail = composed(MailKind.INVITATION, message="Hi Gus,\n\n-- \nContoso Security")
    assert "> Hi Gus,\n>\n> --\n> Contoso Security\n" in mail.text


def test_an_invitation_names_who_invites_what_happens_and_how_to_ignore_it() -> None:
    for form in both(composed(MailKind.INVITATION)):
        for words in (
            "Ann Lee of Fabrikam invites you, gus@partner.example",
            "Looking forward to it!",
            "A page tells you what Contoso may know about you",
            "multifactor authentication",
            "If you do not know Ann Lee, or do not want this, ignore this mail.",
        ):
            assert words in form


@pytest.mark.parametrize(
    ("kind", "facts"), [(MailKind.INVITATION, {}), (MailKind.ACCESS_READY, {"reader": "guest", "invited": ""})]
)
def test_a_guest_from_outside_does_not_read_the_company_s_reasons(kind: MailKind, facts: dict[str, str]) -> None:
    for form in both(composed(kind, **facts)):
        assert "month-end close" not in form


def test_who_asked_for_themself_is_spoken_to_as_such() -> None:
    invitation = composed(MailKind.INVITATION, for_self="yes", guest="Ann Lee", message="")
    ready = composed(MailKind.ACCESS_READY, for_self="yes", reader="guest", invited="")
    assert "You asked for Expenses at Contoso" in invitation.text
    assert "writes" not in invitation.text
    assert "You asked for it, and it was agreed." in ready.text


def test_a_request_that_a_rule_grants_promises_no_decision() -> None:
    mail = composed(MailKind.REQUEST_RECEIVED, approvers="", quorum="")
    assert "A rule grants this without a decision." in mail.text
    assert "withdraw" not in mail.text


@pytest.mark.parametrize(
    ("reader", "heading"),
    [
        ("approver", "Unanswered so far: Ann Lee asks for Expenses for Gus Ray"),
        ("requestor", "Others are asked about Expenses for Gus Ray"),
        ("owner", "Stuck: Ann Lee asks for Expenses for Gus Ray"),
    ],
)
def test_an_escalation_says_to_each_reader_what_it_means_for_them(reader: str, heading: str) -> None:
    mail = composed(MailKind.DECISION_ESCALATED, reader=reader)
    assert mail.subject == heading
    assert ("Why you:" in mail.text) is (reader == "approver")
    assert ("Name people who can decide" in mail.text) is (reader == "owner")


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("pendingApproval", "waits for a decision again"),
        ("denied", "Nothing was given"),
        ("delivered", "being taken away"),
    ],
)
def test_a_withdrawn_approval_says_what_becomes_of_the_request(state: str, said: str) -> None:
    for form in both(composed(MailKind.APPROVAL_WITHDRAWN, state=state)):
        assert said in form


def test_an_approver_of_a_later_stage_reads_which_it_is_and_who_agreed() -> None:
    for form in both(
        composed(MailKind.DECISION_WANTED, stage_count="3", stage_number="2", agreed="Lee Wu", quorum="2")
    ):
        assert "This is stage 2 of 3. Lee Wu agreed already." in form
        assert "2 of those asked must agree; one no is a no." in form


def test_a_mail_that_was_written_before_rules_had_stages_can_still_be_sent() -> None:
    mail = make_mail(MailKind.DECISION_WANTED)
    mail.facts = {name: value for name, value in mail.facts.items() if name not in STAGE or name == "because"}
    assert "One decision is enough." in compose(mail, None).text


def test_a_denial_says_that_nothing_was_given() -> None:
    mail = composed(MailKind.REQUEST_DECIDED, outcome="deny", reason="not this year")
    assert mail.subject == "Bob Ray denied Expenses for Gus Ray"
    assert "> not this year" in mail.text
    assert "Nothing was given." in mail.text


def test_a_fact_that_is_missing_is_an_error_and_not_a_gap() -> None:
    mail = make_mail(MailKind.REQUEST_RECEIVED)
    mail.facts = {name: value for name, value in mail.facts.items() if name != "package"}
    with pytest.raises(UndefinedError, match="package"):
        compose(mail, None)


def test_one_line_keeps_words_apart() -> None:
    assert one_line("a\r\n b\tc") == "a b c"
