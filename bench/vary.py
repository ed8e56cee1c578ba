"""Variations of a recorded stream: what a network, a busy cti or a cut makes of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

Line = dict[str, Any]
Vary = Callable[[list[Line], random.Random], list[Line]]

LATE = 2.0
SWAPPED = 0.05
GAP = (1.0, 5.0)


def duplicates(lines: list[Line], dice: random.Random) -> list[Line]:
    """Every fifth message comes again: at once, or a while later."""
    kept = list(enumerate(lines))
    again = [
        (place + dice.choice([0, 0, dice.randint(1, 200)]) + 0.5, line) for place, line in kept if dice.random() < 0.2
    ]
    return [line for _, line in sorted([*kept, *again], key=lambda pair: pair[0])]


def late_batches(lines: list[Line], dice: random.Random) -> list[Line]:
    """Runs of messages are delivered up to two seconds after their stamps."""
    arrival: list[tuple[float, int, Line]] = []
    until, delay = 0.0, 0.0
    for place, line in enumerate(lines):
        if line["dt"] >= until:
            until, delay = line["dt"] + dice.uniform(0.05, 1.0), dice.choice([0.0, dice.uniform(0, LATE)])
        arrival.append((line["dt"] + delay, place, line))
    return [line for _, _, line in sorted(arrival, key=lambda each: each[:2])]


def swaps(lines: list[Line], dice: random.Random) -> list[Line]:
    """Messages of different channels within 50 ms change places, stamps and all."""
    swapped = [dict(line) for line in lines]
    for place in range(len(swapped) - 1):
        one, two = swapped[place], swapped[place + 1]
        near = abs(two["dt"] - one["dt"]) <= SWAPPED
        if near and one.get("Channel") != two.get("Channel") and dice.random() < 0.5:
            stamps = ({"t": one["t"], "dt": one["dt"]}, {"t": two["t"], "dt": two["dt"]})
            swapped[place], swapped[place + 1] = two | stamps[0], one | stamps[1]
    return swapped


def gap_then_snapshot(lines: list[Line], dice: random.Random) -> list[Line]:
    """Nothing is heard for one to five seconds; then the lists that a new session asks for."""
    start, end = unheard(lines, dice)
    before = [line for line in lines if line["dt"] < start]
    after = [line for line in lines if line["dt"] > end]
    shown = _lists([line for line in lines if line["dt"] <= end], end, lines[0]["t"] - lines[0]["dt"])
    return [*before, *shown, *after]


def unheard(lines: list[Line], dice: random.Random) -> tuple[float, float]:
    """From when to when nothing is heard."""
    last = max(line["dt"] for line in lines)
    start = dice.uniform(0.0, max(0.1, last - 0.5))
    return start, start + dice.uniform(*GAP)


VARIATIONS: dict[str, Vary] = {
    "duplicates": duplicates,
    "late": late_batches,
    "swaps": swaps,
    "gap": gap_then_snapshot,
}


@dataclass(slots=True)
class _Channel:
    line: Line
    since: float
    bridge: str = ""
    up: bool = False
    doing: tuple[str, str] = ("", "")


@dataclass(slots=True)
class _Switch:
    """What Asterisk would answer: kept from the whole stream, the missing part too."""

    channels: dict[str, _Channel] = field(default_factory=dict)
    rooms: dict[str, str] = field(default_factory=dict)
    muted: set[str] = field(default_factory=set)
    queued: dict[str, Line] = field(default_factory=dict)

    def hear(self, line: Line) -> None:
        event, leg = line["Event"], line.get("Uniqueid", "")
        if event in {"__AMI_DISCONNECTED__", "FullyBooted"}:
            self.__init__()  # type: ignore[misc]
        if not leg:
            return
        if event == "Hangup":
            self.channels.pop(leg, None)
            return
        if event == "Newchannel":
            self.channels[leg] = _Channel(line, line["dt"])
        self._moved(event, leg, line)

    def _moved(self, event: str, leg: str, line: Line) -> None:
        channel = self.channels.get(leg)
        if channel is None:
            return
        if line.get("ChanVariable") and "Context" in line:
            channel.line = line
        channel.up = channel.up or line.get("ChannelState") == "6"
        if event == "Newexten":
            channel.doing = (line["Application"], line["AppData"])
        elif event == "BridgeEnter":
            channel.bridge = line["BridgeUniqueid"]
            if line.get("BridgeCreator") == "ConfBridge":
                self.rooms[line["BridgeUniqueid"]] = line["BridgeName"]
        elif event == "BridgeLeave":
            channel.bridge = ""
            self.muted.discard(leg)
        elif event == "ConfbridgeMute":
            self.muted.add(leg)
        elif event == "ConfbridgeUnmute":
            self.muted.discard(leg)
        elif event == "QueueCallerJoin":
            self.queued[leg] = line
        elif event == "QueueCallerLeave":
            self.queued.pop(leg, None)


def _lists(heard: Iterable[Line], at: float, zero: float) -> list[Line]:
    switch = _Switch()
    for line in heard:
        switch.hear(line)
    stamp = {"t": zero + at, "dt": at}
    return [stamp | answer for answer in (*_queues(switch, at), *_rooms(switch), *_channels(switch, at))]


def _queues(switch: _Switch, at: float) -> list[Line]:
    entries = [
        {
            "Event": "QueueEntry",
            "Queue": line["Queue"],
            "Position": line["Position"],
            "Channel": line["Channel"],
            "Uniqueid": leg,
            "Wait": str(int(at - line["dt"])),
        }
        for leg, line in switch.queued.items()
        if leg in switch.channels
    ]
    return [*entries, {"Event": "QueueStatusComplete", "EventList": "Complete", "ListItems": str(len(entries))}]


def _rooms(switch: _Switch) -> list[Line]:
    bridges = {channel.bridge for channel in switch.channels.values() if channel.bridge}
    items: list[Line] = [
        {
            "Event": "BridgeListItem",
            "BridgeUniqueid": bridge,
            "BridgeCreator": "ConfBridge" if bridge in switch.rooms else "<unknown>",
            "BridgeName": switch.rooms.get(bridge, "<unknown>"),
        }
        for bridge in sorted(bridges)
    ]
    seats: list[Line] = [
        {
            "Event": "ConfbridgeList",
            "Conference": switch.rooms[channel.bridge],
            "Channel": channel.line["Channel"],
            "Uniqueid": leg,
            "Muted": "Yes" if leg in switch.muted else "No",
        }
        for leg, channel in switch.channels.items()
        if channel.bridge in switch.rooms
    ]
    return [*items, {"Event": "BridgeListComplete"}, *seats, {"Event": "ConfbridgeListComplete"}]


def _channels(switch: _Switch, at: float) -> list[Line]:
    shown = [_shown(leg, channel, at) for leg, channel in switch.channels.items()]
    return [*shown, {"Event": "CoreShowChannelsComplete", "EventList": "Complete", "ListItems": str(len(shown))}]


def _shown(leg: str, channel: _Channel, at: float) -> Line:
    minutes, seconds = divmod(int(at - channel.since), 60)
    kept = ("Channel", "Context", "Exten", "CallerIDNum", "CallerIDName", "ChanVariable", "Linkedid")
    return {
        "Event": "CoreShowChannel",
        **{name: channel.line[name] for name in kept if name in channel.line},
        "Uniqueid": leg,
        "ChannelState": "6" if channel.up else "5",
        "ChannelStateDesc": "Up" if channel.up else "Ringing",
        "Application": channel.doing[0],
        "ApplicationData": channel.doing[1],
        "BridgeId": channel.bridge,
        "Duration": f"00:{minutes:02}:{seconds:02}",
    }
