"""What an agent's journal tells beyond the state that the queues keep: pauses asked for, a hand, a message."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from cti.core import dialling
from cti.core.agent_state import Agent, Message
from cti.core.dial_events import DialEvent
from cti.core.dialling import Dial
from cti.core.events import AgentBecameReady, AgentEvent, AgentPaused, AgentSignedOff
from cti.core.presence_events import (
    AgentHandLowered,
    AgentHandRaised,
    AgentMessaged,
    AgentPauseAsked,
    AgentPauseWithdrawn,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    pause_asked: str = ""
    hand_raised_at: datetime | None = None
    message: Message | None = None
    dial: Dial | None = None


def marks_of(events: Iterable[AgentEvent]) -> Marks:
    """The marks after these events of one agent, oldest first."""
    marks = Marks()
    for event in events:
        marks = _after(marks, event)
    return marks


def marked(agent: Agent, marks: Marks) -> Agent:
    return replace(
        agent,
        pause_asked=marks.pause_asked,
        hand_raised_at=marks.hand_raised_at,
        message=marks.message,
        dial=agent.dial or marks.dial,
    )


def _after(marks: Marks, event: AgentEvent) -> Marks:
    match event:
        case AgentPauseAsked(reason=reason):
            return replace(marks, pause_asked=reason)
        case AgentSignedOff():
            return Marks(dial=marks.dial)
        case AgentPauseWithdrawn() | AgentPaused() | AgentBecameReady():
            return replace(marks, pause_asked="")
        case AgentHandRaised(at=at):
            return replace(marks, hand_raised_at=marks.hand_raised_at or at)
        case AgentHandLowered():
            return replace(marks, hand_raised_at=None)
        case AgentMessaged(by=by, text=text, at=at):
            return replace(marks, message=Message(by=by, text=text, at=at))
        case DialEvent():
            return replace(marks, dial=dialling.advance(marks.dial, event))
        case _:
            return marks
