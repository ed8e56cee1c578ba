"""Asks Asterisk what is there, after each (re)connect, on the session that carries the events."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from cti.asterisk.connection import AmiConnection
from cti.asterisk.message import CALL_ID, ROLE, Message, shown
from cti.asterisk.names import agent_of, queue_of
from cti.asterisk.translate import CALLER_ROLES, HOLD_CONTEXT
from cti.core.ids import CallId, Channel, LegId
from cti.core.snapshot import LiveLeg, Member, Snapshot, Waiting

QUERIES = frozenset({"CoreShowChannels", "QueueStatus", "BridgeList"})
UNAVAILABLE = "5"


async def take(
    connection: AmiConnection, generation: int, now: Callable[[], datetime], put: Callable[[Snapshot], None]
) -> None:
    """Ask queues, bridges, then channels; `put` is called at the channels' own place in the event stream."""
    queues = await connection.ask({"Action": "QueueStatus"}, as_list=True)
    bridges = await connection.ask({"Action": "BridgeList"}, as_list=True)

    def complete(channels: list[Message]) -> None:
        put(read(generation, now(), queues, bridges, channels))

    await connection.ask({"Action": "CoreShowChannels"}, as_list=True, on_complete=complete)


def read(
    generation: int,
    at: datetime,
    queues: Iterable[Message],
    bridges: Iterable[Message],
    channels: Iterable[Message],
) -> Snapshot:
    """The three answers as one snapshot."""
    queues = list(queues)
    return Snapshot(
        generation=generation,
        at=at,
        legs=tuple(_leg(m, at) for m in channels if m.get("Event") == "CoreShowChannel" and m.get(CALL_ID)),
        members=tuple(_member(m) for m in queues if m.get("Event") == "QueueMember"),
        waiting=tuple(_waiting(m, at) for m in queues if m.get("Event") == "QueueEntry"),
        rooms=frozenset(CallId(m.get("BridgeName", "")) for m in bridges if m.get("BridgeCreator") == "ConfBridge"),
    )


def _leg(message: Message, at: datetime) -> LiveLeg:
    return LiveLeg(
        call_id=CallId(message[CALL_ID]),
        leg=LegId(message.get("Uniqueid", "")),
        channel=Channel(message.get("Channel", "")),
        agent=agent_of(message.get("Channel", "")),
        is_caller=message.get(ROLE) in CALLER_ROLES,
        is_up=message.get("ChannelStateDesc") == "Up",
        is_held=message.get("Context") == HOLD_CONTEXT,
        bridge=message.get("BridgeId", ""),
        number=shown(message.get("CallerIDNum")),
        name=shown(message.get("CallerIDName")),
        since=at - _duration(message.get("Duration", "")),
    )


def _member(message: Message) -> Member:
    return Member(
        agent=agent_of(message.get("Location") or message.get("StateInterface", "")),
        queue=queue_of(message.get("Queue", "")),
        paused=message.get("Paused") == "1",
        reason=message.get("PausedReason", ""),
        reachable=message.get("Status") != UNAVAILABLE,
    )


def _waiting(message: Message, at: datetime) -> Waiting:
    wait = message.get("Wait", "0")
    position = message.get("Position", "0")
    return Waiting(
        leg=LegId(message.get("Uniqueid", "")),
        queue=queue_of(message.get("Queue", "")),
        position=int(position) if position.isdigit() else 0,
        joined_at=at - timedelta(seconds=int(wait) if wait.isdigit() else 0),
    )


def _duration(text: str) -> timedelta:
    """`HH:MM:SS` of CoreShowChannel."""
    parts = text.split(":")
    if len(parts) != 3 or not all(part.isdigit() for part in parts):
        return timedelta()
    hours, minutes, seconds = (int(part) for part in parts)
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)
