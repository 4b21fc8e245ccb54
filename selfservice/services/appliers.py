"""Appliers: what follows, kind by kind, when somebody has agreed to a proposal, and when nobody has."""

from collections.abc import Callable, Mapping

from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.proposal import Proposal, ProposalKind
from selfservice.services import adopting, drift_adopting, resetting, succeeding, taking_over, treating
from selfservice.services.runtime import Runtime

Applier = Callable[[Session, Runtime, Proposal, Actor], None]
Unanswered = Callable[[Session, Runtime, Proposal], bool]

APPLIERS: dict[ProposalKind, Applier] = {
    ProposalKind.ADOPTION: adopting.take_in,
    ProposalKind.HAND_OVER: taking_over.take_over,
    ProposalKind.SUCCESSION: taking_over.take_over,
    ProposalKind.DRIFT: drift_adopting.apply,
    ProposalKind.RESET: resetting.apply,
    ProposalKind.MEMBER: treating.apply,
}
"""What an agreement does, in the transaction of the answer. It refuses where that cannot be done any more."""

UNANSWERED: Mapping[ProposalKind, Unanswered] = {ProposalKind.SUCCESSION: succeeding.ask_next}
"""What is done when the time to answer is over, or all who were asked have declined: True says that others have been
asked and the proposal stays open. Without an entry it is closed.
"""
