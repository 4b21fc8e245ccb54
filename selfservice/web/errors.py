"""What people see when something does not work: cause, owner and next step, mapped from the error's family once."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Flask, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from selfservice.model.policy import QuotaReached
from selfservice.model.refusal import NotAllowed, NotFound, Refused
from selfservice.model.unable import Away, UnableTo
from selfservice.web.fragments import page, wants_fragment
from selfservice.web.origins import OwnWords
from selfservice.web.shell import Shell

log = logging.getLogger(__name__)

RETRY_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What a page says about something that did not work."""

    status: int
    heading: str
    cause: str
    owner: str = ""
    next_step: str = ""
    trace: str = ""


HTTP_PROBLEMS = {
    401: (
        "Please sign in again",
        "Your session has ended, so nothing was changed.",
        "Sign in, and do it once more.",
    ),
    403: (
        "This is not yours to use",
        "You are signed in, but this page is for people with another role.",
        "Ask an admin of your tenant if you need it.",
    ),
    404: (
        "There is nothing here",
        "There is nothing at this address, or it is not yours to see.",
        "Check the address, or go back to your first page.",
    ),
    405: (
        "That is not possible here",
        "This address does not take that kind of request.",
        "Go back and use the buttons of the page.",
    ),
    413: (
        "That is too much text",
        "What was sent is larger than this form takes.",
        "Go back and shorten it.",
    ),
}


def status_of(refusal: Refused) -> int:
    """Return the HTTP status that a refusal is told with."""
    if isinstance(refusal, NotFound):
        return 404
    if isinstance(refusal, QuotaReached):
        return 429
    return 403 if isinstance(refusal, NotAllowed) else 409


def register_errors(app: Flask) -> None:
    """Map the families of errors to pages."""
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(UnableTo, _unable)
    app.register_error_handler(CSRFError, _form_is_old)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Away, _away)
    app.register_error_handler(500, _broken)


def _refused(refusal: Refused) -> ResponseReturnValue:
    status = status_of(refusal)
    headings = {403: "You may not do this", 404: "There is nothing here", 429: "That was enough for today"}
    return show_refusal(refusal, status=status, heading=headings.get(status, "That did not happen"))


def show_refusal(refusal: Refused, *, status: int, heading: str) -> ResponseReturnValue:
    """Show a refusal as a page of its own."""
    return _answer(
        Problem(
            status=status,
            heading=heading,
            cause=refusal.cause,
            owner=refusal.owner,
            next_step=refusal.next_step,
        )
    )


def _unable(failure: UnableTo) -> ResponseReturnValue:
    log.warning("an outside service failed: %s", failure.code or failure.cause)
    return _answer(
        Problem(
            status=503,
            heading="This does not work at the moment",
            cause=failure.cause,
            owner=failure.owner,
            next_step=failure.next_step or "Try again in a few minutes; nothing is lost.",
            trace=failure.request_id,
        )
    )


def _form_is_old(_: CSRFError) -> ResponseReturnValue:
    return _answer(
        Problem(
            status=400,
            heading="This form is too old",
            cause="The page was open for so long that its form is no longer valid, so nothing was changed.",
            owner="You",
            next_step="Go back, copy what you typed if you need it, load the page again and send it once more.",
        )
    )


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error.get_response()
    known = HTTP_PROBLEMS.get(error.code)
    heading, cause, step = known or (
        "That did not work",
        "",
        "Go back to your first page.",
    )
    special = error.description if isinstance(error, OwnWords) else ""
    answer = _answer(
        Problem(
            status=error.code,
            heading=heading,
            cause=special or cause or error.name + ".",
            next_step=step,
        )
    )
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        answer.headers["Allow"] = ", ".join(error.valid_methods)
    return answer


def _away(outage: Away) -> ResponseReturnValue:
    """Say that it passes. The page is shown bare: whatever frames it would ask what is away."""
    log.warning("a part of ours is away: %s", type(outage).__name__)
    problem = Problem(
        status=503,
        heading="This does not work at the moment",
        cause="Selfservice cannot reach its own database.",
        owner="The people who run Selfservice",
        next_step="Try again in a minute. If you had sent something, look first whether it was stored.",
    )
    return _bare(problem, {"Retry-After": str(RETRY_SECONDS)})


def _broken(error: Exception) -> ResponseReturnValue:
    outage = getattr(error, "original_exception", None)
    if isinstance(outage, Away):
        return _away(outage)
    problem = Problem(
        status=500,
        heading="Something broke on our side",
        cause="It is our mistake, and it has been written down for the people who run Selfservice.",
        owner="The people who run Selfservice",
        next_step="Try again in a few minutes. What was stored before is safe.",
    )
    return _bare(problem, {})


def _bare(problem: Problem, headers: Mapping[str, str]) -> Response:
    response = make_response(render_template("error.html", problem=problem, back="/", shell=Shell), problem.status)
    response.headers.extend(headers)
    return response


def _answer(problem: Problem) -> Response:
    """Show the problem; where the page itself cannot be framed (the database is away), show it bare."""
    response = make_response(page("error.html", block="body", problem=problem, back=_way_back()))
    response.status_code = problem.status
    if problem.status == 401 and wants_fragment():
        response.headers["HX-Refresh"] = "true"
    return response


def _way_back() -> str:
    """Return the page that the failed button was on, or the first page."""
    if request.method == "POST":
        return request.path.rpartition("/")[0] or "/"
    return "/"
