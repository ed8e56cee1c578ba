"""The states of a call, and the table of how events move it."""

from __future__ import annotations

from enum import StrEnum

from cti.core.events import (
    AgentAnswered,
    AgentDidNotAnswer,
    AgentLeft,
    AgentLost,
    AgentRang,
    CallArrived,
    CallCut,
    CallerAbandoned,
    CallerHeld,
    CallerHungUp,
    CallerJoinedQueue,
    CallerLeftQueue,
    CallerRetrieved,
    CallEvent,
    FallbackTaken,
    MenuKeyPressed,
)


class CallState(StrEnum):
    ARRIVED = "arrived"
    MENU = "menu"
    QUEUED = "queued"
    RINGING = "ringing"
    TALKING = "talking"
    HELD = "held"
    ROOM = "room"
    CALLER_GONE = "caller-gone"
    ENDED = "ended"


WAITING = frozenset({CallState.QUEUED, CallState.RINGING})
IN_CALL = frozenset({CallState.TALKING, CallState.HELD})
WITH_AGENT = IN_CALL | {CallState.CALLER_GONE}
"""Where an agent may be talking."""

_S = CallState
TRANSITIONS: dict[CallState, dict[type[CallEvent], CallState]] = {
    _S.ARRIVED: {
        CallArrived: _S.ARRIVED,
        MenuKeyPressed: _S.MENU,
        FallbackTaken: _S.MENU,
        CallerJoinedQueue: _S.QUEUED,
        AgentRang: _S.RINGING,
        AgentAnswered: _S.TALKING,
        CallerHungUp: _S.CALLER_GONE,
        CallCut: _S.ENDED,
    },
    _S.MENU: {
        MenuKeyPressed: _S.MENU,
        FallbackTaken: _S.MENU,
        CallerJoinedQueue: _S.QUEUED,
        CallerLeftQueue: _S.MENU,
        CallerAbandoned: _S.MENU,
        AgentRang: _S.RINGING,
        AgentDidNotAnswer: _S.MENU,
        AgentAnswered: _S.TALKING,
        AgentLost: _S.MENU,
        CallerHungUp: _S.CALLER_GONE,
        CallCut: _S.ENDED,
    },
    _S.QUEUED: {
        CallerJoinedQueue: _S.QUEUED,
        CallerLeftQueue: _S.MENU,
        CallerAbandoned: _S.MENU,
        AgentRang: _S.RINGING,
        AgentDidNotAnswer: _S.QUEUED,
        AgentAnswered: _S.TALKING,
        FallbackTaken: _S.MENU,
        CallerHungUp: _S.CALLER_GONE,
        CallCut: _S.ENDED,
    },
    _S.RINGING: {
        CallerLeftQueue: _S.RINGING,
        CallerAbandoned: _S.MENU,
        AgentRang: _S.RINGING,
        AgentDidNotAnswer: _S.QUEUED,
        AgentAnswered: _S.TALKING,
        CallerHungUp: _S.CALLER_GONE,
        CallCut: _S.ENDED,
    },
    _S.TALKING: {
        CallerHeld: _S.HELD,
        AgentDidNotAnswer: _S.TALKING,
        AgentLost: _S.TALKING,
        AgentLeft: _S.MENU,
        CallerHungUp: _S.CALLER_GONE,
        CallCut: _S.ENDED,
    },
    _S.HELD: {
        CallerRetrieved: _S.TALKING,
        AgentDidNotAnswer: _S.HELD,
        AgentLost: _S.HELD,
        AgentLeft: _S.MENU,
        CallerHungUp: _S.CALLER_GONE,
        CallCut: _S.ENDED,
    },
    _S.ROOM: {
        CallerHeld: _S.ROOM,
        CallerRetrieved: _S.ROOM,
        CallerJoinedQueue: _S.QUEUED,
        AgentRang: _S.ROOM,
        AgentDidNotAnswer: _S.ROOM,
        AgentAnswered: _S.TALKING,
        AgentLost: _S.ROOM,
        CallerHungUp: _S.CALLER_GONE,
        CallCut: _S.ENDED,
    },
    _S.CALLER_GONE: {
        AgentDidNotAnswer: _S.CALLER_GONE,
        AgentLost: _S.CALLER_GONE,
        AgentLeft: _S.CALLER_GONE,
        CallCut: _S.ENDED,
    },
    _S.ENDED: {},
}
"""MENU is wherever the caller hears prompts: also after an agent left, until the next queue or the end.

Rings and answers without a queue before them are there because that message may be the one that is late.
ROOM: the agent left, the caller and others go on. CALLER_GONE: an emergency was pressed and staff goes on.
"""

SETTLES: dict[CallState, dict[str, CallState]] = {
    _S.QUEUED: {"somebody rings": _S.RINGING},
    _S.MENU: {"others are with the caller": _S.ROOM},
    _S.ROOM: {"nobody is with the caller": _S.MENU},
    _S.TALKING: {"back at a held caller": _S.HELD},
    _S.CALLER_GONE: {"nobody is left": _S.ENDED},
}
"""Where a call does not stay: what the legs show moves it on at once (the questions are in `call.py`)."""
