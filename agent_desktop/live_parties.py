"""The other parties of a call as cti's rows tell of them: legs, three-way, emergency, transfer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from agent_desktop import row_reading as read
from agent_desktop.instants import parse_iso


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveLeg:
    """One party of a call."""

    leg: str
    role: str
    party: str
    label: str
    state: str
    muted: bool
    held: bool
    in_room: bool
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveThreeWay:
    entry: str
    department: str
    state: str
    number_index: int
    numbers: int
    since: datetime | None
    reason: str
    solved: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRoute:
    """An emergency route that was tried in vain, and why."""

    route: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveEmergency:
    service: str
    state: str
    route: str
    tried: tuple[LiveRoute, ...]
    reached_at: datetime | None
    ended_by: str
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveTransfer:
    kind: str
    target: str
    state: str
    reason: str


def leg(value: object) -> LiveLeg:
    row = read.mapping(value)
    return LiveLeg(
        leg=read.text(row.get("leg")),
        role=read.text(row.get("role")),
        party=read.text(row.get("party")),
        label=read.text(row.get("label")),
        state=read.text(row.get("state")),
        muted=bool(row.get("muted")),
        held=bool(row.get("held")),
        in_room=bool(row.get("in_room")),
        since=parse_iso(row.get("since")),
    )


def three_way(row: Mapping[str, object]) -> LiveThreeWay:
    return LiveThreeWay(
        entry=read.text(row.get("entry")),
        department=read.text(row.get("department")),
        state=read.text(row.get("state")),
        number_index=read.number(row.get("number_index") or 0),
        numbers=read.count(row.get("numbers")),
        since=parse_iso(row.get("since")),
        reason=read.text(row.get("reason")),
        solved=read.flag(row.get("solved")),
    )


def emergency(row: Mapping[str, object]) -> LiveEmergency:
    return LiveEmergency(
        service=read.text(row.get("service")),
        state=read.text(row.get("state")),
        route=read.text(row.get("route")),
        tried=tuple(_route(each) for each in read.items(row.get("tried"))),
        reached_at=parse_iso(row.get("reached_at")),
        ended_by=read.text(row.get("ended_by")),
        since=parse_iso(row.get("since")),
    )


def _route(value: object) -> LiveRoute:
    row = read.mapping(value)
    return LiveRoute(route=read.text(row.get("route")), reason=read.text(row.get("reason")))


def transfer(row: Mapping[str, object]) -> LiveTransfer:
    return LiveTransfer(
        kind=read.text(row.get("kind")),
        target=read.text(row.get("target")),
        state=read.text(row.get("state")),
        reason=read.text(row.get("reason")),
    )
