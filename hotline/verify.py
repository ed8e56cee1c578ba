"""`hotline calls verify`: calls rebuilt from the journal and from CEL, and where the two differ."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from cti.asterisk import cel
from cti.core.agreement import Difference, differences
from cti.core.codec import UnknownKind, decode
from cti.core.events import CallArrived, CallCut, CallerHungUp, CallEvent
from cti.core.ids import CallId
from hotline.settings import Settings
from hotline.wiring.call_log import lines_of, path_of
from storage.journal_reading import call_entries

SETTLED = timedelta(seconds=5)
"""A call that ended just now may not be written everywhere yet."""
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def verify(settings: Settings, *, since: str, as_json: bool) -> int:
    """Print every difference of finished calls; 1 when there is any. Raises ValueError for a bad `since`."""
    now = datetime.now(UTC)
    begun = moment(since, now)
    checked, found = checked_since(settings, begun, now)
    if as_json:
        print(
            json.dumps({"since": begun.isoformat(), "calls": checked, "differences": [asdict(each) for each in found]})
        )
    else:
        print("\n".join([*map(_words, found), f"{checked} 个通话, {len(found)} 处不同 (calls, differences)"]))
    return 1 if found else 0


def checked_since(settings: Settings, begun: datetime, now: datetime) -> tuple[int, list[Difference]]:
    """How many calls that arrived since `begun` and have settled by `now`, and where their two tellings differ."""
    journal = _journal(settings, begun)
    return compared(journal, _cel(settings, begun, journal), begun, now)


def moment(since: str, now: datetime) -> datetime:
    """`2h`, `30m`, `1d`, or an ISO time (local unless it says otherwise)."""
    number, unit = since[:-1], since[-1:]
    if number.isdecimal() and unit in UNITS:
        return now - timedelta(**{UNITS[unit]: int(number)})
    at = datetime.fromisoformat(since)
    return at.astimezone(UTC)


def compared(
    journal: dict[CallId, list[CallEvent]], log: dict[CallId, tuple[CallEvent, ...]], begun: datetime, now: datetime
) -> tuple[int, list[Difference]]:
    """How many calls, and their differences. Calls that still live, or began before the window, are no matter."""
    found: list[Difference] = []
    checked = [call_id for call_id in sorted({*journal, *log}) if _in_window(journal, log, call_id, begun, now)]
    for call_id in checked:
        mine, other = journal.get(call_id), log.get(call_id)
        if mine and other:
            found += differences(call_id, mine, other)
        else:
            found.append(_whole(call_id, mine, other))
    return len(checked), found


def _in_window(
    journal: dict[CallId, list[CallEvent]],
    log: dict[CallId, tuple[CallEvent, ...]],
    call_id: CallId,
    begun: datetime,
    now: datetime,
) -> bool:
    events = [*journal.get(call_id, ()), *log.get(call_id, ())]
    if not events:
        return False  # Asterisk names it beside one of our legs, and tells nothing of it
    arrived = [event.at for event in events if isinstance(event, CallArrived)]
    ended = any(isinstance(event, CallerHungUp | CallCut) for event in events)
    settled = max(event.at for event in events) < now - SETTLED
    return bool(arrived) and min(arrived) >= begun and ended and settled


def _whole(call_id: CallId, mine: Iterable[CallEvent] | None, other: Iterable[CallEvent] | None) -> Difference:
    return Difference(
        call_id=call_id,
        what="call",
        who="caller",
        journal_s=_lasted(mine) if mine else None,
        cel_s=_lasted(other) if other else None,
    )


def _lasted(events: Iterable[CallEvent]) -> float:
    times = [event.at for event in events]
    return round((max(times) - min(times)).total_seconds(), 3)


class _Unopened:
    """Numbers and names stay sealed: the comparison needs neither."""

    def seal(self, _: str) -> dict[str, str]:
        return {}

    def open(self, _: Mapping[str, str]) -> str:
        return ""

    def number_hash(self, _: str) -> str:
        return ""


def _journal(settings: Settings, begun: datetime) -> dict[CallId, list[CallEvent]]:
    events: defaultdict[CallId, list[CallEvent]] = defaultdict(list)
    for entry in call_entries(settings.home / "journal" / "journal.db", begun):
        try:
            event = decode(entry, _Unopened())
        except (UnknownKind, KeyError, TypeError, ValueError):
            continue
        if isinstance(event, CallEvent):
            events[event.call_id].append(event)
    return dict(events)


def _cel(settings: Settings, begun: datetime, known: Iterable[CallId]) -> dict[CallId, tuple[CallEvent, ...]]:
    rows = [row for row in cel.rows_of(lines_of(path_of(settings))) if row.at >= begun]
    return {call_id: cel.events_of(call_id, mine) for call_id, mine in cel.by_call(rows, known).items()}


def _words(found: Difference) -> str:
    return (
        f"{found.call_id}  {found.what:9} {found.who}  journal {_seconds(found.journal_s)}  CEL {_seconds(found.cel_s)}"
    )


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f} s"
