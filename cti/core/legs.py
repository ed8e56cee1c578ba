"""All legs of one call: which of them an event is about, and what they are after it."""

from __future__ import annotations

from dataclasses import replace

from cti.core.events import (
    CallArrived,
    CallCut,
    CallerHeld,
    CallerHungUp,
    CallerJoinedQueue,
    CallerRetrieved,
    CallEvent,
)
from cti.core.ids import LegId
from cti.core.leg import THIRD_PARTIES, Leg, LegState, advance, first_seen
from cti.core.leg_events import EmergencyReached, LegNotReached

KEPT = 12
"""So many third parties that are gone stay in sight: twenty presses of one key must not fill a desk."""


def after(legs: tuple[Leg, ...], caller_leg: LegId, event: CallEvent) -> tuple[Leg, ...]:
    """The legs after an event. One that names no leg we know of, or means nothing to it, changes nothing."""
    if isinstance(event, CallCut):
        return tuple(_gone(leg, event) for leg in legs if leg.role in THIRD_PARTIES)
    told = subject(legs, caller_leg, event)
    if told is None:
        return legs
    known = next((leg for leg in legs if leg.leg == told), None)
    moved = first_seen(event) if known is None else advance(known, event)
    if moved is None:
        return legs
    return _fitting(tuple(moved if leg is known else leg for leg in legs) if known else (*legs, moved))


def subject(legs: tuple[Leg, ...], caller_leg: LegId, event: CallEvent) -> LegId | None:
    """The leg that an event is about."""
    match event:
        case CallArrived():
            return event.caller_leg
        case CallerHeld(by="phone"):
            return None
        case CallerHeld() | CallerRetrieved() | CallerJoinedQueue() | CallerHungUp():
            return caller_leg
        case EmergencyReached():
            return None
        case LegNotReached(leg="", role=role, party=party):
            return next((leg.leg for leg in reversed(legs) if leg.role == role and leg.party == party), None)
        case _:
            return getattr(event, "leg", None)


def _gone(leg: Leg, event: CallEvent) -> Leg:
    return replace(leg, state=LegState.GONE, bridge="", in_room=False, since=event.at) if leg.lives else leg


def _fitting(legs: tuple[Leg, ...]) -> tuple[Leg, ...]:
    """Callers and agents are shown while they live; of the others the last few who are gone as well."""
    living = [leg for leg in legs if leg.lives or leg.role in THIRD_PARTIES]
    surplus = sum(not leg.lives for leg in living) - KEPT
    if surplus <= 0:
        return tuple(living)
    dropped = [leg for leg in living if not leg.lives][:surplus]
    return tuple(leg for leg in living if leg not in dropped)
