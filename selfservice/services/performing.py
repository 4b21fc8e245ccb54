"""Performing one delivery step in the directory: facts go in, what the directory said comes out.

Every step looks before it acts where an earlier attempt may have taken effect.
"""

from collections.abc import Callable, Mapping

from selfservice.model.delivery import StepKind
from selfservice.services.ports import Directory
from selfservice.services.steps.describing import describe, name_sponsors
from selfservice.services.steps.inviting import invite, look_up, settle_in
from selfservice.services.steps.rechecking import recheck
from selfservice.services.steps.roles import give_role, take_role
from selfservice.services.steps.work import Outcome, Work


def perform(directory: Directory, work: Work) -> Outcome:
    """Do the step's outside part. Raises `UnableTo` or `Refused`."""
    return PERFORMERS[work.kind](directory, work)


def hand_over(_directory: Directory, _work: Work) -> Outcome:
    """Leave the mail to the outbox, where settling writes it."""
    return Outcome(note="handed to the outbox")


PERFORMERS: Mapping[StepKind, Callable[[Directory, Work], Outcome]] = {
    StepKind.RECHECK: recheck,
    StepKind.LOOK_UP: look_up,
    StepKind.INVITE: invite,
    StepKind.SETTLE_IN: settle_in,
    StepKind.PROFILE: describe,
    StepKind.SPONSORS: name_sponsors,
    StepKind.GIVE_ROLE: give_role,
    StepKind.MAIL: hand_over,
    StepKind.TAKE_ROLE: take_role,
}
