"""Stretches of time: put together, cut out of one another, counted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from storage.party_rows import SegmentRow

Interval = tuple[datetime, datetime]


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """The same time, told once and in order."""
    told: list[Interval] = []
    for begun, ended in sorted(intervals):
        if told and begun <= told[-1][1]:
            told[-1] = (told[-1][0], max(ended, told[-1][1]))
        else:
            told.append((begun, ended))
    return told


def without(intervals: Iterable[Interval], taken: Iterable[Interval]) -> list[Interval]:
    """What is left of `intervals` outside of `taken`."""
    left = list(intervals)
    for begun, ended in taken:
        left = [
            piece
            for start, stop in left
            for piece in ((start, min(stop, begun)), (max(start, ended), stop))
            if piece[0] < piece[1]
        ]
    return left


def seconds(intervals: Iterable[Interval]) -> float:
    """Their length together, each moment once."""
    return round(sum((ended - begun).total_seconds() for begun, ended in union(intervals)), 3)


def spans(segments: Iterable[SegmentRow], now: datetime) -> list[Interval]:
    return [(each.from_at, each.to_at or now) for each in segments if each.from_at < (each.to_at or now)]
