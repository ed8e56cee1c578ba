"""What has happened to agents besides calls: pauses asked for, wrap-up made longer, hands, messages."""

from __future__ import annotations

from dataclasses import dataclass

from cti.core.events import AgentEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentPauseAsked(AgentEvent):
    """During a call: the pause begins after the wrap-up. `by` is the supervisor who asked for it, if one did."""

    reason: str
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentPauseWithdrawn(AgentEvent):
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentWrapUpExtended(AgentEvent):
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentHandRaised(AgentEvent):
    """The agent asks for a supervisor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentHandLowered(AgentEvent):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentMessaged(AgentEvent):
    """A supervisor's words to one agent; they leave the core sealed only, for they may name a caller."""

    by: str
    text: str


PRESENCE_EVENTS: tuple[type[AgentEvent], ...] = (
    AgentPauseAsked,
    AgentPauseWithdrawn,
    AgentWrapUpExtended,
    AgentHandRaised,
    AgentHandLowered,
    AgentMessaged,
)
