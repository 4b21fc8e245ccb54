"""A tree of look-ups: each branch asks for one attribute's token, and the rules stand where their ways end.

Only steps that some rule takes exist, so a walk visits what could still hold and nothing else. What a router may be
reading is never changed: an edit works on a copy of the branches along its way, and shares all others. With many rules
it is memory that costs time, so there is nothing between a branch and what it leads to.
"""

from selfservice.model.rules.entry import Entry, Way
from selfservice.model.rules.folding import Seen


class Branch(dict[str, "Step"]):
    """Where the tokens of one attribute lead."""

    __slots__ = ("asks",)

    def __init__(self, asks: str) -> None:
        self.asks = asks

    def copy(self) -> "Branch":
        """Return a branch of its own that leads to the same."""
        copy = Branch(self.asks)
        copy.update(self)
        return copy


Step = Entry | Branch | tuple[Entry | Branch, ...]
"""A rule, a branch, or several of them side by side: the rules first and in order, one branch for an attribute."""


def first(step: Step, seen: Seen) -> Entry | None:
    """Return the first rule that holds."""
    best: Entry | None = None
    ahead = [step]
    for each in ahead:
        if isinstance(each, Branch):
            for token in seen[each.asks]:
                if token in each:
                    ahead.append(each[token])
        elif isinstance(each, Entry):
            if (best is None or each.order < best.order) and each.passes(seen):
                best = each
        else:
            ahead.extend(each)
    return best


def put(step: Step | None, way: Way, entry: Entry) -> Step:
    """Let an entry stand at the end of a way; return the step that leads there now."""
    if not way:
        return _together(sorted([*_rules(step), entry], key=lambda each: each.order), _branches(step))
    (attribute, token), rest = way[0], way[1:]
    branches = _branches(step)
    branch = next((each for each in branches if each.asks == attribute), None)
    if branch is None:
        branch = Branch(attribute)
        branches.append(branch)
    branch[token] = put(branch.get(token), rest, entry)
    return _together(_rules(step), branches)


def drop(step: Step, way: Way, entry: Entry) -> Step | None:
    """Take an entry from the end of a way; return the step that is left, if any."""
    if not way:
        left = [each for each in _rules(step) if each is not entry]
        return _together(left, _branches(step)) if left or _branches(step) else None
    (attribute, token), rest = way[0], way[1:]
    branches = _branches(step)
    branch = next(each for each in branches if each.asks == attribute)
    onward = drop(branch[token], rest, entry)
    if onward is None:
        del branch[token]
    else:
        branch[token] = onward
    kept = [each for each in branches if each]
    return _together(_rules(step), kept) if kept or _rules(step) else None


def copied_along(step: Step, way: Way) -> Step:
    """Return a step that shares everything but the branches along the way."""
    if not way:
        return step
    (attribute, token), rest = way[0], way[1:]
    branches = [each.copy() if each.asks == attribute else each for each in _branches(step)]
    for branch in branches:
        if branch.asks == attribute and token in branch:
            branch[token] = copied_along(branch[token], rest)
    return _together(_rules(step), branches)


def contents(step: Step) -> object:
    """Return which rules stand where, to be compared."""
    branches = {each.asks: {token: contents(onward) for token, onward in each.items()} for each in _branches(step)}
    return [entry.rule for entry in _rules(step)], branches


def _rules(step: Step | None) -> list[Entry]:
    return [each for each in _parts(step) if isinstance(each, Entry)]


def _branches(step: Step | None) -> list[Branch]:
    return [each for each in _parts(step) if isinstance(each, Branch)]


def _parts(step: Step | None) -> tuple[Entry | Branch, ...]:
    if step is None:
        return ()
    return step if isinstance(step, tuple) else (step,)


def _together(rules: list[Entry], branches: list[Branch]) -> Step:
    parts: tuple[Entry | Branch, ...] = (*rules, *branches)
    return parts[0] if len(parts) == 1 else parts
