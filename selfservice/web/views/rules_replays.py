"""Past requests under changed rules: how far the replay is, and what would differ."""

from dataclasses import dataclass

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from selfservice.model.refusal import NotFound
from selfservice.services.overview.rule_examples import edits_replayed
from selfservice.services.overview.rules import replay_page
from selfservice.web.access import Who, access
from selfservice.web.bridge import rt
from selfservice.web.fragments import page, wants_fragment
from selfservice.web.rule_drafts import Sentence, put_of, sentence_of
from selfservice.web.rule_reviews import page_of, sees_requests, show_review
from selfservice.web.viewer import me

bp = Blueprint("rules_replays", __name__, url_prefix="/rules/replays")


@bp.get("/<replay_id>")
@access(Who.SIGNED_IN)
def show(replay_id: str) -> ResponseReturnValue:
    """Show a replay; htmx asks again while it runs and is told nothing where it has not moved."""
    replay = replay_page(rt(), me(), replay_id)
    if wants_fragment() and replay.is_running and request.args.get("seen") == str(replay.done):
        return "", 204
    return page("rules/replay.html", block="progress", replay=replay, onward=_onward(replay_id), linked=sees_requests())


@bp.get("/<replay_id>/review")
@access(Who.SIGNED_IN)
def review(replay_id: str) -> ResponseReturnValue:
    """Go on with the change that was replayed."""
    replay_page(rt(), me(), replay_id)
    return show_review(edits_replayed(rt(), replay_id, me()))


@dataclass(frozen=True, kw_only=True)
class Onward:
    """The change that a replay is about, and where whoever asked for it goes on with it."""

    edit: str
    review: str
    name: str
    sentence: Sentence


def _onward(replay_id: str) -> Onward | None:
    """Return where whoever asked for the replay can go on with their change."""
    try:
        put = put_of(edits_replayed(rt(), replay_id, me()))
    except NotFound:
        return None
    if put is None:
        return None
    edit = (
        url_for("rules_editing.edit", rule_id=put.rule_id, replay=replay_id)
        if put.rule_id
        else url_for("rules_editing.new", scope=put.draft.scope_id or "tenant", replay=replay_id)
    )
    return Onward(
        edit=edit,
        review=url_for("rules_replays.review", replay_id=replay_id),
        name=put.draft.name,
        sentence=sentence_of(page_of([put]), put.draft),
    )
