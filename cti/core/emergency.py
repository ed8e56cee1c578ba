"""A one-key emergency transfer of a call, and the table of how events move it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeGuard

from cti.core.events import CallCut, CallEvent
from cti.core.ids import AgentId, LegId
from cti.core.leg import Leg
from cti.core.leg_events import (
    EmergencyCancelled,
    EmergencyFailed,
    EmergencyPressed,
    EmergencyReached,
    EmergencyRouteFailed,
    EmergencyRouteTried,
    LegHungUp,
    LegLeft,
)


class EmergencyState(StrEnum):
    TRYING = "trying"
    REACHED = "reached"
    ENDED = "ended"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedRoute:
    route: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Emergency:
    """The last press of the call; `route` is the one that rings or answered, `ended_by` operator or system."""

    service: str
    state: EmergencyState = EmergencyState.TRYING
    trigger: str = ""
    agent: AgentId = AgentId("")
    route: str = ""
    tried: tuple[TriedRoute, ...] = ()
    leg: LegId | None = None
    reached_at: datetime | None = None
    hung_up: LegId | None = None
    """The operator's leg whose own phone said good-bye; its end follows."""
    ended_by: str = ""
    since: datetime | None = None


_S = EmergencyState
TRANSITIONS: dict[EmergencyState, dict[type[CallEvent], EmergencyState]] = {
    _S.TRYING: {
        EmergencyPressed: _S.TRYING,
        EmergencyRouteTried: _S.TRYING,
        EmergencyRouteFailed: _S.TRYING,
        EmergencyReached: _S.REACHED,
        EmergencyFailed: _S.FAILED,
        EmergencyCancelled: _S.CANCELLED,
        LegHungUp: _S.TRYING,
        CallCut: _S.FAILED,
    },
    _S.REACHED: {
        EmergencyPressed: _S.TRYING,
        EmergencyReached: _S.REACHED,
        EmergencyRouteFailed: _S.REACHED,
        LegHungUp: _S.REACHED,
        LegLeft: _S.ENDED,
        CallCut: _S.ENDED,
    },
    _S.ENDED: {EmergencyPressed: _S.TRYING, EmergencyRouteTried: _S.TRYING, EmergencyReached: _S.REACHED},
    _S.FAILED: {EmergencyPressed: _S.TRYING, EmergencyRouteTried: _S.TRYING, EmergencyReached: _S.REACHED},
    _S.CANCELLED: {EmergencyPressed: _S.TRYING, EmergencyRouteTried: _S.TRYING, EmergencyReached: _S.REACHED},
}
"""An operator who answered counts in every state: nothing may hide a leg that is there."""

STARTS = (EmergencyPressed, EmergencyRouteTried, EmergencyReached)
"""Each tells that somebody pressed, also when the press itself was not heard."""
RUNS = frozenset({EmergencyState.TRYING, EmergencyState.REACHED})


def advance(before: Emergency | None, event: CallEvent) -> Emergency | None:
    """The emergency after `event`; None when the event means nothing to it."""
    if before is None:
        if not isinstance(event, STARTS):
            return None
        return _changed(Emergency(service=event.service, since=event.at), event)
    state = TRANSITIONS[before.state].get(type(event))
    if state is None or not _is_about(before, event):
        return None
    if isinstance(event, EmergencyPressed):
        return _pressed(before, event)
    if _begins_anew(event, before):
        return _changed(Emergency(service=event.service, since=event.at), event)
    since = event.at if state is not before.state else before.since
    return _changed(replace(before, state=state, since=since), event)


def settled(emergency: Emergency | None, operator: Leg | None) -> Emergency | None:
    """The emergency where it stays: a leg that has gone before it was told as reached has had its end."""
    if emergency is None or emergency.state is not EmergencyState.REACHED or operator is None or operator.lives:
        return emergency
    return replace(emergency, state=EmergencyState.ENDED, ended_by=_ended_by(emergency), since=operator.since)


def _begins_anew(event: CallEvent, before: Emergency) -> TypeGuard[EmergencyRouteTried | EmergencyReached]:
    """Told of a press that nobody heard; an operator may still answer one that was believed to have failed."""
    if before.state is EmergencyState.ENDED:
        return isinstance(event, STARTS)
    return before.state not in RUNS and isinstance(event, EmergencyRouteTried)


def _is_about(emergency: Emergency, event: CallEvent) -> bool:
    match event:
        case LegHungUp():
            return event.role == "emergency"
        case LegLeft():
            return event.leg == emergency.leg
        case EmergencyReached() if emergency.state is EmergencyState.ENDED:
            return event.leg != emergency.leg
        case _:
            return True


def _pressed(before: Emergency, event: EmergencyPressed) -> Emergency:
    """The same service again while it is being tried is the same press."""
    if before.state is EmergencyState.TRYING and before.service == event.service:
        return replace(before, trigger=before.trigger or event.trigger, agent=before.agent or event.agent)
    return Emergency(service=event.service, trigger=event.trigger, agent=event.agent, since=event.at)


def _changed(emergency: Emergency, event: CallEvent) -> Emergency:
    match event:
        case EmergencyPressed():
            return replace(emergency, trigger=event.trigger, agent=event.agent)
        case EmergencyRouteTried():
            return replace(emergency, route=event.route)
        case EmergencyRouteFailed():
            tried = TriedRoute(route=event.route, reason=event.reason)
            return emergency if tried in emergency.tried else replace(emergency, tried=(*emergency.tried, tried))
        case EmergencyReached():
            return _reached(emergency, event)
        case LegHungUp():
            return replace(emergency, hung_up=event.leg)
        case LegLeft() | CallCut():
            return replace(emergency, ended_by=_ended_by(emergency))
        case _:
            return emergency


def _reached(emergency: Emergency, event: EmergencyReached) -> Emergency:
    same = emergency.leg == event.leg and emergency.reached_at is not None
    return replace(
        emergency,
        state=EmergencyState.REACHED,
        route=event.route,
        leg=event.leg,
        reached_at=emergency.reached_at if same else event.at,
    )


def _ended_by(emergency: Emergency) -> str:
    """Nobody but the operator ends that leg, short of a loss."""
    return "operator" if emergency.hung_up and emergency.hung_up == emergency.leg else "system"
