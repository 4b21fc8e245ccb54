"""Tags of access packages: what each makes stricter."""

from dataclasses import asdict

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from selfservice.model.refusal import NotFound, Refused
from selfservice.services import tagging
from selfservice.services.overview import admin_tags
from selfservice.web.access import Who, access
from selfservice.web.bridge import rt
from selfservice.web.errors import status_of
from selfservice.web.forms.tags import TagForm
from selfservice.web.viewer import me

bp = Blueprint("admin_tags", __name__, url_prefix="/admin/tags")


@bp.get("")
@access(Who.ADMIN_OR_AUDITOR)
def index() -> ResponseReturnValue:
    """List the tags."""
    return render_template("admin/tags.html", tags=admin_tags.tags(rt(), me()), may_edit="Admin" in me().roles)


@bp.get("/new")
@access(Who.ADMIN)
def new() -> ResponseReturnValue:
    """Show an empty form."""
    return _show(TagForm())


@bp.post("/new")
@access(Who.ADMIN, changes=True)
def create() -> ResponseReturnValue:
    """Give a new tag its meaning."""
    return _save(TagForm(request.form))


@bp.get("/<tag>")
@access(Who.ADMIN)
def edit(tag: str) -> ResponseReturnValue:
    """Show what a tag means."""
    return _show(TagForm(data=asdict(admin_tags.tag_page(rt(), me(), tag).tightening)), tag)


@bp.post("/<tag>")
@access(Who.ADMIN, changes=True)
def change(tag: str) -> ResponseReturnValue:
    """Give a tag another meaning."""
    admin_tags.tag_page(rt(), me(), tag)
    form = TagForm(request.form)
    form.tag.data = tag
    return _save(form, tag)


@bp.post("/<tag>/reset")
@access(Who.ADMIN, changes=True)
def reset(tag: str) -> ResponseReturnValue:
    """Give a built-in tag its old meaning back, or take away one that no package carries."""
    tagging.reset_tag(rt(), me().tenant_id, tag, by=me())
    return redirect(url_for(".index"), 303)


def _save(form: TagForm, tag: str | None = None) -> ResponseReturnValue:
    if not form.validate():
        return _show(form, tag), 400
    try:
        tagging.set_tag(rt(), me().tenant_id, form.tightening(), by=me())
    except NotFound:
        raise
    except Refused as refusal:
        return _show(form, tag, refusal), status_of(refusal)
    return redirect(url_for(".index"), 303)


def _show(form: TagForm, tag: str | None = None, refusal: Refused | None = None) -> str:
    shown = admin_tags.tag_page(rt(), me(), tag) if tag else None
    if shown is None and not admin_tags.tags(rt(), me()):
        raise NotFound
    return render_template("admin/tag.html", form=form, shown=shown, refusal=refusal, action=request.path)
