"""What has happened to the other parties of a call: legs, bridges, three-way, emergency, transfer."""

from __future__ import annotations

from dataclasses import dataclass

from cti.core.events import CallEvent
from cti.core.ids import AgentId, Channel, LegId, QueueName


@dataclass(frozen=True, slots=True, kw_only=True)
class LegRang(CallEvent):
    """A third party's phone is being called.

    `role` is specialist, emergency, supervisor or centre; `party` is the directory entry, the service (110),
    the supervisor or the other centre; `label` is what a desk shows (a department, a route), never a number.
    """

    leg: LegId
    channel: Channel
    role: str
    party: str
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegAnswered(CallEvent):
    leg: LegId
    role: str
    party: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LegNotReached(CallEvent):
    """`reason` is busy, refused, unanswered, dead or cancelled."""

    leg: LegId
    role: str
    party: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LegLeft(CallEvent):
    """An answered leg of a third party ended; `cause` is Q.850."""

    leg: LegId
    role: str
    cause: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LegJoinedBridge(CallEvent):
    """From now on this leg hears and is heard by all who are in the same bridge or room."""

    leg: LegId
    role: str
    channel: Channel
    bridge: str
    room: bool = False
    """The call's own room, not the queue's bridge of two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegLeftBridge(CallEvent):
    leg: LegId
    role: str
    bridge: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LegMuted(CallEvent):
    """In the room, but not heard."""

    leg: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class LegUnmuted(CallEvent):
    leg: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class LegHeld(CallEvent):
    """This leg hears music or nothing and is not heard: put aside by us, or held by its own phone."""

    leg: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class LegRetrieved(CallEvent):
    leg: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class LegHungUp(CallEvent):
    """The phone of this leg itself ended it; a leg that ends without was ended by Asterisk."""

    leg: LegId
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LegFellSilent(CallEvent):
    """The leg was given up because no sound came from it any more, or its page was gone: since `silent_s` seconds."""

    leg: LegId
    silent_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialistAsked(CallEvent):
    """A desk asked for a policy specialist: a fact of the case. `numbers` is how many will be tried in order.

    `kind` and `class_code` are what he is told that the call is about; `summary` is the agent's own text: personal.
    """

    entry: str
    department: str
    agent: AgentId
    numbers: int
    kind: str = ""
    class_code: str = ""
    summary: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialistAccepted(CallEvent):
    """The specialist heard who asks and pressed 1 (or the centre needs no key)."""

    entry: str
    leg: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialistNotReached(CallEvent):
    """No number of the entry led to a specialist; `reason` is that of the last one, or cancelled."""

    entry: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreeWayMerged(CallEvent):
    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialistSolved(CallEvent):
    """What the agent said of it afterwards."""

    entry: str
    agent: AgentId
    solved: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyPressed(CallEvent):
    """`service` is 110, 119, 120 or 122; `trigger` is desk, second_call, dtmf or menu."""

    service: str
    trigger: str
    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyDescribed(CallEvent):
    """What the desk sent along with its press: where it is, and what about. Both are personal."""

    service: str
    agent: AgentId
    district: str
    summary: str
    location: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyRouteTried(CallEvent):
    service: str
    route: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyRouteFailed(CallEvent):
    """`reason` is busy, refused, unanswered or dead."""

    service: str
    route: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyReached(CallEvent):
    """The operator answered. From here nobody but the operator ends that leg."""

    service: str
    route: str
    leg: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyFailed(CallEvent):
    """Every route was tried; one key tries again."""

    service: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyCancelled(CallEvent):
    """Escape while it rang, by the agent: never once the operator has answered."""

    service: str
    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferAsked(CallEvent):
    """`kind` is agent, queue, specialist, department or centre; cold, or warm after a consultation."""

    kind: str
    target: str
    agent: AgentId
    warm: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferDone(CallEvent):
    kind: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferFailed(CallEvent):
    """The caller goes to the head of the queue: nobody is dropped."""

    kind: str
    target: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisionStarted(CallEvent):
    """`mode` is listen, whisper, barge or take_over."""

    supervisor: AgentId
    agent: AgentId
    leg: LegId
    mode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisionEnded(CallEvent):
    supervisor: AgentId
    leg: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingPaused(CallEvent):
    """Silent in place on every file of the call; `reason` is the agent's."""

    agent: AgentId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingResumed(CallEvent):
    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerTransferredToQueue(CallEvent):
    """The same call, the same id: it waits again, at the place that the priority gives."""

    queue: QueueName
    priority: int


_KINDS = [kind for kind in list(globals().values()) if isinstance(kind, type)]
LEG_EVENTS: tuple[type[CallEvent], ...] = tuple(
    kind for kind in _KINDS if issubclass(kind, CallEvent) and kind is not CallEvent
)
