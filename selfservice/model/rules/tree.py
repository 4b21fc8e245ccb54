"""A tree of look-ups: each step asks for one attribute's token, and the rules stand where their steps end.

Only steps that some rule takes exist, so a walk visits what could still hold and nothing else. Nodes that a router may
be reading are never changed: an edit works on a copy of the nodes along its way, and shares all others.
"""

from bisect import insort

from selfservice.model.rules.entry import Check, Entry, Way
from selfservice.model.rules.folding import Seen

Branches = dict[str, dict[str, "Node"]]

NO_BRANCHES: Branches = {}
"""What every leaf has in common. Never changed."""


class Node:
    """One place in the tree: the rules whose steps end here, in order, and the steps that go on."""

    __slots__ = ("branches", "entries")

    def __init__(self) -> None:
        self.entries: tuple[Entry, ...] = ()
        self.branches = NO_BRANCHES

    def put(self, way: Way, entry: Entry) -> None:
        """Let an entry stand at the end of a way."""
        node = self
        for attribute, token in way:
            if node.branches is NO_BRANCHES:
                node.branches = {}
            branch = node.branches.setdefault(attribute, {})
            node = branch.get(token) or branch.setdefault(token, Node())
        entries = list(node.entries)
        insort(entries, entry, key=lambda each: each.order)
        node.entries = tuple(entries)

    def drop(self, way: Way, entry: Entry) -> bool:
        """Take an entry from the end of a way, with every step that leads nowhere then; say whether nothing is left."""
        if not way:
            self.entries = tuple(each for each in self.entries if each is not entry)
        else:
            (attribute, token), rest = way[0], way[1:]
            branch = self.branches[attribute]
            if branch[token].drop(rest, entry):
                del branch[token]
            if not branch:
                del self.branches[attribute]
        return not self.entries and not self.branches

    def copied_along(self, way: Way) -> "Node":
        """Return a copy that shares every node but those along the way."""
        copy = Node()
        copy.entries = self.entries
        copy.branches = dict(self.branches) if self.branches else NO_BRANCHES
        if way and way[0][0] in copy.branches:
            (attribute, token), rest = way[0], way[1:]
            branch = copy.branches[attribute] = dict(copy.branches[attribute])
            if token in branch:
                branch[token] = branch[token].copied_along(rest)
        return copy

    def first(self, seen: Seen) -> Entry | None:
        """Return the first rule that holds."""
        best: Entry | None = None
        nodes = [self]
        for node in nodes:
            if node.entries:
                best = _first_of(node.entries, seen, best)
            if node.branches is NO_BRANCHES:
                continue
            for attribute, branch in node.branches.items():
                for token in seen[attribute]:
                    if token in branch:
                        nodes.append(branch[token])
        return best

    def contents(self) -> object:
        """Return which rules stand where."""
        return [entry.rule for entry in self.entries], {
            attribute: {token: node.contents() for token, node in branch.items()}
            for attribute, branch in self.branches.items()
        }


def _first_of(entries: tuple[Entry, ...], seen: Seen, best: Entry | None) -> Entry | None:
    days = seen.facts.days
    for entry in entries:
        if best is not None and entry.order >= best.order:
            break
        if entry.least_days <= days <= entry.most_days and (not entry.checks or _passes(entry.checks, seen)):
            return entry
    return best


def _passes(checks: tuple[Check, ...], seen: Seen) -> bool:
    return all(check(seen) for check in checks)
