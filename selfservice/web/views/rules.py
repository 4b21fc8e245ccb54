"""The approver rules: the book in the order in which it is read, and the changes that wait for a second person."""

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from selfservice.model.refusal import NotFound, Refused
from selfservice.services.overview.rule_examples import edits_proposed
from selfservice.services.overview.rules import book_page
from selfservice.services.rules import editing
from selfservice.web.access import Who, access
from selfservice.web.bridge import rt
from selfservice.web.errors import status_of
from selfservice.web.forms.rules import RejectForm
from selfservice.web.fragments import page
from selfservice.web.rule_lists import listed
from selfservice.web.rule_reviews import sees_requests, tried
from selfservice.web.viewer import me

LONGEST_SEARCH = 100

bp = Blueprint("rules", __name__, url_prefix="/rules")


@bp.get("")
@access(Who.SIGNED_IN)
def index() -> ResponseReturnValue:
    """Show the rules that one keeps, or oversees."""
    return show_book()


@bp.post("/book/second-person")
@access(Who.SIGNED_IN, changes=True)
def second_person() -> ResponseReturnValue:
    """Say whether changes of rules need a second person."""
    return _do(lambda: editing.set_second_person(rt(), me().tenant_id, by=me(), on=request.form.get("on") == "yes"))


@bp.get("/changes/<change_id>")
@access(Who.SIGNED_IN)
def change(change_id: str) -> ResponseReturnValue:
    """Show a change that waits, and what it would do."""
    return _show_change(change_id, RejectForm())


@bp.post("/changes/<change_id>/agree")
@access(Who.SIGNED_IN, changes=True)
def agree(change_id: str) -> ResponseReturnValue:
    """Agree to a change that somebody else proposed."""
    return _do(lambda: editing.agree(rt(), change_id, by=me()), done="saved")


@bp.post("/changes/<change_id>/reject")
@access(Who.SIGNED_IN, changes=True)
def reject(change_id: str) -> ResponseReturnValue:
    """Say no to a change that somebody else proposed."""
    form = RejectForm(request.form)
    if not form.validate():
        return _show_change(change_id, form), 400
    return _do(lambda: editing.reject(rt(), change_id, by=me(), why=str(form.why.data)))


@bp.post("/changes/<change_id>/withdraw")
@access(Who.SIGNED_IN, changes=True)
def withdraw(change_id: str) -> ResponseReturnValue:
    """Take one's own proposed change back."""
    return _do(lambda: editing.withdraw_change(rt(), change_id, by=me()))


def show_book(refusal: Refused | None = None) -> str:
    """Return the page of the rules."""
    book = book_page(rt(), me())
    search, start = request.args.get("search", "")[:LONGEST_SEARCH], request.args.get("from", "0")
    return page(
        "rules/index.html",
        block="rules",
        book=book,
        rules=listed(book, search=search, start=int(start) if start.isdecimal() else 0),
        search=search,
        refusal=refusal,
        done=request.args.get("done", ""),
    )


def _show_change(change_id: str, form: RejectForm) -> str:
    book = book_page(rt(), me())
    row = next((each for each in book.changes if each.change_id == change_id), None)
    if row is None:
        raise NotFound
    return render_template(
        "rules/change.html",
        row=row,
        tenant=book.tenant,
        form=form,
        preview=tried(edits_proposed(rt(), change_id, me())) if row.can_agree or row.can_withdraw else None,
        linked=sees_requests(),
    )


def _do(change: Callable[[], object], *, done: str = "") -> ResponseReturnValue:
    try:
        waits = change()
    except NotFound:
        raise
    except Refused as refusal:
        return show_book(refusal), status_of(refusal)
    return redirect(url_for("rules.index", done=("waiting" if isinstance(waits, str) else done) or None), 303)
