"""The part of a request's story that the worker writes: steps done, the one under way, and those to come."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from selfservice.model.delivery import SETTLED, Delivery, DeliveryStep, StepKind, StepState
from selfservice.services.overview.durations import again
from selfservice.services.overview.rows import Moment, Tense, Tone
from selfservice.services.overview.step_words import Cast, words_of


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What the story of a delivery needs besides its steps. `on_hold_because` is set where the tenant's brake is on."""

    cast: Cast
    at: datetime
    on_hold_because: str = ""


def moments_of(delivery: Delivery, setting: Setting) -> Iterator[Moment]:
    """Yield what happened, what happens and what will happen in a delivery."""
    current = delivery.next_step()
    broken = False
    for step in delivery.steps:
        if step.state in SETTLED:
            told = _settled(step, setting, broken=broken)
            broken = broken or step.state is StepState.FAILED
            if told is not None:
                yield told
        elif step is current:
            yield _under_way(step, setting)
        else:
            yield from _to_come(step, setting)


def _settled(step: DeliveryStep, setting: Setting, *, broken: bool) -> Moment | None:
    words = words_of(step, setting.cast)
    if step.state is StepState.FAILED:
        return Moment(
            tense=Tense.PAST,
            title=words.failed,
            tone=Tone.BAD,
            when=step.settled_at,
            detail=f"{step.cause} {step.next_step}".strip(),
            evidence=step.graph_request_id,
        )
    if step.state is StepState.SKIPPED:
        return None if broken else _needless(step, setting)
    if not words.loud:
        return None
    return Moment(
        tense=Tense.PAST,
        title=words.past,
        tone=Tone.GOOD,
        when=step.settled_at,
        who="" if step.kind is StepKind.INVITE else setting.cast.tenant,
        evidence=step.graph_request_id,
    )


def _needless(step: DeliveryStep, setting: Setting) -> Moment | None:
    if step.kind is StepKind.INVITE:
        title = f"{setting.cast.guest} is a guest of {setting.cast.tenant} already"
        return _quietly(step, title, "No new invitation is needed.")
    if step.kind is StepKind.TAKE_ROLE:
        return _quietly(step, f"Kept: {step.label}", f"{step.note[:1].upper()}{step.note[1:]}.")
    return None


def _quietly(step: DeliveryStep, title: str, detail: str) -> Moment:
    return Moment(tense=Tense.PAST, title=title, tone=Tone.GOOD, when=step.settled_at, detail=detail)


def _under_way(step: DeliveryStep, setting: Setting) -> Moment:
    words = words_of(step, setting.cast)
    if setting.on_hold_because:
        detail = f"Everything for {setting.cast.tenant} is on hold: {setting.on_hold_because}"
        return Moment(tense=Tense.NOW, title=words.now, tone=Tone.WAITING, detail=detail)
    detail = ""
    if step.state is StepState.WAITING:
        detail = f"{again(step.next_attempt_at, at=setting.at)}: {step.cause}"
    return Moment(
        tense=Tense.NOW,
        title=words.now,
        tone=Tone.MOVING,
        detail=detail,
        evidence=step.graph_request_id if detail else "",
    )


def _to_come(step: DeliveryStep, setting: Setting) -> Iterator[Moment]:
    words = words_of(step, setting.cast)
    if words.loud or step.kind is StepKind.MAIL:
        yield Moment(tense=Tense.FUTURE, title=words.future, tone=Tone.WAITING)
