"""Asks Asterisk what is there, after each (re)connect, on the session that carries the events."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta

from cti.asterisk.asked import AmiError
from cti.asterisk.connection import AmiConnection
from cti.asterisk.message import CALL_ID, ROLE, Message, shown
from cti.asterisk.names import agent_of, is_own_queue, queue_for, queue_of
from cti.asterisk.translate import CALLER_ROLES, HOLD_CONTEXT
from cti.asterisk.translate_legs import LOCAL, role_of
from cti.core.ids import CallId, Channel, LegId
from cti.core.snapshot import LiveLeg, Member, Snapshot, Waiting

QUERIES = frozenset({"CoreShowChannels", "QueueStatus", "BridgeList", "ConfbridgeList"})
UNAVAILABLE = "5"
HOLD_CONTEXTS = frozenset({HOLD_CONTEXT, "hl-hold-leg"})
"""Of a caller, and of any other leg that was put aside."""
_REACHES = "@hl-reach-"
"""In the name of every Local channel whose routine tries to reach somebody."""


async def take(
    connection: AmiConnection, generation: int, now: Callable[[], datetime], put: Callable[[Snapshot], None]
) -> None:
    """Ask queues, bridges, then channels; `put` is called at the channels' own place in the event stream.

    The snapshot is of the time before the channels were asked for: one born while they are told is not missing.
    """
    queues = await connection.ask({"Action": "QueueStatus"}, as_list=True)
    bridges = await connection.ask({"Action": "BridgeList"}, as_list=True)
    seats = [seat for room in _rooms(bridges) for seat in await _seats(connection, room)]
    asked_at = now()

    def complete(channels: list[Message]) -> None:
        put(read(generation, asked_at, queues, bridges, channels, seats))

    await connection.ask({"Action": "CoreShowChannels"}, as_list=True, on_complete=complete)


async def _seats(connection: AmiConnection, room: str) -> list[Message]:
    """Who is in a room, and muted or not. A room that has just closed is none."""
    try:
        return await connection.ask({"Action": "ConfbridgeList", "Conference": room}, as_list=True)
    except AmiError:
        return []


def _rooms(bridges: Iterable[Message]) -> list[str]:
    return [each.get("BridgeName", "") for each in bridges if each.get("BridgeCreator") == "ConfBridge"]


def read(
    generation: int,
    at: datetime,
    queues: Iterable[Message],
    bridges: Iterable[Message],
    channels: Iterable[Message],
    seats: Iterable[Message] = (),
) -> Snapshot:
    """The answers as one snapshot."""
    queues, bridges = list(queues), list(bridges)
    rooms = {each.get("BridgeUniqueid", "") for each in bridges if each.get("BridgeCreator") == "ConfBridge"}
    muted = {each.get("Uniqueid", "") for each in seats if each.get("Muted") == "Yes"}
    mine = [each for each in channels if each.get("Event") == "CoreShowChannel" and each.get(CALL_ID)]
    return Snapshot(
        generation=generation,
        at=at,
        legs=tuple(_leg(each, at, rooms, muted) for each in mine if not each.get("Channel", "").startswith(LOCAL)),
        members=tuple(_member(m) for m in queues if m.get("Event") == "QueueMember" and not _is_own(m)),
        waiting=tuple(_waiting(m, at) for m in queues if m.get("Event") == "QueueEntry"),
        rooms=frozenset(CallId(name) for name in _rooms(bridges)),
        routines=frozenset(CallId(each[CALL_ID]) for each in mine if _REACHES in each.get("Channel", "")),
    )


def _leg(message: Message, at: datetime, rooms: Collection[str], muted: Collection[str]) -> LiveLeg:
    return LiveLeg(
        call_id=CallId(message[CALL_ID]),
        leg=LegId(message.get("Uniqueid", "")),
        channel=Channel(message.get("Channel", "")),
        agent=agent_of(message.get("Channel", "")),
        is_caller=message.get(ROLE) in CALLER_ROLES,
        is_up=message.get("ChannelStateDesc") == "Up",
        is_held=message.get("Context") in HOLD_CONTEXTS,
        bridge=message.get("BridgeId", ""),
        number=shown(message.get("CallerIDNum")),
        name=shown(message.get("CallerIDName")),
        since=at - _duration(message.get("Duration", "")),
        role=role_of(message),
        in_room=message.get("BridgeId", "") in rooms,
        muted=message.get("Uniqueid", "") in muted,
        spies=agent_of(_spied(message)),
    )


def _is_own(message: Message) -> bool:
    """Each agent is in his own queue for ever: that says nothing of him."""
    return is_own_queue(message.get("Queue", ""))


def _spied(message: Message) -> str:
    """The channel that ChanSpy was given: a whole name, or what it begins with."""
    if message.get("Application") != "ChanSpy":
        return ""
    return message.get("ApplicationData", "").partition(",")[0]


def _member(message: Message) -> Member:
    penalty = message.get("Penalty", "")
    return Member(
        agent=agent_of(message.get("Location") or message.get("StateInterface", "")),
        queue=queue_of(message.get("Queue", "")),
        paused=message.get("Paused") == "1",
        reason=message.get("PausedReason", ""),
        reachable=message.get("Status") != UNAVAILABLE,
        penalty=int(penalty) if penalty.isascii() and penalty.isdigit() else 0,
    )


def _waiting(message: Message, at: datetime) -> Waiting:
    wait = message.get("Wait", "0")
    position = message.get("Position", "0")
    return Waiting(
        leg=LegId(message.get("Uniqueid", "")),
        queue=queue_for(message.get("Queue", ""), None),
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
