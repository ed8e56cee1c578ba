"""Snapshots inside a recorded stream: the answers to CoreShowChannels and its like, where they stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cti.asterisk.message import CALL_ID, ROLE, Message, call_id_of
from cti.asterisk.recorded import ZERO
from cti.asterisk.snapshot import read
from cti.asterisk.translate import time_of
from cti.core.ids import LegId
from cti.core.snapshot import LiveLeg, Snapshot

CHANNELS = frozenset({"CoreShowChannel", "CoreShowChannelsComplete", "Status", "StatusComplete"})
LISTS = CHANNELS | {
    "QueueParams",
    "QueueMember",
    "QueueEntry",
    "QueueStatusComplete",
    "BridgeListItem",
    "BridgeListComplete",
    "ConfbridgeList",
    "ConfbridgeListComplete",
}
ONE_SNAPSHOT = timedelta(seconds=0.25)
"""Lists that lie no further apart belong together."""
DISCONNECTED, BOOTED = "__AMI_DISCONNECTED__", "FullyBooted"
JUST_STARTED = 60
"""Seconds of uptime at which FullyBooted means a new Asterisk, not a new AMI session of the old one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is there at `snapshot.at`; since `last` nothing was heard.

    `anew`: Asterisk had been started again. `lost`: the session was; with it, perhaps, Asterisk.
    """

    snapshot: Snapshot
    last: datetime
    anew: bool
    lost: bool


Step = Message | Seen


def steps(messages: list[Message]) -> list[Step]:
    """The stream with each group of lists replaced by the snapshot that they make, at the last one's place."""
    known = _known(messages)
    found: list[Step] = []
    lists: list[Message] = []
    last, booted, lost = ZERO, False, False
    for message in messages:
        at = time_of(message, ZERO)
        if lists and at - time_of(lists[-1], ZERO) > ONE_SNAPSHOT:
            found += _seen(lists, known, last, anew=booted, lost=lost)
            lists, booted, lost = [], False, False
        if message.get("Event") in LISTS:
            lists.append(message)
            continue
        if not lists:
            booted = booted or _is_boot(message)
            lost = message.get("Event") == DISCONNECTED or (lost and not call_id_of(message))
        if not lists and (not lost or message.get("Event") == DISCONNECTED) and _was_heard(message):
            last = at
        found.append(message)
    return [*found, *(_seen(lists, known, last, anew=booted, lost=lost) if lists else ())]


def _was_heard(message: Message) -> bool:
    """Not what we sent, nor the greeting of a new session. Up to the end of the old one, silence was silence."""
    name = message.get("Event", "")
    return name == DISCONNECTED or not (name.startswith("__") or name == BOOTED)


def _is_boot(message: Message) -> bool:
    uptime = message.get("Uptime", "")
    return message.get("Event") == BOOTED and uptime.isdecimal() and int(uptime) < JUST_STARTED


def _known(messages: Iterable[Message]) -> dict[str, dict[str, str]]:
    """Call id and role of each channel, for snapshots that do not repeat them."""
    known: dict[str, dict[str, str]] = {}
    for message in messages:
        if message.get("Uniqueid") and message.get(CALL_ID) and message.get(ROLE):
            known[message["Uniqueid"]] = {CALL_ID: call_id_of(message), ROLE: message[ROLE]}
    return known


def _seen(
    lists: list[Message], known: Mapping[str, dict[str, str]], last: datetime, *, anew: bool, lost: bool
) -> list[Seen]:
    """None when nobody asked for channels: the other lists alone do not say who is gone."""
    channels = [_full(each, known) for each in lists if each.get("Event") in CHANNELS]
    if not channels:
        return []
    at = time_of(channels[-1], ZERO)
    snapshot = read(0, at, lists, lists, channels, lists)
    unsaid = frozenset(each.get("Uniqueid", "") for each in channels if "BridgeId" not in each)
    legs = tuple(_unsaid(leg) if leg.leg in unsaid else leg for leg in snapshot.legs)
    return [Seen(snapshot=replace(snapshot, legs=legs), last=min(last, at), anew=anew, lost=lost)]


def _full(message: Message, known: Mapping[str, dict[str, str]]) -> dict[str, str]:
    filled = {"Event": "CoreShowChannel"} if message.get("Event") == "Status" else {}
    if "BridgeID" in message:  # Status writes it so
        filled["BridgeId"] = message["BridgeID"]
    given = {name: value for name, value in message.items() if value or name not in {CALL_ID, ROLE}}
    return known.get(message.get("Uniqueid", ""), {}) | given | filled


UNSAID = "?"


def _unsaid(leg: LiveLeg) -> LiveLeg:
    """A list without bridges does not say that a leg is in none."""
    return replace(leg, bridge=UNSAID)


def later_told(messages: Iterable[Message]) -> dict[LegId, datetime]:
    """When each channel was last heard of: what a snapshot misses and the stream still tells is not gone yet."""
    told: dict[LegId, datetime] = {}
    for message in messages:
        if message.get("Event") not in LISTS and message.get("Uniqueid"):
            told[LegId(message["Uniqueid"])] = time_of(message, ZERO)
    return told
