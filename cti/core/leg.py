"""What a leg of a call is, and the table of how events move it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from cti.core.events import (
    AgentAnswered,
    AgentDidNotAnswer,
    AgentLeft,
    AgentRang,
    CallArrived,
    CallerHeld,
    CallerHungUp,
    CallerJoinedQueue,
    CallerRetrieved,
    CallEvent,
)
from cti.core.ids import Channel, LegId
from cti.core.leg_events import (
    LegAnswered,
    LegHeld,
    LegJoinedBridge,
    LegLeft,
    LegLeftBridge,
    LegMuted,
    LegNotReached,
    LegRang,
    LegRetrieved,
    LegUnmuted,
    SpecialistAccepted,
)

CALLER, AGENT = "caller", "agent"
THIRD_PARTIES = frozenset({"specialist", "emergency", "supervisor", "centre"})
ROLES = frozenset({CALLER, AGENT}) | THIRD_PARTIES


class LegState(StrEnum):
    RINGING = "ringing"
    UP = "up"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One channel of a call; `party` and `label` say who is there, never a number."""

    leg: LegId
    role: str
    channel: Channel
    party: str = ""
    label: str = ""
    state: LegState = LegState.RINGING
    muted: bool = False
    held: bool = False
    bridge: str = ""
    in_room: bool = False
    reason: str = ""
    """Why it was not reached."""
    since: datetime | None = None

    @property
    def lives(self) -> bool:
        return self.state is not LegState.GONE


_S = LegState
TRANSITIONS: dict[LegState, dict[type[CallEvent], LegState]] = {
    _S.RINGING: {
        LegRang: _S.RINGING,
        AgentRang: _S.RINGING,
        LegAnswered: _S.UP,
        AgentAnswered: _S.UP,
        SpecialistAccepted: _S.UP,
        LegJoinedBridge: _S.UP,
        LegNotReached: _S.GONE,
        AgentDidNotAnswer: _S.GONE,
        LegLeft: _S.GONE,
        AgentLeft: _S.GONE,
    },
    _S.UP: {
        CallArrived: _S.UP,
        LegAnswered: _S.UP,
        AgentAnswered: _S.UP,
        SpecialistAccepted: _S.UP,
        LegJoinedBridge: _S.UP,
        LegLeftBridge: _S.UP,
        LegMuted: _S.UP,
        LegUnmuted: _S.UP,
        LegHeld: _S.UP,
        LegRetrieved: _S.UP,
        CallerHeld: _S.UP,
        CallerRetrieved: _S.UP,
        CallerJoinedQueue: _S.UP,
        LegNotReached: _S.GONE,
        AgentDidNotAnswer: _S.GONE,
        LegLeft: _S.GONE,
        AgentLeft: _S.GONE,
        CallerHungUp: _S.GONE,
    },
    _S.GONE: {LegNotReached: _S.GONE},
}
"""A specialist's phone that answers and does not accept is `up` and then not reached.

The reason of a leg that was not reached may be told after its end: the switch says `gone`, the dialplan why.
"""


def advance(leg: Leg, event: CallEvent) -> Leg | None:
    """The leg after `event`; None when the event means nothing to a leg in this state."""
    state = TRANSITIONS[leg.state].get(type(event))
    if state is None:
        return None
    since = event.at if state is not leg.state else leg.since
    return _changed(replace(leg, state=state, since=since), event)


def _changed(leg: Leg, event: CallEvent) -> Leg:
    match event:
        case LegRang():
            return replace(leg, party=event.party or leg.party, label=event.label or leg.label, channel=event.channel)
        case LegAnswered():
            return replace(leg, party=event.party or leg.party)
        case LegJoinedBridge():
            channel = event.channel or leg.channel
            return replace(leg, bridge=event.bridge, in_room=event.room, held=False, channel=channel)
        case LegLeftBridge() if event.bridge in {leg.bridge, ""}:
            # the room forgets who was muted when they leave it
            return replace(leg, bridge="", in_room=False, muted=False)
        case LegMuted() | LegUnmuted():
            return replace(leg, muted=isinstance(event, LegMuted))
        case LegHeld() | LegRetrieved() | CallerHeld() | CallerRetrieved() | CallerJoinedQueue():
            return replace(leg, held=isinstance(event, LegHeld | CallerHeld))
        case LegNotReached():
            return replace(leg, bridge="", in_room=False, reason=event.reason or leg.reason)
        case _ if leg.state is LegState.GONE:
            return replace(leg, bridge="", in_room=False, muted=False, held=False)
        case _:
            return leg


def first_seen(event: CallEvent) -> Leg | None:
    """The leg that an event tells of for the first time; None when it names too little."""
    match event:
        case CallArrived():
            return Leg(
                leg=event.caller_leg, role=CALLER, channel=event.caller_channel, state=LegState.UP, since=event.at
            )
        case AgentRang() | AgentAnswered():
            agent = Leg(leg=event.leg, role=AGENT, channel=event.channel, party=event.agent, since=event.at)
            return advance(agent, event)
        case LegRang():
            return Leg(
                leg=event.leg,
                role=event.role,
                channel=event.channel,
                party=event.party,
                label=event.label,
                since=event.at,
            )
        case LegAnswered() | LegJoinedBridge():
            channel = event.channel if isinstance(event, LegJoinedBridge) else Channel("")
            return advance(Leg(leg=event.leg, role=event.role, channel=channel, since=event.at), event)
        case _:
            return None
