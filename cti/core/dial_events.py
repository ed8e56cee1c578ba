"""What has happened to a number that an agent had dialled, until it was answered or not."""

from __future__ import annotations

from dataclasses import dataclass

from cti.core.events import AgentEvent
from cti.core.ids import DialId


@dataclass(frozen=True, slots=True, kw_only=True)
class DialEvent(AgentEvent):
    """`case_id` and `callback_id` tell from where it was dialled; a case or a missed call, if any."""

    dial: DialId
    case_id: str = ""
    callback_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DialAsked(DialEvent):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class DialAllowed(DialEvent):
    """The gate let the number pass; the agent's own phone is rung."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DialRang(DialEvent):
    """The agent's phone is there, and the number is being called. `call` is the call that an answer will make."""

    call: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DialAnswered(DialEvent):
    call: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DialNotReached(DialEvent):
    """`reason` is busy, refused, unanswered, dead, cancelled, no_desk, not_allowed or not_tried."""

    reason: str
    call: str = ""


DIAL_EVENTS: tuple[type[DialEvent], ...] = (DialAsked, DialAllowed, DialRang, DialAnswered, DialNotReached)
