"""Performing one delivery step in the directory: facts go in, what the directory said comes out.

Every step looks before it acts where an earlier attempt may have taken effect.
"""

from collections.abc import Callable, Mapping

from selfservice.model.delivery import StepKind
from selfservice.services.ports import Directory
from selfservice.services.steps.changing import reset_redemption, set_sponsors, treat
from selfservice.services.steps.describing import describe, name_sponsors
from selfservice.services.steps.inviting import invite, look_up, settle_in
from selfservice.services.steps.looking_after import block, delete, restore, unblock
from selfservice.services.steps.rechecking import recheck
from selfservice.services.steps.roles import give_role, take_role
from selfservice.services.steps.work import Outcome, Work


def perform(directory: Directory, work: Work) -> Outcome:
    """Do the step's outside part, unless it is not wanted any more. Raises `UnableTo` or `Refused`."""
    if work.called_off:
        return Outcome(note=work.called_off, skipped=True)
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
    StepKind.BLOCK: block,
    StepKind.UNBLOCK: unblock,
    StepKind.DELETE: delete,
    StepKind.RESTORE: restore,
    StepKind.SET_SPONSORS: set_sponsors,
    StepKind.RESET_REDEMPTION: reset_redemption,
    StepKind.TREAT: treat,
}
