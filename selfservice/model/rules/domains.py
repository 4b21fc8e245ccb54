"""Domains of guests: one spelling, compared label by label, and those that look like one that is known."""

import re
from collections.abc import Iterable
from functools import lru_cache

import idna

from selfservice.model.refusal import Refused
from selfservice.model.rules.confusables import mixes_scripts, skeleton

WILDCARD = "*."
MOST_EDITS = 2

_PLAIN = re.compile(r"(?:(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_LONGEST = 253

# Under these a country gives out names one level deeper (co.uk). Mozilla's Public Suffix List knows all of them; for a
# warning about look-alikes the usual ones are enough.
_SECOND_LEVELS = frozenset({"ac", "co", "com", "edu", "go", "gov", "gv", "ne", "net", "nom", "or", "org"})


class NotADomain(Refused):
    """The text is no domain, or no pattern of domains."""


@lru_cache(maxsize=8192)
def normalise(domain: str) -> str:
    """Return the domain in A-labels and lower case without its trailing dot, or refuse what is no domain."""
    text = domain.strip()
    bare = text.removesuffix(".")
    if _PLAIN.fullmatch(bare) is None:
        try:
            bare = idna.encode(text, uts46=True, std3_rules=True).decode("ascii").removesuffix(".")
        except (idna.IDNAError, UnicodeError) as problem:
            raise _not_a_domain(domain) from problem
    if len(bare) > _LONGEST or bare.rpartition(".")[2].isdigit():
        raise _not_a_domain(domain)
    return bare


@lru_cache(maxsize=8192)
def normalise_pattern(pattern: str) -> str:
    """Return a domain, or `*.` and a domain, as `normalise` writes it; anything else is refused."""
    text = pattern.strip()
    if text.startswith(WILDCARD):
        return WILDCARD + normalise(text.removeprefix(WILDCARD))
    return normalise(text)


@lru_cache(maxsize=8192)
def patterns_over(domain: str) -> tuple[str, ...]:
    """Return every pattern that a normalised domain, or pattern, falls under: itself first, then each wildcard."""
    labels = domain.removeprefix(WILDCARD).split(".")
    return (domain, *(WILDCARD + ".".join(labels[at:]) for at in range(1, len(labels))))


def matches(pattern: str, domain: str) -> bool:
    """Say whether the domain falls under the pattern: the same domain, or a subdomain where `*.` is written."""
    return normalise_pattern(pattern) in patterns_over(normalise(domain))


def first_match(patterns: Iterable[str], domain: str) -> str | None:
    """Return the first pattern that the domain falls under, as it is written, or nothing."""
    over = patterns_over(normalise(domain))
    return next((pattern for pattern in patterns if normalise_pattern(pattern) in over), None)


def resembles(domain: str, known_domains: Iterable[str]) -> str | None:
    """Return the known domain that this one may be mistaken for, or nothing; what belongs to a known domain is none.

    It looks alike where look-alike letters folded away make it the same, where at most two edits do, or where a known
    domain stands in front of a foreign one (`contoso.com.evil.example`).
    """
    suspect = normalise(domain)
    known = {normalise(each.removeprefix(WILDCARD)): each for each in known_domains}
    if any(pattern.removeprefix(WILDCARD) in known for pattern in patterns_over(suspect)):
        return None
    return next((written for each, written in known.items() if _may_be_mistaken(suspect, each)), None)


def mixes_alphabets(domain: str) -> bool:
    """Say whether one label mixes Latin with Cyrillic, Greek or Armenian letters, as no honest name does."""
    return any(mixes_scripts(label) for label in readable(domain).split("."))


def readable(domain: str) -> str:
    """Return the domain as people read it, its A-labels decoded."""
    return idna.decode(normalise(domain))


def _may_be_mistaken(suspect: str, known: str) -> bool:
    if f".{suspect}.".find(f".{known}.") >= 0:
        return True
    ours, theirs = _registrable(readable(suspect)), _registrable(readable(known))
    if skeleton(ours) == skeleton(theirs):
        return ours != theirs
    # In a short name two edits make another word.
    most = min(MOST_EDITS, max(1, len(theirs.partition(".")[0]) // 3))
    return 0 < edits(skeleton(ours), skeleton(theirs), most=most) <= most


def _registrable(domain: str) -> str:
    labels = domain.split(".")
    deep = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVELS
    return ".".join(labels[-3 if deep else -2 :])


def edits(one: str, other: str, *, most: int = MOST_EDITS) -> int:
    """Return how many insertions, deletions, changes and swaps of neighbours lie between two words, or `most` + 1."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, wanted in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)


def _not_a_domain(text: str) -> NotADomain:
    return NotADomain(
        f"{text!r} is no domain.", next_step="Write it like partner.example, or *.partner.example.", owner="You"
    )
