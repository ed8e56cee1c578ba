"""Today's calls as the board counts them: how many were answered, and how many of those within 15 seconds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from agent_desktop.instants import CHINA
from agent_desktop.live_rows import LiveCall

QUICK = timedelta(seconds=15)


class Figures:
    """Fed with every call row; counts those that this process saw, from the start of China's day."""

    def __init__(self) -> None:
        self._day = ""
        self._shares: dict[str, Counter[str]] = {}
        self._sum: Counter[str] = Counter()

    def noticed(self, calls: Iterable[LiveCall]) -> None:
        for call in calls:
            self._take_day(call.arrived_at)
            share = _share(call)
            self._sum.subtract(self._shares.get(call.id, Counter()))
            self._sum.update(share)
            self._shares[call.id] = share

    def row(self) -> dict[str, int]:
        """`quick_queue` and `quick_arrival`: answered within 15 s of joining a queue, of arriving."""
        names = ("arrived", "queued", "answered", "quick_queue", "quick_arrival", "given_up")
        return {name: self._sum[name] for name in names}

    def _take_day(self, arrived_at: datetime | None) -> None:
        """A new day begins with its first call."""
        day = arrived_at.astimezone(CHINA).date().isoformat() if arrived_at else ""
        if day > self._day:
            self._day, self._shares, self._sum = day, {}, Counter()


def _share(call: LiveCall) -> Counter[str]:
    """What one call adds to the sums."""
    answered = call.answered_at is not None
    return Counter(
        arrived=1,
        queued=int(call.joined_at is not None),
        answered=int(answered),
        quick_queue=int(_within(call.joined_at, call.answered_at)),
        quick_arrival=int(_within(call.arrived_at, call.answered_at)),
        given_up=int(call.joined_at is not None and not answered and call.state == "ended"),
    )


def _within(start: datetime | None, end: datetime | None) -> bool:
    return start is not None and end is not None and end - start <= QUICK
