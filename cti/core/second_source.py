"""What a second source tells of a call that the first one missed: pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from cti.core.events import AgentAnswered, AgentLeft, CallArrived, CallCut, CallerHungUp, CallEvent
from cti.core.ids import LegId
from cti.core.leg import THIRD_PARTIES
from cti.core.leg_events import (
    EmergencyCancelled,
    EmergencyFailed,
    EmergencyPressed,
    EmergencyReached,
    EmergencyRouteFailed,
    EmergencyRouteTried,
    LegAnswered,
    LegHungUp,
    LegJoinedBridge,
    LegLeft,
    LegLeftBridge,
    LegNotReached,
    LegRang,
    SpecialistAccepted,
    SpecialistAsked,
    SpecialistNotReached,
    SupervisionEnded,
    SupervisionStarted,
    ThreeWayMerged,
    TransferAsked,
    TransferDone,
    TransferFailed,
)

SAME = timedelta(seconds=1)
"""Two sources that tell of one move of a leg stamp it within that."""
ENDS = (CallerHungUp, CallCut)
Step = EmergencyPressed | EmergencyRouteTried | EmergencyRouteFailed | EmergencyFailed | EmergencyCancelled
OfLeg = (
    AgentAnswered
    | AgentLeft
    | LegLeft
    | LegHungUp
    | LegRang
    | LegAnswered
    | LegNotReached
    | SpecialistAccepted
    | EmergencyReached
)
"""What happens to a leg once."""
Sent = TransferDone | TransferFailed
Word = Sent | SpecialistNotReached | ThreeWayMerged | SupervisionStarted | SupervisionEnded
"""What may happen again, also to the same leg."""


def missed(known: Sequence[CallEvent], told: Iterable[CallEvent]) -> list[CallEvent]:
    """Those of `told` that `known` does not have, in the order of their times.

    Who a third party is, the second source says of legs that it saw ring: any other leg of a known call is left to
    the snapshot. Whom a desk had asked for, only `known` tells.
    """
    told = list(told)
    legs = {getattr(event, "leg", None) for event in known}
    legs |= {event.leg for event in told if isinstance(event, LegRang)}
    told = [event for event in told if not known or not _is_stranger(event, legs)]
    found: list[CallEvent] = []
    for event in sorted(told, key=lambda event: event.at):
        if not any(_is_same(event, each) for each in (*known, *found)):
            found.append(event)
    return [_named(event, known) for event in found if _makes_sense(event, (*known, *found))]


def _is_stranger(event: CallEvent, legs: set[LegId | None]) -> bool:
    return getattr(event, "role", "") in THIRD_PARTIES and getattr(event, "leg", None) not in legs


def _is_same(event: CallEvent, other: CallEvent) -> bool:
    match event:
        case CallArrived():
            return isinstance(other, CallArrived)
        case CallerHungUp():
            return isinstance(other, ENDS)
        case LegJoinedBridge() | LegLeftBridge():
            moved = isinstance(other, type(event)) and (other.leg, other.bridge) == (event.leg, event.bridge)
            return moved and abs(other.at - event.at) < SAME
        case _ if isinstance(event, OfLeg):
            return isinstance(other, type(event)) and other.leg == event.leg
        case _ if isinstance(event, Word):
            return _is_same_word(event, other)
        case _ if isinstance(event, Step):
            return _is_same_step(event, other)
        case _:
            return event == other


def _is_same_step(event: Step, other: CallEvent) -> bool:
    """The two stamp a step of the dialplan's routine within a moment of each other."""
    if not isinstance(other, type(event)) or event.service != other.service or abs(other.at - event.at) >= SAME:
        return False
    return getattr(event, "route", "") == getattr(other, "route", "")


def _is_same_word(event: Word, other: CallEvent) -> bool:
    """A desk's own commands tell of a transfer as well, a moment before or after the dialplan does."""
    if not isinstance(other, type(event)) or abs(other.at - event.at) >= SAME:
        return False
    return all(getattr(event, name, "") == getattr(other, name, "") for name in ("kind", "leg", "mode"))


def _makes_sense(event: CallEvent, all_told: Iterable[CallEvent]) -> bool:
    """An agent leaves a talk that somebody told of; a second line of his desk is none. Who merges was asked before."""
    match event:
        case AgentLeft():
            return any(isinstance(each, AgentAnswered) and each.leg == event.leg for each in all_told)
        case ThreeWayMerged():
            return any(isinstance(each, SpecialistAsked) and each.at <= event.at for each in all_told)
        case _:
            return True


def _named(event: CallEvent, known: Iterable[CallEvent]) -> CallEvent:
    """With whom the desk had asked for last, where the second source left that open."""
    before = [each for each in known if each.at <= event.at]
    asked = [each for each in before if isinstance(each, SpecialistAsked)]
    sent = [each for each in before if isinstance(each, TransferAsked)]
    if isinstance(event, LegRang | LegAnswered | LegNotReached):
        return replace(event, party=_last_asked(asked, sent)) if _is_open(event) else event
    if isinstance(event, Sent):
        targets = [each.target for each in sent if each.kind == event.kind]
        return replace(event, target=event.target or (targets[-1] if targets else ""))
    if not asked:
        return event
    if isinstance(event, SpecialistAccepted | SpecialistNotReached):
        return replace(event, entry=event.entry or asked[-1].entry)
    return replace(event, agent=event.agent or asked[-1].agent) if isinstance(event, ThreeWayMerged) else event


def _is_open(event: LegRang | LegAnswered | LegNotReached) -> bool:
    return event.role in {"specialist", "centre"} and not event.party


def _last_asked(asked: Sequence[SpecialistAsked], sent: Sequence[TransferAsked]) -> str:
    """The entry of whichever came last; of a transfer to a specialist both were told."""
    wishes: list[SpecialistAsked | TransferAsked] = [*asked, *sent]
    last = max(wishes, key=lambda each: each.at, default=None)
    if last is None:
        return ""
    return last.entry if isinstance(last, SpecialistAsked) else last.target
