"""Where Asterisk itself writes each header: what a caller's text adds to a block is none of it, nor a block of its own.

Numbers, names and what was dialled reach some blocks as they were sent: a line end in one begins a header, an empty
line a block. But Asterisk cuts each such text after 79 bytes, and what it writes around them is longer than that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from cti.asterisk.message import header

FRONT = ("Channel", "ChannelState", "ChannelStateDesc", "CallerIDNum")
"""How a channel begins; with `Event` and `Privilege` before it no text is long enough to begin an event."""
TEXTS = ("CallerIDName", "ConnectedLineNum", "ConnectedLineName", "Language", "AccountCode", "Context", "Exten")
BEHIND = ("Priority", "Uniqueid", "Linkedid")
VARIABLES = ("ChanVariable(HOTLINE_CALL_ID)", "ChanVariable(HOTLINE_ROLE)")
"""`channelvars` of manager.conf. With those before them they are 92 bytes: where they stand, the texts are over."""
LAST_WINS = "Context"
"""Only what was dialled stands behind it; of the others a number does, and a text's own first line is its own."""
ROW_TAIL = ("Application", "ApplicationData")
ROW_END = ("Duration", "BridgeId")
ROW_ENDS = {"QueueEntry": ("Wait", "Priority", "ActionID"), "QueueMember": ("ActionID",), "QueueParams": ("ActionID",)}
"""Rows whose list is named last; a text may stand anywhere before."""
ROWS = frozenset({"CoreShowChannel", "ConfbridgeList", "BridgeListItem", *ROW_ENDS})
PREFIXES: dict[str, tuple[str, ...]] = dict.fromkeys(("AgentCalled", "AgentConnect", "AgentRingNoAnswer"), ("", "Dest"))
PREFIXES |= dict.fromkeys(("ChanSpyStart", "ChanSpyStop"), ("Spyer", "Spyee"))
PREFIXES |= dict.fromkeys(
    ("BridgeEnter", "BridgeLeave", "ConfbridgeJoin", "ConfbridgeMute", "ConfbridgeUnmute", "DTMFEnd", "Hangup",
     "HangupRequest", "Hold", "MixMonitorStart", "MusicOnHoldStart", "QueueCallerAbandon", "QueueCallerJoin",
     "QueueCallerLeave", "SoftHangupRequest", "Unhold", "UserEvent"), ("",))  # fmt: skip
"""The channels that each event tells of, in their order."""
OPENING = ("Event", "Privilege", "Timestamp", "SystemName")
PLAIN = {
    "ContactStatus": ("URI", "ContactStatus", "AOR", "EndpointName", "RoundtripUsec"),
    "FullyBooted": ("Uptime", "LastReload", "Status"),
    "Shutdown": ("Shutdown", "Restart"),
}
"""Events of no channel: short, so each is known by all of its names."""
GREETING = (*OPENING[:2], *PLAIN["FullyBooted"])
BOOTS = (sorted(GREETING), sorted((*OPENING, *PLAIN["FullyBooted"])))
"""It is told in another order to whoever was there before Asterisk was."""
BOOTED = {"Privilege": "system,all", "Status": "Fully Booted"}
"""What a new session is told at its log-in, alone: without a stamp. With these words it is longer than any text."""

Headers = list[tuple[str, str]]


class NoSuchBlock(ValueError):
    """No block of Asterisk's: a piece of one that a text has torn, or one that has lost its end that way."""


def headers_of(block: bytes) -> Headers:
    """Every line as name and value. Decoded as a whole, so no character is cut in two."""
    found = (header(line) for line in block.decode("utf-8", "replace").split("\r\n"))
    return [each for each in found if each is not None]


def read(block: bytes, is_ours: Callable[[str], bool] = bool) -> tuple[dict[str, str], list[str]]:
    """The headers that Asterisk wrote, and the names of what did not count. Raises NoSuchBlock.

    `is_ours` knows the ActionIDs that wait for an answer: nobody else does.
    """
    lines = headers_of(block)
    kind, first = lines[0] if lines else ("", "")
    if kind not in {"Event", "Response"}:
        raise NoSuchBlock(kind)
    event = first if kind == "Event" else ""
    if event in ROWS and not is_ours(_list_of(event, lines)):
        raise NoSuchBlock(f"{event} of no list")
    places = _places(event, tuple(name for name, _ in lines))
    if places is None:
        raise NoSuchBlock(event)
    headers: dict[str, str] = {}
    for place in places:
        headers.setdefault(*lines[place])
    if event == "FullyBooted" and not BOOTED.items() <= headers.items():
        raise NoSuchBlock(event)
    if not event:
        headers.pop("Event", None)
    return headers, sorted(_uncounted(lines, places)) if len(headers) < len(lines) else []


def _list_of(event: str, lines: Headers) -> str:
    name, value = lines[-1 if event in ROW_ENDS else 1 if len(lines) > 1 else 0]
    return value if name == "ActionID" else ""


def _uncounted(lines: Headers, places: Sequence[int]) -> set[str]:
    names = [name for name, _ in lines]
    return {name for place, name in enumerate(names) if place not in places or names.index(name) < place}


@lru_cache(maxsize=1024)
def _places(event: str, names: tuple[str, ...]) -> tuple[int, ...] | None:
    """Which lines count, those before others first; None for what Asterisk writes otherwise."""
    if event in PREFIXES:
        found = _channels(names, PREFIXES[event]) if names[1:2] == OPENING[1:2] else None
        return found and (*found, *range(found[-1] + 1, len(names)))
    if event == "CoreShowChannel":
        return _channel_row(names)
    if event == "ConfbridgeList":
        return _channels(names, ("",))
    if event == "QueueEntry":
        return _entry(names)
    if event in PLAIN:
        whole = (*OPENING, *PLAIN[event])
        known = names[: len(whole)] == whole or (event == "FullyBooted" and sorted(names) in BOOTS)
        return tuple(range(len(names))) if known and _once(names) else None
    return tuple(range(len(names)))


def _once(names: Sequence[str]) -> bool:
    return len(set(names)) == len(names)


def _channel_row(names: tuple[str, ...]) -> tuple[int, ...] | None:
    found = _channels(names, ("",))
    if found is None:
        return None
    after, end = found[-1] + 1, len(names) - len(ROW_END)
    if names[after : after + 2] != ROW_TAIL or names[max(end, after + 2) :] != ROW_END:
        return None
    return (*found, after, after + 1, end, end + 1)


def _entry(names: tuple[str, ...]) -> tuple[int, ...] | None:
    """A caller in a queue: his texts stand between a front and an end."""
    end = len(names) - 3
    if names[:6] != ("Event", "Queue", "Position", "Channel", "Uniqueid", "CallerIDNum"):
        return None
    if end < 6 or names[end:] != ROW_ENDS["QueueEntry"]:
        return None
    return (*range(6), *_texts(names, 6, end, ""), *range(end, end + 3))


def _channels(names: tuple[str, ...], prefixes: tuple[str, ...]) -> tuple[int, ...] | None:
    """Up to the end of the last channel. What stands before a channel, and behind its variables, is Asterisk's own."""
    places: list[int] = []
    after = 0
    for prefix in prefixes:
        texts = _after_front(names, prefix, after)
        ends = [] if texts is None else _ends(names, prefix, texts)
        if texts is None or len(ends) != 1:
            return None
        behind, end = ends[0]
        places += [*range(after, texts), *_texts(names, texts, behind, prefix), *range(behind, end)]
        after = end
    return tuple(places)


def _after_front(names: tuple[str, ...], prefix: str, start: int) -> int | None:
    front = tuple(prefix + name for name in FRONT)
    places = range(start, len(names) - len(front) + 1)
    return next((at + len(front) for at in places if names[at : at + len(front)] == front), None)


def _ends(names: tuple[str, ...], prefix: str, start: int) -> list[tuple[int, int]]:
    """Where a channel's last headers stand: from, to. A later Asterisk may write another one before the variables."""
    behind, variables = _prefixed(prefix, BEHIND), _prefixed(prefix, VARIABLES)
    own = {*_prefixed(prefix, FRONT), *_prefixed(prefix, TEXTS), *behind, *variables}
    found = []
    for at in range(start, len(names)):
        if names[at : at + 3] != behind:
            continue
        end = at + 3
        while end < len(names) and names[end] not in own:
            end += 1
        if names[end : end + 2] == variables:
            found.append((at, end + 2))
    return found


def _texts(names: tuple[str, ...], start: int, end: int, prefix: str) -> list[int]:
    """Of each text one line counts."""
    found = dict[str, int]()
    for place in range(start, end):
        name = names[place]
        if name == prefix + LAST_WINS or name not in found:
            found[name] = place
    return sorted(found[name] for name in _prefixed(prefix, TEXTS) if name in found)


def _prefixed(prefix: str, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(prefix + name for name in names)
