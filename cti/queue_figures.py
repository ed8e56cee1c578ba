"""What has become of today's callers, in all and queue by queue: offered, answered, in time, given up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, Final

from cti.board_parties import iso
from cti.core.call import Call
from cti.core.events import (
    AgentAnswered,
    CallArrived,
    CallCut,
    CallerAbandoned,
    CallerHungUp,
    CallerJoinedQueue,
    CallEvent,
)
from cti.core.ids import CallId, QueueName
from cti.core.ports import JournalEntry

IN_TIME = timedelta(seconds=15)
"""GB/T 33358-2016: answered within 15 seconds. Counted from the arrival, as the caller does, and from the queue."""
BEIJING = timezone(timedelta(hours=8))
LONGEST_CALL = timedelta(hours=6)
"""So far before midnight a recount begins: who is answered today may have arrived yesterday."""
FIGURES = ("offered", "answered", "answered_15s", "answered_15s_queue", "abandoned")
ENDED: Final = "ended"
TODAY = ("arrived", "queued", "answered", "quick_queue", "quick_arrival", "given_up")
KINDS: Final = frozenset(
    kind.__name__ for kind in (CallArrived, CallerJoinedQueue, AgentAnswered, CallerAbandoned, CallerHungUp, CallCut)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """As much of an event as is counted: heard now, or read in the journal."""

    kind: str
    at: datetime
    call_id: CallId
    queue: QueueName | None = None


@dataclass(slots=True)
class _Seen:
    """One call so far, until its first answer; `steps` keeps each of them from counting twice."""

    arrived_at: datetime | None = None
    joined_at: datetime | None = None
    queue: QueueName | None = None
    steps: set[str] = field(default_factory=set)

    def first(self, step: str) -> bool:
        if step in self.steps:
            return False
        self.steps.add(step)
        return True


class QueueFigures:
    """From midnight, once `recounted` has brought what the journal knows; until then from this process's start."""

    def __init__(self, now: datetime) -> None:
        self._seen: dict[CallId, _Seen] = {}
        self._meanwhile: list[Mark] | None = []
        self._begin(_day(now))
        self._since = now

    def noticed(self, event: CallEvent, call: Call) -> None:
        """An event of a call, with the call as it is after it."""
        kind = type(event).__name__
        if kind not in KINDS:
            return
        if call.id not in self._seen:
            self._seen[call.id] = _Seen(call.arrived_at, call.joined_at, call.queue)
        mark = Mark(kind=kind, at=event.at, call_id=call.id, queue=getattr(event, "queue", None) or None)
        if self._meanwhile is not None:
            self._meanwhile.append(mark)
        self._take(mark)

    def recounted(self, past: Iterable[Mark], now: datetime) -> None:
        """Begin anew with what was written down before this process; what both know counts once."""
        meanwhile, self._meanwhile = self._meanwhile or [], None
        self._seen = {}
        self._begin(_day(recount_from(now)))
        for mark in (*past, *meanwhile):
            self._take(mark)
        if _day(now) > self._day:
            self._begin(_day(now))

    def row(self, queue: QueueName) -> Mapping[str, Any]:
        counted = self._of.get(queue, Counter())
        return {name: counted[name] for name in FIGURES} | {"figures_since": iso(self._since)}

    def today(self) -> dict[str, int]:
        """All queues together; `quick_…`: answered within 15 s of joining a queue, of arriving."""
        return {name: self._all[name] for name in TODAY}

    def _begin(self, day: date) -> None:
        """A new day; calls of yesterday that go on are remembered."""
        self._day, self._since = day, _midnight(day)
        self._of: dict[QueueName, Counter[str]] = {}
        self._all: Counter[str] = Counter()
        self._seen = {call_id: seen for call_id, seen in self._seen.items() if ENDED not in seen.steps}

    def _take(self, mark: Mark) -> None:
        """What is told late of an earlier day counts no more, but its call is known."""
        day = _day(mark.at)
        if day > self._day:
            self._begin(day)
        seen = self._seen.setdefault(mark.call_id, _Seen())
        of_queue, of_all = _step(seen, mark)
        if day == self._day:
            self._all.update(of_all)
            if seen.queue is not None:
                self._of.setdefault(seen.queue, Counter()).update(of_queue)


Shares = tuple[Mapping[str, int], Mapping[str, int]]
NOTHING: Final[Shares] = ({}, {})


def _step(seen: _Seen, mark: Mark) -> Shares:
    """What this step of a call adds to its queue, and to all of them."""
    match mark.kind:
        case "CallArrived" if seen.first("arrived"):
            seen.arrived_at = mark.at
            return {}, {"arrived": 1}
        case "CallerJoinedQueue" if "answered" not in seen.steps:
            seen.joined_at, seen.queue = mark.at, mark.queue or seen.queue
            return ({"offered": 1}, {"queued": 1}) if seen.first("joined") else NOTHING
        case "AgentAnswered" if seen.first("answered"):
            seen.queue = mark.queue or seen.queue
            return _answered(seen, mark.at)
        case "CallerAbandoned" if seen.first("abandoned"):
            return {"abandoned": 1}, {}
        case "CallerHungUp" | "CallCut" if seen.first(ENDED):
            return {}, {"given_up": int("joined" in seen.steps and "answered" not in seen.steps)}
        case _:
            return NOTHING


def _answered(seen: _Seen, at: datetime) -> Shares:
    arrival, queue = _within(seen.arrived_at, at), _within(seen.joined_at, at)
    return (
        {"answered": 1, "answered_15s": arrival, "answered_15s_queue": queue},
        {"answered": 1, "quick_arrival": arrival, "quick_queue": queue},
    )


def _within(begun: datetime | None, at: datetime) -> int:
    return int(begun is not None and at - begun <= IN_TIME)


def marks(entries: Iterable[JournalEntry]) -> Iterator[Mark]:
    """Rows of the journal, without opening anything that is sealed."""
    for entry in entries:
        if entry.kind in KINDS and entry.call_id:
            queue = entry.body.get("queue")
            yield Mark(
                kind=entry.kind,
                at=entry.at,
                call_id=CallId(entry.call_id),
                queue=QueueName(queue) if isinstance(queue, str) and queue else None,
            )


def recount_from(now: datetime) -> datetime:
    """From when on the journal is to be read for the figures of this day."""
    return _midnight(_day(now)) - LONGEST_CALL


def _day(at: datetime) -> date:
    return at.astimezone(BEIJING).date()


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=BEIJING).astimezone(UTC)
