"""What an agent is: the states, and what is known of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cti.core.dialling import Dial
from cti.core.ids import AgentId, CallId, LegId, QueueName
from cti.core.skills import OVERFLOW

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
class Message:
    """What a supervisor last wrote to an agent."""

    by: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """One agent; `line_up` tells whether the phone is registered, whatever the state."""

    id: AgentId
    state: AgentState = AgentState.OFFLINE
    reason: str = ""
    since: datetime | None = None
    queues: tuple[QueueName, ...] = ()
    penalties: tuple[int, ...] = ()
    """Beside `queues`; from `OVERFLOW` on the queue is not the agent's own."""
    line_up: bool = False
    call_id: CallId | None = None
    leg: LegId | None = None
    wrap_up_until: datetime | None = None
    extensions_left: int = 0
    pause_asked: str = ""
    """The reason of a pause that begins once the call and its wrap-up are over."""
    hand_raised_at: datetime | None = None
    message: Message | None = None
    supervised_by: tuple[AgentId, ...] = ()
    """Supervisors who are on the agent's call now."""
    lost: bool = False
    """The dialplan says that the caller comes back because this agent's line was lost."""
    back_to: AgentState = AgentState.READY
    """Where an unanswered ring leads back to."""
    dial: Dial | None = None
    """The number that was dialled last, and what became of it."""

    def penalty_in(self, queue: QueueName) -> int:
        known = dict(zip(self.queues, self.penalties, strict=False))
        return known.get(queue, 0)

    @property
    def own_queues(self) -> tuple[QueueName, ...]:
        return tuple(queue for queue in self.queues if self.penalty_in(queue) < OVERFLOW)
