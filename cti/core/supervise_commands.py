"""What a supervisor's wishes ask of the switch."""

from __future__ import annotations

from dataclasses import dataclass

from cti.core.commands import Command
from cti.core.ids import AgentId, CallId, Channel

LISTEN, WHISPER, BARGE, TAKE_OVER = "listen", "whisper", "barge", "take_over"
MODES = (LISTEN, WHISPER, BARGE)
"""Heard by nobody, by the agent alone, by all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachSupervisor(Command):
    """Ring the supervisor's own phone; answered, it is on the agent's call in this mode."""

    call_id: CallId
    caller_channel: Channel
    supervisor: AgentId
    agent: AgentId
    agent_channel: Channel
    mode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSupervision(Command):
    """Another mode for a supervisor who is on the call already."""

    call_id: CallId
    channel: Channel
    mode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOver(Command):
    """The supervisor becomes the caller's agent, the agent is released."""

    call_id: CallId
    channel: Channel
