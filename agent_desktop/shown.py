"""What a window is shown: the shapes inside the frames, masked and named on the server."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from agent_desktop.assistance import AssistanceView
from agent_desktop.live_parties import LiveEmergency, LiveLeg, LiveThreeWay
from agent_desktop.live_rows import LiveDial


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageView:
    """A supervisor's words to this agent."""

    sender: str
    text: str
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisingView:
    """Whom this supervisor is listening to now."""

    agent: str
    agent_name: str
    call_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentView:
    id: str
    name: str
    state: str
    reason: str
    reason_name: str
    since: datetime | None
    queues: tuple[str, ...]
    line: str
    call_id: str
    wrap_up_until: datetime | None
    wrap_up_extensions_left: int
    pause_asked: str
    hand_raised_at: datetime | None
    supervised_by: tuple[str, ...]
    message: MessageView | None
    supervising: SupervisingView | None
    left_call_id: str
    """A call that goes on without an agent and to which this one may come back."""
    dial: LiveDial | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferView:
    kind: str
    target: str
    target_name: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallView:
    id: str
    state: str
    queue: str
    queue_name: str
    arrived_at: datetime | None
    joined_at: datetime | None
    answered_at: datetime | None
    held_since: datetime | None
    recording: bool
    recording_paused: bool
    fallback: bool
    caller_gone: bool
    number_masked: str
    name: str
    legs: tuple[LiveLeg, ...]
    threeway: LiveThreeWay | None
    emergency: LiveEmergency | None
    transfer: TransferView | None
    case_id: str
    """The case that somebody was called back about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    case_id: str
    number: str
    title: str
    kind: str
    status: str
    status_name: str
    created_at: datetime
    due_at: datetime | None
    department: str
    assistance: tuple[AssistanceView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CardView:
    call_id: str
    number_masked: str
    name: str
    repeat_30d: int
    open_cases: tuple[CaseView, ...]
    history: tuple[CaseView, ...]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueView:
    id: str
    name: str
    waiting: int
    longest_joined_at: datetime | None
    ready: int
    talking: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemView:
    cti: str
    database: str
    test_mode: bool
    server_time: datetime
    release: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    csrf: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatView:
    """One agent on the supervisors' board."""

    id: str
    name: str
    state: str
    reason: str
    since: datetime | None
    line: str
    desk: bool
    queues: tuple[str, ...]
    call_id: str
    pause_asked: str
    hand_raised_at: datetime | None
    supervised_by: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardCallView:
    """One call on the supervisors' board: no clear number leaves the server."""

    id: str
    state: str
    agent: str
    queue: str
    queue_name: str
    number_masked: str
    arrived_at: datetime | None
    joined_at: datetime | None
    answered_at: datetime | None
    third: str
    emergency: str
    emergency_state: str
    caller_gone: bool
