"""What is done to the parties of a call and to where its caller goes next."""

from __future__ import annotations

from dataclasses import dataclass

from cti.core.commands import Command
from cti.core.ids import AgentId, CallId, Channel, DialId, QueueName


@dataclass(frozen=True, slots=True, kw_only=True)
class AskThird(Command):
    """Music with an explanation for the caller while the phones of a directory entry ring one after another.

    `agent_channel` is given when the agent is not in the call's room yet: both go in one action. With a class,
    the specialist hears what this call is about, else what his entry is for.
    """

    call_id: CallId
    caller_channel: Channel
    agent_channel: Channel | None
    entry: str
    kind: str = ""
    class_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskColleague(Command):
    """The same with another agent's own phone, who may then take the call over."""

    call_id: CallId
    caller_channel: Channel
    agent_channel: Channel | None
    colleague: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class BringBack(Command):
    """Ring the phone of an agent whose browser was lost: he comes back into the room of his call."""

    call_id: CallId
    caller_channel: Channel
    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class StopAsking(Command):
    """No further phone rings; the caller goes back into the room."""

    call_id: CallId
    caller_channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldLeg(Command):
    """Music for one of the staff."""

    call_id: CallId
    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrieveLeg(Command):
    call_id: CallId
    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class SwapLegs(Command):
    """In one action one of the two comes into the room and the other one hears music."""

    call_id: CallId
    caller_channel: Channel
    leg_channel: Channel
    caller_comes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MuteLeg(Command):
    """In the room, but not heard by anybody there."""

    call_id: CallId
    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmuteLeg(Command):
    call_id: CallId
    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class DismissCaller(Command):
    """A good-bye, then the end of the call."""

    call_id: CallId
    caller_channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver(Command):
    """A colleague who was consulted becomes the call's agent; a caller on hold comes into the room with it."""

    call_id: CallId
    caller_channel: Channel | None
    leg_channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class SendToQueue(Command):
    """The same call waits again, before those who have no priority."""

    call_id: CallId
    caller_channel: Channel
    queue: QueueName


@dataclass(frozen=True, slots=True, kw_only=True)
class DialNumber(Command):
    """Click-to-call: the agent's own phone answers by itself, then the number is dialled through the gate."""

    agent: AgentId
    number: str
    dial: DialId
    case_id: str = ""
    callback_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendToAgent(Command):
    call_id: CallId
    caller_channel: Channel
    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class SendToEntry(Command):
    """Connect the caller with a specialist, a department line or another centre; the call stays ours."""

    call_id: CallId
    caller_channel: Channel
    kind: str
    entry: str
    case_id: str
    about_kind: str = ""
    class_code: str = ""
