"""The table of how events move an agent."""

from __future__ import annotations

from dataclasses import replace

from cti.core import dialling
from cti.core.agent_changes import changed
from cti.core.agent_state import LOST_BROWSER, Agent, AgentState
from cti.core.call import UnexpectedEvent
from cti.core.commands import Command
from cti.core.dial_events import DialEvent
from cti.core.events import (
    AgentAnswered,
    AgentBecameReady,
    AgentDidNotAnswer,
    AgentEvent,
    AgentLeft,
    AgentLineDown,
    AgentLineUp,
    AgentLost,
    AgentPaused,
    AgentRang,
    AgentSignedOff,
    AgentSignedOn,
    AgentWrapUpStarted,
    CallEvent,
)
from cti.core.leg_events import SupervisionEnded, SupervisionStarted
from cti.core.presence_events import (
    AgentHandLowered,
    AgentHandRaised,
    AgentMessaged,
    AgentPauseAsked,
    AgentPauseWithdrawn,
    AgentWrapUpExtended,
)

__all__ = ["CONCERNED", "LOST_BROWSER", "TRANSITIONS", "Agent", "AgentState", "advance"]

EventType = type[AgentEvent] | type[CallEvent]
_S = AgentState
TRANSITIONS: dict[AgentState, dict[EventType, AgentState]] = {
    _S.OFFLINE: {AgentSignedOn: _S.PAUSED},
    _S.READY: {
        AgentBecameReady: _S.READY,
        AgentPaused: _S.PAUSED,
        AgentSignedOff: _S.OFFLINE,
        AgentRang: _S.RINGING,
        AgentAnswered: _S.TALKING,
    },
    _S.RINGING: {
        AgentPauseAsked: _S.RINGING,
        AgentPauseWithdrawn: _S.RINGING,
        AgentRang: _S.RINGING,
        AgentDidNotAnswer: _S.READY,
        AgentAnswered: _S.TALKING,
        AgentLeft: _S.WRAP_UP,
        AgentSignedOff: _S.OFFLINE,
    },
    _S.TALKING: {
        AgentPauseAsked: _S.TALKING,
        AgentPauseWithdrawn: _S.TALKING,
        AgentLost: _S.TALKING,
        AgentLeft: _S.WRAP_UP,
    },
    _S.WRAP_UP: {
        AgentWrapUpStarted: _S.WRAP_UP,
        AgentWrapUpExtended: _S.WRAP_UP,
        AgentLost: _S.READY,
        AgentBecameReady: _S.READY,
        AgentPaused: _S.PAUSED,
        AgentSignedOff: _S.OFFLINE,
        AgentRang: _S.RINGING,
        AgentAnswered: _S.TALKING,
    },
    _S.PAUSED: {
        AgentBecameReady: _S.READY,
        AgentPaused: _S.PAUSED,
        AgentWrapUpStarted: _S.WRAP_UP,
        AgentSignedOff: _S.OFFLINE,
        AgentRang: _S.RINGING,
        AgentAnswered: _S.TALKING,
    },
}
"""Rings out of wrap-up or pause are races with the queue: the caller was already on the way."""
WHILE_SIGNED_ON: tuple[EventType, ...] = (
    AgentSignedOn,
    AgentHandRaised,
    AgentHandLowered,
    AgentMessaged,
    SupervisionStarted,
    SupervisionEnded,
)
"""These change no state: signing on again is a reloaded page."""
for _state, _row in TRANSITIONS.items():
    if _state is not _S.OFFLINE:
        _row.update(dict.fromkeys(WHILE_SIGNED_ON, _state))

CONCERNED = frozenset(kind for row in TRANSITIONS.values() for kind in row)
"""Events that mean something to an agent; others merely name one."""


def advance(agent: Agent, event: AgentEvent | CallEvent) -> tuple[Agent, list[Command]]:
    """The agent after `event`, and what must now be done. Raises UnexpectedEvent, changing nothing."""
    if isinstance(event, AgentLineUp | AgentLineDown):
        return replace(agent, line_up=isinstance(event, AgentLineUp)), []
    if isinstance(event, DialEvent):
        return replace(agent, dial=dialling.advance(agent.dial, event)), []
    if isinstance(event, AgentDidNotAnswer | AgentLeft) and event.leg != agent.leg:
        raise UnexpectedEvent(f"{type(event).__name__} of another leg while {agent.state}")
    try:
        state = TRANSITIONS[agent.state][type(event)]
    except KeyError:
        raise UnexpectedEvent(f"{type(event).__name__} while {agent.state}") from None
    since = agent.since if state is agent.state and not isinstance(event, AgentPaused) else event.at
    return changed(replace(agent, state=state, since=since), agent, event)
