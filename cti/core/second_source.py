"""What a second source tells of a call that the first one missed: pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
    LegRang,
)

SAME = timedelta(seconds=1)
"""Two sources that tell of one move of a leg stamp it within that."""
ENDS = (CallerHungUp, CallCut)
Step = EmergencyPressed | EmergencyRouteTried | EmergencyRouteFailed | EmergencyFailed | EmergencyCancelled


def missed(known: Sequence[CallEvent], told: Iterable[CallEvent]) -> list[CallEvent]:
    """Those of `told` that `known` does not have, in the order of their times.

    Who a third party is, the second source says of an emergency's operator alone: any other leg of a known call is
    left to the snapshot.
    """
    told = list(told)
    legs = {getattr(event, "leg", None) for event in known}
    legs |= {event.leg for event in told if isinstance(event, EmergencyReached)}
    told = [event for event in told if not known or not _is_stranger(event, legs)]
    found: list[CallEvent] = []
    for event in sorted(told, key=lambda event: event.at):
        if not any(_is_same(event, each) for each in (*known, *found)):
            found.append(event)
    return [event for event in found if _makes_sense(event, (*known, *found))]


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
        case AgentAnswered() | AgentLeft() | LegLeft() | LegHungUp() | LegRang() | LegAnswered() | EmergencyReached():
            return isinstance(other, type(event)) and other.leg == event.leg
        case _ if isinstance(event, Step):
            return _is_same_step(event, other)
        case _:
            return event == other


def _is_same_step(event: Step, other: CallEvent) -> bool:
    """The two stamp a step of the dialplan's routine within a moment of each other."""
    if not isinstance(other, type(event)) or event.service != other.service or abs(other.at - event.at) >= SAME:
        return False
    return getattr(event, "route", "") == getattr(other, "route", "")


def _makes_sense(event: CallEvent, all_told: Iterable[CallEvent]) -> bool:
    """An agent leaves a talk that somebody told of; a second line of his desk is none."""
    if not isinstance(event, AgentLeft):
        return True
    return any(isinstance(each, AgentAnswered) and each.leg == event.leg for each in all_told)
