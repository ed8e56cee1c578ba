"""What has become of today's callers, queue by queue: offered, answered, in time, given up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from typing import Any

from cti.board_parties import iso
from cti.core.call import Call
from cti.core.events import AgentAnswered, CallerAbandoned, CallerJoinedQueue, CallEvent
from cti.core.ids import CallId, QueueName

IN_TIME = timedelta(seconds=15)
"""GB/T 33358-2016: answered within 15 seconds. Counted from the arrival, as the caller does, and from the queue."""
BEIJING = timezone(timedelta(hours=8))
FIGURES = ("offered", "answered", "answered_15s", "answered_15s_queue", "abandoned")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Callers of one queue on one day; each is counted once, by its first queue and its first answer."""

    offered: int = 0
    answered: int = 0
    answered_15s: int = 0
    answered_15s_queue: int = 0
    abandoned: int = 0


class QueueFigures:
    """Counts from this process's start, or from midnight; the reports count from the journal, for ever."""

    def __init__(self, now: datetime) -> None:
        self._begin(now)

    def noticed(self, event: CallEvent, call: Call) -> None:
        """An event of a call, with the call as it is after it."""
        if not isinstance(event, CallerJoinedQueue | AgentAnswered | CallerAbandoned):
            return
        if event.at.astimezone(BEIJING).date() > self._day:
            self._begin(event.at)
        queue = call.queue
        if queue is None:
            return
        match event:
            case CallerJoinedQueue() if self._first(self._offered, call.id):
                self._count(queue, offered=1)
            case AgentAnswered() if self._first(self._answered, call.id):
                self._count(queue, **_in_time(event.at, call))
            case CallerAbandoned() if self._first(self._abandoned, call.id):
                self._count(queue, abandoned=1)

    def row(self, queue: QueueName) -> Mapping[str, Any]:
        counted = self._of.get(queue, Figures())
        return {name: getattr(counted, name) for name in FIGURES} | {"figures_since": iso(self._since)}

    def _begin(self, now: datetime) -> None:
        self._day: date = now.astimezone(BEIJING).date()
        self._since = now
        self._of: dict[QueueName, Figures] = {}
        self._offered: set[CallId] = set()
        self._answered: set[CallId] = set()
        self._abandoned: set[CallId] = set()

    def _count(self, queue: QueueName, **more: int) -> None:
        before = self._of.get(queue, Figures())
        after = {name: getattr(before, name) + count for name, count in more.items()}
        self._of[queue] = replace(before, **after)

    @staticmethod
    def _first(counted: set[CallId], call_id: CallId) -> bool:
        if call_id in counted:
            return False
        counted.add(call_id)
        return True


def _in_time(at: datetime, call: Call) -> dict[str, int]:
    return {
        "answered": 1,
        "answered_15s": int(at - call.arrived_at <= IN_TIME),
        "answered_15s_queue": int(at - (call.joined_at or call.arrived_at) <= IN_TIME),
    }
