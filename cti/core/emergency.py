"""A one-key emergency transfer of a call, and the table of how events move it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from cti.core.events import CallEvent
from cti.core.ids import AgentId, LegId
from cti.core.leg_events import (
    EmergencyCancelled,
    EmergencyFailed,
    EmergencyPressed,
    EmergencyReached,
    EmergencyRouteFailed,
    EmergencyRouteTried,
)


class EmergencyState(StrEnum):
    TRYING = "trying"
    REACHED = "reached"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedRoute:
    route: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Emergency:
    """The last press of the call; `route` is the one that rings or answered."""

    service: str
    state: EmergencyState = EmergencyState.TRYING
    trigger: str = ""
    agent: AgentId = AgentId("")
    route: str = ""
    tried: tuple[TriedRoute, ...] = ()
    leg: LegId | None = None
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
    },
    _S.REACHED: {EmergencyPressed: _S.TRYING, EmergencyReached: _S.REACHED, EmergencyRouteFailed: _S.REACHED},
    _S.FAILED: {EmergencyPressed: _S.TRYING, EmergencyRouteTried: _S.TRYING, EmergencyReached: _S.REACHED},
    _S.CANCELLED: {EmergencyPressed: _S.TRYING, EmergencyRouteTried: _S.TRYING, EmergencyReached: _S.REACHED},
}
"""An operator who answered counts in every state: nothing may hide a leg that is there."""

STARTS = (EmergencyPressed, EmergencyRouteTried, EmergencyReached)
"""Each tells that somebody pressed, also when the press itself was not heard."""


def advance(before: Emergency | None, event: CallEvent) -> Emergency | None:
    """The emergency after `event`; None when the event means nothing to it."""
    if before is None:
        if not isinstance(event, STARTS):
            return None
        return _changed(Emergency(service=event.service, since=event.at), event)
    state = TRANSITIONS[before.state].get(type(event))
    if state is None:
        return None
    if isinstance(event, EmergencyPressed):
        return _pressed(before, event)
    since = event.at if state is not before.state else before.since
    return _changed(replace(before, state=state, since=since), event)


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
            return replace(emergency, state=EmergencyState.REACHED, route=event.route, leg=event.leg)
        case _:
            return emergency
