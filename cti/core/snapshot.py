"""What is there now, as the switch tells it when asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cti.core.ids import AgentId, CallId, Channel, LegId, QueueName


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveLeg:
    """One channel of a call."""

    call_id: CallId
    leg: LegId
    channel: Channel
    agent: AgentId
    is_caller: bool
    is_up: bool
    is_held: bool
    bridge: str
    number: str
    name: str
    since: datetime
    role: str = ""
    in_room: bool = False
    muted: bool = False
    spies: AgentId = AgentId("")
    """Whose leg this one listens to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One agent in one queue; `reason` carries the agent's state over a restart of cti."""

    agent: AgentId
    queue: QueueName
    paused: bool
    reason: str
    reachable: bool
    penalty: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """`queue` is empty for a caller who waits for one agent alone: it is the one that the call is in."""

    leg: LegId
    queue: QueueName
    position: int
    joined_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    generation: int
    at: datetime
    legs: tuple[LiveLeg, ...]
    members: tuple[Member, ...]
    waiting: tuple[Waiting, ...]
    rooms: frozenset[CallId]
    """Calls that have a room of their own."""
    routines: frozenset[CallId] = frozenset()
    """Calls for which the dialplan is still trying to reach somebody."""
