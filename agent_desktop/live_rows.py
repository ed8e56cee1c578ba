"""The rows of cti's state as this process reads them: what is missing in a row has its quiet value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from agent_desktop import live_parties as parties
from agent_desktop import row_reading as read
from agent_desktop.instants import parse_iso
from agent_desktop.live_parties import LiveEmergency, LiveLeg, LiveThreeWay, LiveTransfer


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveMessage:
    """What a supervisor wrote to an agent."""

    sender: str
    text: str
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveDial:
    """The number that an agent dialled last, and what became of it."""

    id: str
    state: str
    since: datetime | None
    reason: str
    case_id: str
    callback_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveAgent:
    id: str
    state: str
    reason: str
    since: datetime | None
    queues: tuple[str, ...]
    line: str
    call_id: str
    wrap_up_until: datetime | None
    pause_asked: str
    hand_raised_at: datetime | None
    supervised_by: tuple[str, ...]
    wrap_up_extensions_left: int
    skills: tuple[str, ...]
    message: LiveMessage | None
    dial: LiveDial | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCall:
    id: str
    state: str
    number: str
    name: str
    dialled: str
    queue: str
    arrived_at: datetime | None
    joined_at: datetime | None
    answered_at: datetime | None
    agent: str
    ringing: tuple[str, ...]
    held_since: datetime | None
    recording: bool
    fallback: bool
    legs: tuple[LiveLeg, ...]
    threeway: LiveThreeWay | None
    emergency: LiveEmergency | None
    transfer: LiveTransfer | None
    recording_paused: bool
    caller_gone: bool
    case_id: str

    def has_party(self, party: str) -> bool:
        """Whether this third party's phone rings or talks here."""
        return any(leg.party == party and leg.state != "gone" for leg in self.legs)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveQueue:
    name: str
    waiting: int
    longest_joined_at: datetime | None
    ready: int
    talking: int


def agent(id_: str, value: object) -> LiveAgent:
    row = read.mapping(value)
    return LiveAgent(
        id=id_,
        state=read.text(row.get("state")) or "offline",
        reason=read.text(row.get("reason")),
        since=parse_iso(row.get("since")),
        queues=read.texts(row.get("queues")),
        line=read.text(row.get("line")) or "down",
        call_id=read.text(row.get("call_id")),
        wrap_up_until=parse_iso(row.get("wrap_up_until")),
        pause_asked=read.text(row.get("pause_asked")),
        hand_raised_at=parse_iso(row.get("hand_raised_at")),
        supervised_by=read.texts(row.get("supervised_by")),
        wrap_up_extensions_left=read.number(row.get("wrap_up_extensions_left") or 0),
        skills=_skills(row.get("skills")),
        message=read.one(row.get("message"), _message),
        dial=read.one(row.get("dial"), _dial),
    )


def call(id_: str, value: object) -> LiveCall:
    row = read.mapping(value)
    return LiveCall(
        id=id_,
        state=read.text(row.get("state")),
        number=read.text(row.get("number")),
        name=read.text(row.get("name")),
        dialled=read.text(row.get("dialled")),
        queue=read.text(row.get("queue")),
        arrived_at=parse_iso(row.get("arrived_at")),
        joined_at=parse_iso(row.get("joined_at")),
        answered_at=parse_iso(row.get("answered_at")),
        agent=read.text(row.get("agent")),
        ringing=read.texts(row.get("ringing")),
        held_since=parse_iso(row.get("held_since")),
        recording=bool(row.get("recording")),
        fallback=bool(row.get("fallback")),
        legs=tuple(parties.leg(each) for each in read.items(row.get("legs"))),
        threeway=read.one(row.get("threeway"), parties.three_way),
        emergency=read.one(row.get("emergency"), parties.emergency),
        transfer=read.one(row.get("transfer"), parties.transfer),
        recording_paused=bool(row.get("recording_paused")),
        caller_gone=bool(row.get("caller_gone")),
        case_id=read.text(row.get("case_id")),
    )


def queue(id_: str, value: object) -> LiveQueue:
    row = read.mapping(value)
    return LiveQueue(
        name=id_,
        waiting=read.number(row.get("waiting", 0)),
        longest_joined_at=parse_iso(row.get("longest_joined_at")),
        ready=read.number(row.get("ready", 0)),
        talking=read.number(row.get("talking", 0)),
    )


def health(id_: str, value: object) -> str:
    return read.text(value)


def _message(row: Mapping[str, object]) -> LiveMessage:
    return LiveMessage(sender=read.text(row.get("from")), text=read.text(row.get("text")), at=parse_iso(row.get("at")))


def _dial(row: Mapping[str, object]) -> LiveDial:
    return LiveDial(
        id=read.text(row.get("id")),
        state=read.text(row.get("state")),
        since=parse_iso(row.get("since")),
        reason=read.text(row.get("reason")),
        case_id=read.text(row.get("case_id")),
        callback_id=read.text(row.get("callback_id")),
    )


def _skills(value: object) -> tuple[str, ...]:
    """A list of names, or names with their levels."""
    return tuple(str(name) for name in value) if isinstance(value, dict) else read.texts(value)
