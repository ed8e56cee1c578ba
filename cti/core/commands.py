"""What must now be done: imperative words that the engine carries out."""

from __future__ import annotations

from dataclasses import dataclass

from cti.core.ids import AgentId, CallId, Channel, LegId, QueueName


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowCallerCard(Command):
    call_id: CallId
    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class HideCallerCard(Command):
    call_id: CallId
    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseRecording(Command):
    call_id: CallId
    leg: LegId
    role: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StartWrapUp(Command):
    """Keep the next caller away from this agent until the wrap-up is over."""

    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class AddMember(Command):
    """Make the agent a member of a queue, paused: nothing rings before the agent says ready."""

    agent: AgentId
    queue: QueueName
    reason: str
    penalty: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveMember(Command):
    agent: AgentId
    queue: QueueName


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseMember(Command):
    """`reason` travels in the queue and carries the state over a restart of cti."""

    agent: AgentId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpauseMember(Command):
    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldCaller(Command):
    """`agent_channel` is given on the first hold: the agent then moves into the call's room."""

    call_id: CallId
    caller_channel: Channel
    agent_channel: Channel | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrieveCaller(Command):
    call_id: CallId
    caller_channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUpLeg(Command):
    """End one leg; cause 16 is on purpose, 44 means that its browser was lost."""

    call_id: CallId
    channel: Channel
    cause: int
