"""What Entra's own lifecycle policies of a tenant ask of its guests: read and shown, never written."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class GuestLifecycleRule:
    """One thing that a lifecycle policy of Entra asks of guests. `kind` is the rule's type there; `days` is how long
    something may be so, and None where the rule counts no days.
    """

    kind: str
    days: int | None = None
    grace_days: int | None = None


@dataclass(frozen=True, kw_only=True)
class GuestLifecyclePolicy:
    """What Entra itself does to guests who do not keep to the rules of a policy, after `grace_days`.

    https://learn.microsoft.com/graph/api/resources/identitygovernance-guestlifecyclepolicy
    """

    policy_id: str
    display_name: str
    enabled: bool = True
    grace_days: int | None = None
    rules: tuple[GuestLifecycleRule, ...] = ()
