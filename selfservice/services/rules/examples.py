"""Examples that must stay true are written and removed by whoever keeps the rules that they guard."""

from selfservice.model.actor import Actor
from selfservice.model.refusal import NotFound
from selfservice.model.rulebook import RuleExample
from selfservice.services.rules import editing
from selfservice.services.rules.edits import ExampleDraft, PutExample, RemoveExample
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading


def save_example(
    rt: Runtime, tenant_id: str, draft: ExampleDraft, *, by: Actor, example_id: str | None = None
) -> str | None:
    """Write an example, which must be true now. Where changes need a second person, return the change that waits."""
    return editing.save_unseen(rt, tenant_id, [PutExample(example_id=example_id, draft=draft)], by=by)


def remove_example(rt: Runtime, example_id: str, *, by: Actor) -> str | None:
    """Let an example guard the rules no more; where changes need a second person, return the change that waits."""
    with reading(rt.sessions) as tx:
        example = tx.get(RuleExample, example_id)
    if example is None:
        raise NotFound
    return editing.save_unseen(rt, example.tenant_id, [RemoveExample(example_id=example_id)], by=by)
