"""A tree of look-ups: each step asks for one attribute's token, and the rules stand where their steps end.

Only steps that some rule takes exist, so a walk visits what could still hold and nothing else. What a router may be
reading is never changed: an edit works on a copy of the nodes along its way, and shares all others. With many rules it
is memory that costs time, so a step that leads to one rule leads to it without a node between.
"""

from bisect import insort

from selfservice.model.rules.entry import Entry, Way
from selfservice.model.rules.folding import Seen


class Node:
    """One place in the tree: the rules whose steps end here, in order, and by attribute the steps that go on."""

    __slots__ = ("asks", "entries", "steps")

    def __init__(self) -> None:
        self.entries: tuple[Entry, ...] = ()
        self.asks: tuple[str, ...] = ()
        self.steps: tuple[dict[str, Step], ...] = ()

    def copy(self) -> "Node":
        """Return a node of its own with the same steps."""
        copy = Node()
        copy.entries, copy.asks, copy.steps = self.entries, self.asks, self.steps
        return copy

    def branch(self, attribute: str) -> "dict[str, Step]":
        """Return the steps by an attribute, to be changed."""
        if attribute not in self.asks:
            self.asks, self.steps = _ASKS.setdefault(asks := (*self.asks, attribute), asks), (*self.steps, {})
        return self.steps[self.asks.index(attribute)]

    def replace_branch(self, attribute: str, branch: "dict[str, Step]") -> None:
        """Let other steps, or none, go on by an attribute."""
        kept = [pair for pair in zip(self.asks, self.steps, strict=True) if pair[0] != attribute]
        pairs = [*kept, (attribute, branch)] if branch else kept
        asks = tuple(name for name, _ in pairs)
        self.asks, self.steps = _ASKS.setdefault(asks, asks), tuple(steps for _, steps in pairs)


Step = Node | Entry

_ASKS: dict[tuple[str, ...], tuple[str, ...]] = {}
"""What nodes ask, once for all nodes that ask the same."""


def put(step: Step | None, way: Way, entry: Entry) -> Step:
    """Let an entry stand at the end of a way; return the step that leads there now."""
    if step is None and not way:
        return entry
    node = _node_for(step)
    if way:
        attribute, token = way[0]
        branch = node.branch(attribute)
        branch[token] = put(branch.get(token), way[1:], entry)
    else:
        entries = list(node.entries)
        insort(entries, entry, key=lambda each: each.order)
        node.entries = tuple(entries)
    return node


def drop(step: Step, way: Way, entry: Entry) -> Step | None:
    """Take an entry from the end of a way; return the step that is left, if any."""
    if isinstance(step, Entry):
        return None if step is entry else step
    if way:
        attribute, token = way[0]
        branch = step.branch(attribute)
        left = drop(branch[token], way[1:], entry)
        if left is None:
            del branch[token]
        else:
            branch[token] = left
        if not branch:
            step.replace_branch(attribute, branch)
    else:
        step.entries = tuple(each for each in step.entries if each is not entry)
    return _simplest(step)


def copied_along(step: Step, way: Way) -> Step:
    """Return a copy that shares everything but the nodes along the way."""
    if isinstance(step, Entry):
        return step
    copy = step.copy()
    if way and way[0][0] in copy.asks:
        attribute, token = way[0]
        branch = dict(copy.branch(attribute))
        if token in branch:
            branch[token] = copied_along(branch[token], way[1:])
        copy.replace_branch(attribute, branch)
    return copy


def first(step: Step, seen: Seen) -> Entry | None:
    """Return the first rule that holds."""
    if isinstance(step, Entry):
        return step if step.passes(seen) else None
    best: Entry | None = None
    nodes = [step]
    for node in nodes:
        if node.entries:
            best = _better(node.entries, seen, best)
        for attribute, branch in zip(node.asks, node.steps, strict=False):
            for token in seen[attribute]:
                if token in branch:
                    onward = branch[token]
                    if isinstance(onward, Node):
                        nodes.append(onward)
                    else:
                        best = _better((onward,), seen, best)
    return best


def _better(entries: tuple[Entry, ...], seen: Seen, best: Entry | None) -> Entry | None:
    for entry in entries:
        if best is not None and entry.order >= best.order:
            break
        if entry.passes(seen):
            return entry
    return best


def contents(step: Step) -> object:
    """Return which rules stand where, to be compared."""
    if isinstance(step, Entry):
        return [step.rule], {}
    branches = zip(step.asks, step.steps, strict=True)
    return [entry.rule for entry in step.entries], {
        attribute: {token: contents(onward) for token, onward in branch.items()} for attribute, branch in branches
    }


def _node_for(step: Step | None) -> Node:
    if isinstance(step, Node):
        return step
    node = Node()
    node.entries = () if step is None else (step,)
    return node


def _simplest(node: Node) -> Step | None:
    if node.asks or len(node.entries) > 1:
        return node
    return node.entries[0] if node.entries else None
