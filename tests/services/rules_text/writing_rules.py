"""Random rules, for tests of how they are written and read."""

from hypothesis import strategies as st

from selfservice.model.rules.clause import Clause, Operator
from selfservice.model.rules.facts import EVERYTHING, Attribute, RuleFacts
from selfservice.model.rules.outcome import Approver, ApproverKind, Automatic, Deny, Outcome, Stages, StageSpec
from selfservice.model.rules.rule import Band
from selfservice.services.rules.text_values import WrittenBook, WrittenExample, WrittenRule

WORDS = (
    st.text(alphabet=st.sampled_from("abcXYZ äß日12:#-'\"[]{}&*!|>%@`, yesnotrue~/?=\\"), min_size=1, max_size=24)
    .map(lambda text: " ".join(text.split()))
    .filter(bool)
)
LINES = st.lists(WORDS, max_size=3).map("\n".join)
TEXTS = tuple(a for a in Attribute if a not in (Attribute.DAYS, Attribute.RISK))
DOMAINS = ("partner.example", "*.partner.example", "xn--bcher-kva.example", "*.co.example")


def values_of(attribute: str) -> st.SearchStrategy[str]:
    """Return the values that a clause about this attribute may name."""
    if attribute == Attribute.GUEST_DOMAIN:
        return st.sampled_from(DOMAINS)
    return st.sampled_from(sorted(EVERYTHING[attribute])) if attribute in EVERYTHING else WORDS


@st.composite
def listed(draw: st.DrawFn) -> Clause:
    attribute = draw(st.sampled_from((*map(str, TEXTS), "answer:purpose")))
    return Clause(
        attribute=attribute,
        operator=draw(st.sampled_from((Operator.ANY_OF, Operator.NONE_OF))),
        values=tuple(draw(st.lists(values_of(attribute), min_size=1, max_size=3))),
    )


COMPARED = st.builds(
    lambda attribute, operator, number: Clause(attribute=str(attribute), operator=operator, number=number),
    st.sampled_from((Attribute.DAYS, Attribute.RISK)),
    st.sampled_from((Operator.AT_MOST, Operator.AT_LEAST)),
    st.integers(0, 400),
)
OTHER_KINDS = tuple(k for k in ApproverKind if k not in (ApproverKind.PERSON, ApproverKind.GROUP, ApproverKind.SPONSOR))
APPROVERS = st.one_of(
    st.builds(lambda kind, quiet: Approver(kind=kind, quiet=quiet), st.sampled_from(OTHER_KINDS), st.booleans()),
    st.builds(
        lambda kind, name, quiet: Approver(kind=kind, tenant_id="contoso", object_id=name, name=name, quiet=quiet),
        st.sampled_from((ApproverKind.PERSON, ApproverKind.GROUP)),
        WORDS,
        st.booleans(),
    ),
)


@st.composite
def stages(draw: st.DrawFn) -> StageSpec:
    some = st.lists(APPROVERS, min_size=1, max_size=3).map(tuple)
    days = draw(st.integers(2, 60))
    alternates = draw(st.one_of(st.just(()), some))
    return StageSpec(
        approvers=draw(some),
        quorum=draw(st.integers(1, 4)),
        justification_required=draw(st.booleans()),
        days_to_answer=days,
        escalate_after_days=draw(st.integers(1, days - 1)) if alternates else None,
        alternates=alternates,
        fallback=draw(st.one_of(st.just(()), some)),
    )


OUTCOMES: st.SearchStrategy[Outcome] = st.one_of(
    st.builds(Deny, reason=WORDS),
    st.just(Automatic()),
    st.builds(lambda each: Stages(stages=tuple(each)), st.lists(stages(), min_size=1, max_size=3)),
)


@st.composite
def rules(draw: st.DrawFn, band: Band, scope_id: str) -> WrittenRule:
    return WrittenRule(
        name=draw(WORDS),
        clauses=tuple(draw(st.lists(st.one_of(listed(), COMPARED), max_size=4))),
        outcome=draw(OUTCOMES),
        band=band,
        scope_id=scope_id,
        note=draw(LINES),
        enabled=draw(st.booleans()),
    )


FACTS = st.builds(
    RuleFacts,
    resource_tenant=st.just("contoso"),
    package=WORDS,
    catalog=st.one_of(st.just(""), WORDS),
    resources=st.lists(WORDS, max_size=2).map(tuple),
    risk=st.integers(0, 3),
    home_tenant=st.one_of(st.just(""), WORDS),
    department=st.one_of(st.just(""), WORDS),
    groups=st.lists(WORDS, max_size=2).map(tuple),
    job_title=st.one_of(st.just(""), WORDS),
    for_self=st.booleans(),
    guest_domain=st.one_of(st.just(""), WORDS),
    organization=st.one_of(st.just(""), WORDS),
    already_guest=st.booleans(),
    known_at_home=st.booleans(),
    extension=st.booleans(),
    days=st.integers(0, 400),
    answers=st.dictionaries(st.sampled_from(("purpose", "cost-centre")), WORDS, max_size=2),
    tags=st.lists(WORDS, max_size=2).map(tuple),
)


@st.composite
def books(draw: st.DrawFn) -> WrittenBook:
    places = (
        (Band.FIRST, ""),
        (Band.PACKAGE, "Expenses"),
        (Band.PACKAGE, "Month-end: close"),
        (Band.CATALOG, "Finance apps"),
        (Band.LAST, ""),
    )
    written = [rule for band, scope in places for rule in draw(st.lists(rules(band, scope), max_size=3))]
    examples = draw(st.lists(st.builds(WrittenExample, name=WORDS, facts=FACTS, expected=OUTCOMES), max_size=2))
    return WrittenBook(tenant="contoso", rules=tuple(written), examples=tuple(examples))
