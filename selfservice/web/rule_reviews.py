"""What is looked at before a change of rules is kept: the change in words, and what it would do."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template, url_for

from selfservice.model.refusal import NotFound, Refused, Stale
from selfservice.services.overview.rows import TenantMark
from selfservice.services.overview.rule_keepers import asks_second_person
from selfservice.services.overview.rule_rows import ChangePreview, RuleEditPage
from selfservice.services.overview.rules import edit_page
from selfservice.services.rules.edits import Edit, Put, Remove
from selfservice.services.rules.previewing import preview
from selfservice.web.bridge import rt
from selfservice.web.forms.rules import SaveForm
from selfservice.web.rule_drafts import Sentence, pack, put_of, sentence_now, sentence_of
from selfservice.web.viewer import me


@dataclass(frozen=True, kw_only=True)
class Review:
    """A change of rules, ready to be kept. `back` is where it can be changed further."""

    heading: str
    tenant: TenantMark
    sentences: tuple[Sentence, ...]
    preview: ChangePreview
    linked: bool
    button: str
    before: Sentence | None = None
    words: tuple[str, ...] = ()
    back: str = ""
    removes: bool = False
    second_person: bool = False


def page_of(edits: Sequence[Edit]) -> RuleEditPage:
    """Return the page of the rule that a change is about."""
    put = put_of(edits)
    if put is not None:
        return edit_page(rt(), me(), put.rule_id, scope_id=put.draft.scope_id)
    removed = next((edit.rule_id for edit in edits if isinstance(edit, Remove)), None)
    if removed is None:
        raise NotFound
    return edit_page(rt(), me(), removed)


def show_review(
    edits: Sequence[Edit], *, form: SaveForm | None = None, seen: int | None = None, refusal: Refused | None = None
) -> str:
    """Return the page on which a change of rules is confirmed."""
    page = page_of(edits)
    if not page.can_edit:
        raise NotFound
    if form is None:
        form = SaveForm(data={"seen": str(page.serial if seen is None else seen), "edits": pack(edits)})
    if isinstance(refusal, Stale):
        # Whoever changed what is named on the page, beside the rule as it is now: saving once more is a choice.
        form.seen.data = str(page.serial)
    return render_template("rules/review.html", review=_review(page, edits), form=form, refusal=refusal)


def sees_requests() -> bool:
    """Say whether the requests of the tenant are the viewer's to look at: owners of packages keep rules alone."""
    return bool(me().roles)


def tried(edits: Sequence[Edit]) -> ChangePreview:
    """Return what a change would do; where it cannot be read, the reason."""
    try:
        return preview(rt(), me().tenant_id, edits, by=me())
    except NotFound:
        raise
    except Refused as refusal:
        return ChangePreview(readable=False, problem=refusal.cause)


def _review(page: RuleEditPage, edits: Sequence[Edit]) -> Review:
    put, asks = put_of(edits), asks_second_person(rt(), page.tenant.tenant_id)
    verb = "Propose" if asks else "Save"
    if isinstance(put, Put):
        edit = "rules_editing.change" if put.rule_id else "rules_editing.create"
        return Review(
            heading=f"{'Change' if put.rule_id else 'Add'} “{put.draft.name}”?",
            tenant=page.tenant,
            sentences=(sentence_of(page, put.draft),),
            before=sentence_now(page) if put.rule_id else None,
            words=() if put.draft.enabled else ("It is not in force: it is kept, and not read.",),
            preview=tried(edits),
            linked=sees_requests(),
            button=f"{verb} the rule",
            back=url_for(edit, rule_id=put.rule_id, scope=None if put.rule_id else put.draft.scope_id or "tenant"),
            second_person=asks,
        )
    return Review(
        heading=f"Remove “{page.name}”?",
        tenant=page.tenant,
        sentences=(sentence_now(page),),
        words=("It is not read any more. Its versions stay for whoever asks why something was decided.",),
        preview=tried(edits),
        linked=sees_requests(),
        button="Propose to remove it" if asks else "Remove the rule",
        removes=True,
        second_person=asks,
    )
