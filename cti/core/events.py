"""What has happened to calls and agents: the words of the journal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cti.core.ids import AgentId, CallId, Channel, LegId, QueueName


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvent:
    """Something that happened to one call at an aware UTC time."""

    call_id: CallId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CallArrived(CallEvent):
    """A caller's leg entered the house; `diverted_from` is the old number that was dialled, if any.

    `case_id` is the case that a desk called somebody back about.
    """

    caller_channel: Channel
    caller_leg: LegId
    number: str
    name: str
    dialled: str
    diverted_from: str
    trunk: str
    case_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuKeyPressed(CallEvent):
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FallbackTaken(CallEvent):
    """The native dialplan led the caller because ivr did not; `reason` is beat or agi."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerJoinedQueue(CallEvent):
    queue: QueueName
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerLeftQueue(CallEvent):
    queue: QueueName


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerAbandoned(CallEvent):
    """Hung up while waiting; seconds counted from joining, never taken from AMI's HoldTime."""

    queue: QueueName
    waited_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRang(CallEvent):
    agent: AgentId
    leg: LegId
    channel: Channel
    queue: QueueName


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentDidNotAnswer(CallEvent):
    """`missed`: the desk rang for as long as it may, or turned the call down; else the caller or a fault ended it."""

    agent: AgentId
    leg: LegId
    missed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentAnswered(CallEvent):
    agent: AgentId
    leg: LegId
    channel: Channel
    queue: QueueName
    waited_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerHeld(CallEvent):
    """The caller hears music; `by` says how: redirect (our hold) or phone (the phone's own SIP hold)."""

    by: str = "redirect"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerRetrieved(CallEvent):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLeft(CallEvent):
    """An agent's leg ended; `cause` is Q.850 (16 normal, 44 taken away because its browser was lost)."""

    agent: AgentId
    leg: LegId
    cause: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLost(CallEvent):
    """The dialplan took the way of a lost agent: the caller hears so and goes to the head of the queue."""

    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingStarted(CallEvent):
    """`path` is relative to the folder of raw recordings."""

    leg: LegId
    role: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingClosed(CallEvent):
    leg: LegId
    role: str
    uri: str
    sha256: str
    bytes: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerHungUp(CallEvent):
    cause: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallCut(CallEvent):
    """Found missing when Asterisk was asked again: nobody hung up, the node lost it."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentEvent:
    """Something that happened to one agent outside any call."""

    agent: AgentId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSignedOn(AgentEvent):
    """`penalties` stand beside `queues`: who has a lower one is asked first; none is 0 for all."""

    queues: tuple[QueueName, ...]
    penalties: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentBecameReady(AgentEvent):
    """`by` is the supervisor who made it so, here and below; empty: the agent, or the clock."""

    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentPaused(AgentEvent):
    reason: str
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentWrapUpStarted(AgentEvent):
    """`extensions` is how often the agent may make it longer."""

    seconds: int
    extensions: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSignedOff(AgentEvent):
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLineUp(AgentEvent):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLineDown(AgentEvent):
    pass


# Not `__subclasses__()`: that also names the classes that `slots=True` has replaced.
_KINDS = [kind for kind in list(globals().values()) if isinstance(kind, type)]
CALL_EVENTS: tuple[type[CallEvent], ...] = tuple(
    kind for kind in _KINDS if issubclass(kind, CallEvent) and kind is not CallEvent
)
AGENT_EVENTS: tuple[type[AgentEvent], ...] = tuple(
    kind for kind in _KINDS if issubclass(kind, AgentEvent) and kind is not AgentEvent
)
