"""What comes of a rule: a no with its reason, a yes without anybody, or one to three stages in which people decide."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

MOST_STAGES = 3
DEFAULT_DAYS_TO_ANSWER = 14


class ApproverKind(StrEnum):
    """Who decides, as a rule names them.

    A person or a group by id; the others are found for each request: the owner of the access package, the approvers
    named on the package, the requestor's manager and that one's manager, the sponsor, and the sponsors of the connected
    organization that the guest comes from.
    """

    PERSON = "person"
    GROUP = "group"
    OWNER = "owner"
    PACKAGE_APPROVERS = "packageApprovers"
    MANAGER = "manager"
    MANAGERS_MANAGER = "managersManager"
    SPONSOR = "sponsor"
    ORGANIZATION_SPONSORS = "organizationSponsors"


@dataclass(frozen=True, kw_only=True)
class Approver:
    """Who decides. `tenant_id`, `object_id` and `name` are set for a person or a group alone.

    A `quiet` approver may decide and sees the request in their inbox, but is sent no mail about it.
    """

    kind: ApproverKind
    tenant_id: str = ""
    object_id: str = ""
    name: str = ""
    quiet: bool = False


@dataclass(frozen=True, kw_only=True)
class StageSpec:
    """One stage: `quorum` of the approvers agree within `days_to_answer` days; a single no ends it.

    After `escalate_after_days` without an answer the `alternates` are asked as well. The `fallback` is asked where
    nobody else is found. Days are whole days of 24 hours.
    """

    approvers: tuple[Approver, ...]
    quorum: int = 1
    justification_required: bool = False
    days_to_answer: int = DEFAULT_DAYS_TO_ANSWER
    escalate_after_days: int | None = None
    alternates: tuple[Approver, ...] = ()
    fallback: tuple[Approver, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Deny:
    """A no. The requestor reads the reason."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class Automatic:
    """A yes without anybody. Tags, and having changed the rule oneself, turn it into a decision by people."""


@dataclass(frozen=True, kw_only=True)
class Stages:
    """People decide, one stage after the other."""

    stages: tuple[StageSpec, ...]


Outcome = Deny | Automatic | Stages

PACKAGE_APPROVERS = Approver(kind=ApproverKind.PACKAGE_APPROVERS)
OWNER = Approver(kind=ApproverKind.OWNER)

BY_PACKAGE = Stages(stages=(StageSpec(approvers=(PACKAGE_APPROVERS,)),))
"""What holds where no rule does: any one of the approvers named on the package."""


def unnamed(outcome: Outcome) -> Outcome:
    """Return an outcome without what its approvers are called: their ids say who they are."""
    if not isinstance(outcome, Stages):
        return outcome
    return Stages(
        stages=tuple(
            replace(
                stage,
                approvers=_unnamed(stage.approvers),
                alternates=_unnamed(stage.alternates),
                fallback=_unnamed(stage.fallback),
            )
            for stage in outcome.stages
        )
    )


def _unnamed(approvers: Iterable[Approver]) -> tuple[Approver, ...]:
    return tuple(replace(approver, name="") for approver in approvers)
