"""Stretches of time that two tellers agree or disagree on; the rest is `storage.talk`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from time import monotonic

from storage.talk import Interval, seconds, union, without

__all__ = ["Interval", "both", "bridged", "clipped", "clock", "padded", "seconds", "union", "without"]


def clock(at: float) -> datetime:
    """What the clock on the wall said when the machine's monotonic one said `at`."""
    return datetime.now(UTC) - timedelta(seconds=monotonic() - at)


def both(one: Iterable[Interval], other: Iterable[Interval]) -> list[Interval]:
    """Where both are."""
    one = list(one)
    return without(one, without(one, other))


def bridged(intervals: Iterable[Interval], gap: float) -> list[Interval]:
    """Breaks of up to `gap` seconds are none."""
    pause = timedelta(seconds=gap)
    return [(begin, end - pause) for begin, end in union((begin, end + pause) for begin, end in intervals)]


def padded(intervals: Iterable[Interval], by: float) -> list[Interval]:
    """Longer by so many seconds at both ends."""
    more = timedelta(seconds=by)
    return union((begin - more, end + more) for begin, end in intervals)


def clipped(intervals: Iterable[Interval], begin: datetime, end: datetime) -> list[Interval]:
    return both(intervals, [(begin, end)])


def shown(intervals: Sequence[Interval]) -> str:
    """For a person who has to find out what went wrong."""
    return " ".join(f"{begin:%M:%S.%f}"[:-5] + "–" + f"{end:%M:%S.%f}"[:-5] for begin, end in intervals) or "never"
