"""What an agent is to the queues, and the table of how events move it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from cti.core.call import UnexpectedEvent
from cti.core.commands import AddMember, Command, PauseMember, RemoveMember, StartWrapUp, UnpauseMember
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
from cti.core.ids import AgentId, CallId, LegId, QueueName

SIGNED_ON = "签入"
"""The pause reason between signing on and the first ready."""


LOST_BROWSER = 44
"""The cause with which we take away the leg of an agent whose browser is gone."""


class AgentState(StrEnum):
    OFFLINE = "offline"
    READY = "ready"
    RINGING = "ringing"
    TALKING = "talking"
    WRAP_UP = "wrap-up"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """One agent; `line` tells whether the browser is registered, whatever the state."""

    id: AgentId
    state: AgentState = AgentState.OFFLINE
    reason: str = ""
    since: datetime | None = None
    queues: tuple[QueueName, ...] = ()
    line_up: bool = False
    call_id: CallId | None = None
    leg: LegId | None = None
    wrap_up_until: datetime | None = None
    lost: bool = False
    """The dialplan says that the caller comes back because this agent's line was lost."""
    back_to: AgentState = AgentState.READY
    """Where an unanswered ring leads back to."""


EventType = type[AgentEvent] | type[CallEvent]
_S = AgentState
TRANSITIONS: dict[AgentState, dict[EventType, AgentState]] = {
    _S.OFFLINE: {AgentSignedOn: _S.PAUSED},
    _S.READY: {
        AgentSignedOn: _S.READY,
        AgentBecameReady: _S.READY,
        AgentPaused: _S.PAUSED,
        AgentSignedOff: _S.OFFLINE,
        AgentRang: _S.RINGING,
        AgentAnswered: _S.TALKING,
    },
    _S.RINGING: {
        AgentSignedOn: _S.RINGING,
        AgentRang: _S.RINGING,
        AgentDidNotAnswer: _S.READY,
        AgentAnswered: _S.TALKING,
        AgentLeft: _S.WRAP_UP,
        AgentSignedOff: _S.OFFLINE,
    },
    _S.TALKING: {AgentSignedOn: _S.TALKING, AgentLost: _S.TALKING, AgentLeft: _S.WRAP_UP},
    _S.WRAP_UP: {
        AgentSignedOn: _S.WRAP_UP,
        AgentWrapUpStarted: _S.WRAP_UP,
        AgentLost: _S.READY,
        AgentBecameReady: _S.READY,
        AgentPaused: _S.PAUSED,
        AgentSignedOff: _S.OFFLINE,
        AgentRang: _S.RINGING,
        AgentAnswered: _S.TALKING,
    },
    _S.PAUSED: {
        AgentSignedOn: _S.PAUSED,
        AgentBecameReady: _S.READY,
        AgentPaused: _S.PAUSED,
        AgentWrapUpStarted: _S.WRAP_UP,
        AgentSignedOff: _S.OFFLINE,
        AgentRang: _S.RINGING,
        AgentAnswered: _S.TALKING,
    },
}
"""Rings out of wrap-up or pause are races with the queue: the caller was already on the way."""


def advance(agent: Agent, event: AgentEvent | CallEvent) -> tuple[Agent, list[Command]]:
    """The agent after `event`, and what must now be done. Raises UnexpectedEvent, changing nothing."""
    if isinstance(event, AgentLineUp | AgentLineDown):
        return replace(agent, line_up=isinstance(event, AgentLineUp)), []
    if isinstance(event, AgentDidNotAnswer | AgentLeft) and event.leg != agent.leg:
        raise UnexpectedEvent(f"{type(event).__name__} of another leg while {agent.state}")
    try:
        state = TRANSITIONS[agent.state][type(event)]
    except KeyError:
        raise UnexpectedEvent(f"{type(event).__name__} while {agent.state}") from None
    since = agent.since if state is agent.state and not isinstance(event, AgentPaused) else event.at
    return _changed(replace(agent, state=state, since=since), agent, event)


def _changed(moved: Agent, before: Agent, event: AgentEvent | CallEvent) -> tuple[Agent, list[Command]]:
    match event:
        case AgentSignedOn():
            return _signed_on(moved, before, event)
        case AgentBecameReady():
            return _free(moved, ""), [UnpauseMember(agent=moved.id)]
        case AgentPaused(reason=reason):
            return _free(moved, reason), [PauseMember(agent=moved.id, reason=f"paused:{reason}")]
        case AgentWrapUpStarted(seconds=seconds):
            until = event.at + timedelta(seconds=seconds)
            pause = PauseMember(agent=moved.id, reason=f"wrap-up:{int(until.timestamp())}")
            return replace(moved, reason="", leg=None, wrap_up_until=until), [pause]
        case AgentSignedOff():
            removed: list[Command] = [RemoveMember(agent=moved.id, queue=queue) for queue in before.queues]
            return replace(_free(moved, ""), queues=()), removed
        case AgentRang():
            back = before.back_to if before.state is AgentState.RINGING else before.state
            return replace(moved, call_id=event.call_id, leg=event.leg, back_to=back), []
        case AgentAnswered():
            return replace(moved, call_id=event.call_id, leg=event.leg, wrap_up_until=None, lost=False), []
        case AgentDidNotAnswer():
            return replace(moved, state=before.back_to, call_id=None, leg=None), []
        case AgentLeft():
            return _left(moved, before, event)
        case AgentLost() if before.state is AgentState.TALKING:
            return replace(moved, lost=True), []
        case AgentLost():
            return _free(moved, ""), [UnpauseMember(agent=moved.id)]
        case _:
            return moved, []


def _signed_on(moved: Agent, before: Agent, event: AgentSignedOn) -> tuple[Agent, list[Command]]:
    """Signing on again (a reload) keeps the state and joins the queues that are new."""
    reason = before.reason if before.state is not AgentState.OFFLINE else SIGNED_ON
    joined: list[Command] = [
        AddMember(agent=moved.id, queue=queue, reason=f"paused:{reason}")
        for queue in event.queues
        if queue not in before.queues
    ]
    left: list[Command] = [
        RemoveMember(agent=moved.id, queue=queue) for queue in before.queues if queue not in event.queues
    ]
    if before.state is AgentState.READY and joined:
        joined.append(UnpauseMember(agent=moved.id))
    return replace(moved, queues=event.queues, reason=reason), joined + left


def _left(moved: Agent, before: Agent, event: AgentLeft) -> tuple[Agent, list[Command]]:
    """After a talk comes wrap-up; after a lost line the same caller, so the agent stays ready for him."""
    if before.lost or event.cause == LOST_BROWSER:
        return replace(_free(moved, ""), state=AgentState.READY), []
    return replace(moved, reason="", leg=None), [StartWrapUp(agent=moved.id)]


def _free(agent: Agent, reason: str) -> Agent:
    return replace(agent, reason=reason, call_id=None, leg=None, wrap_up_until=None, lost=False)
