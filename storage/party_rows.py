"""Rows of the tables about a call's parties, each in the order of its table's columns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OfCall:
    """The call that a row belongs to."""

    centre_id: str
    created_month: date
    call_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LegRow(OfCall):
    leg: str
    role: str
    party: str | None = None
    label: str | None = None
    channel: str | None = None
    from_at: datetime | None = None
    answered_at: datetime | None = None
    to_at: datetime | None = None
    cause: int | None = None
    not_reached: str | None = None
    talk_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentRow(OfCall):
    """From when to when a leg was in a bridge or room (`bridge`), muted there, or on hold."""

    place: int
    leg: str
    role: str
    kind: str
    bridge: str | None = None
    from_at: datetime
    to_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreeWayRow(OfCall):
    place: int
    entry: str
    department: str | None = None
    asked_by: str | None = None
    asked_at: datetime | None = None
    leg: str | None = None
    answered_at: datetime | None = None
    accepted_at: datetime | None = None
    merged_at: datetime | None = None
    ended_at: datetime | None = None
    talked_s: float = 0.0
    outcome: str | None = None
    solved: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyRow(OfCall):
    """`tried` is JSON text: a list of {"route", "at", "reason"}."""

    place: int
    service: str
    trigger: str
    pressed_by: str | None = None
    pressed_at: datetime
    reached_at: datetime | None = None
    route: str | None = None
    leg: str | None = None
    tried: str = "[]"
    outcome: str | None = None
    ended_at: datetime | None = None
    district: str | None = None
    summary_sealed: bytes | None = None
    summary_key: str | None = None
    location_sealed: bytes | None = None
    location_key: str | None = None
    ended_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRow(OfCall):
    place: int
    kind: str
    target: str
    asked_by: str | None = None
    warm: bool = False
    asked_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseRow(OfCall):
    place: int
    paused_by: str | None = None
    reason: str
    from_at: datetime
    to_at: datetime | None = None
    resumed_by: str | None = None
