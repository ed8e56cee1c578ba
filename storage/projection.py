"""What new events change in the tables about calls, all of it inside the transaction that stores them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any

import asyncpg
import structlog

from cti.core.events import CALL_EVENTS
from cti.core.leg_events import LEG_EVENTS
from storage.batches import renew_sql, upsert_sql
from storage.call_end import Missed, closed_call, missed
from storage.callback_attempts import DIAL_NOT_REACHED, attempts_failed
from storage.case_links import link_calls
from storage.months import month_of_call
from storage.parties import Parties
from storage.party_rows import EmergencyRow, LegRow, PauseRow, SegmentRow, ThreeWayRow, TransferRow
from storage.party_story import in_order, parties_of
from storage.project import (
    RECORDING_CHANGES,
    CallRow,
    EventRow,
    RecordingRow,
    call_of,
    new_recording,
    recording_after,
)
from storage.tables import (
    call_legs,
    call_segments,
    calls,
    emergencies,
    recording_pauses,
    recordings,
    three_ways,
    transfers,
)

OF_AGENTS = frozenset({DIAL_NOT_REACHED})
"""What happened to agents alone and yet changes a table."""
OF_CALLS = frozenset(kind.__name__ for kind in (*CALL_EVENTS, *LEG_EVENTS)) - RECORDING_CHANGES.keys()
"""Also those that change no row themselves: how a call ended is judged from every word."""
ALL_EVENTS = """
    SELECT centre_id, node_id, at, kind, call_id, agent_id, body FROM events
    WHERE centre_id = $1 AND call_id = ANY($2) AND created_month >= $3 AND kind = ANY($4) ORDER BY at, run_id, seq
"""
RECORDINGS = """
    SELECT * FROM recordings WHERE centre_id = $1 AND created_month = ANY($2) AND recording_id = ANY($3) FOR UPDATE
"""
KEPT = ["centre_id", "created_month", "call_id", "number_sealed", "number_key", "number_hash", "queue", "stage"]
MISS = f"""
    INSERT INTO callbacks ({", ".join(KEPT)}, missed_at, state)
    SELECT *, 'open' FROM unnest($1::text[], $2::date[], $3::text[], $4::bytea[], $5::text[], $6::bytea[], $7::text[],
                                 $8::text[], $9::timestamptz[])
    ON CONFLICT (centre_id, created_month, call_id) DO UPDATE
    SET stage = EXCLUDED.stage, missed_at = EXCLUDED.missed_at, queue = EXCLUDED.queue WHERE callbacks.state = 'open'
"""  # noqa: S608
NOT_MISSED = """
    DELETE FROM callbacks WHERE centre_id = $1 AND created_month = ANY($2) AND call_id = ANY($3)
    AND state = 'open' AND attempts = 0
"""
CALLED_AGAIN = """
    UPDATE callbacks SET state = 'done', closed_at = later.answered_at,
           closed_as = CASE WHEN later.trunk = 'outbound' THEN 'reached' ELSE 'called_again' END,
           closed_by = later.agent_id, closed_call_id = later.call_id
    FROM calls AS later, (SELECT created_month, call_id FROM callbacks WHERE centre_id = $1 AND number_hash = ANY($2)
                          AND state <> 'done' ORDER BY call_id FOR UPDATE) AS waiting
    WHERE callbacks.centre_id = $1 AND callbacks.created_month = waiting.created_month
      AND callbacks.call_id = waiting.call_id AND later.centre_id = $1
      AND later.number_hash = callbacks.number_hash AND later.answered_at > callbacks.missed_at
      AND later.call_id IS DISTINCT FROM callbacks.closed_call_id
      AND (later.trunk IS DISTINCT FROM 'outbound'
           OR (later.answered_at > COALESCE(callbacks.taken_at, '-infinity') AND EXISTS (
               SELECT FROM call_segments AS met WHERE met.centre_id = $1 AND met.created_month = later.created_month
               AND met.call_id = later.call_id AND met.role = 'caller' AND met.kind = 'bridge')))
"""
"""Either may be told first, the later call or the one that was missed.

A call of ours closes it when the two have met; of an open one, `closed_call_id` is a call of which the agent has said
that it was none, and what was called before the last attempt began is over.
"""

# dataclasses.astuple() copies every value deeply: it was a third of a batch's time.
_VALUES = {
    row: attrgetter(*(column.name for column in fields(row)))
    for row in (CallRow, RecordingRow, LegRow, SegmentRow, ThreeWayRow, EmergencyRow, TransferRow, PauseRow)
}
_STORE = {
    row: renew_sql(table)
    for row, table in {
        CallRow: calls,
        LegRow: call_legs,
        SegmentRow: call_segments,
        ThreeWayRow: three_ways,
        EmergencyRow: emergencies,
        TransferRow: transfers,
        PauseRow: recording_pauses,
    }.items()
}
_STORE_RECORDINGS = upsert_sql(recordings)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Told:
    """One call after all of its events."""

    call: CallRow
    parties: Parties
    missed: Missed | None


async def project(connection: asyncpg.Connection, news: Sequence[EventRow], *, menu_seconds: float) -> None:
    """Bring every table up to these events; telling them twice, late or in another order gives the same rows."""
    await _project_calls(connection, [event for event in news if event.kind in OF_CALLS], menu_seconds)
    await _project_recordings(connection, [event for event in news if event.kind in RECORDING_CHANGES])
    await link_calls(connection, news)
    await attempts_failed(connection, news)


async def _project_calls(connection: asyncpg.Connection, news: Sequence[EventRow], menu_seconds: float) -> None:
    if not news:
        return
    centre_id, call_ids = news[0].centre_id, sorted({event.call_id or "" for event in news})
    since = min(month_of_call(call_id) for call_id in call_ids)
    stored = await connection.fetch(ALL_EVENTS, centre_id, call_ids, since, sorted(OF_CALLS))
    events: defaultdict[str, list[EventRow]] = defaultdict(list)
    for row in stored:
        events[row["call_id"]].append(EventRow(**{**row, "body": json.loads(row["body"])}))
    told = [_told(in_order(each), menu_seconds) for each in events.values()]
    await _store(connection, CallRow, (each.call for each in told))
    await _store(connection, LegRow, (leg for each in told for leg in each.parties.legs.values()))
    await _store(connection, SegmentRow, (row for each in told for row in each.parties.segments))
    await _store(connection, ThreeWayRow, (row for each in told for row in each.parties.three_ways))
    await _store(connection, EmergencyRow, (row for each in told for row in each.parties.emergencies))
    await _store(connection, TransferRow, (row for each in told for row in each.parties.transfers))
    await _store(connection, PauseRow, (row for each in told for row in each.parties.pauses))
    await _list_missed(connection, centre_id, told)


def _told(events: Sequence[EventRow], menu_seconds: float) -> _Told:
    parties = parties_of(events)
    call = closed_call(call_of(events), parties, events[-1].at)
    return _Told(call, parties, missed(call, parties, events, menu_seconds=menu_seconds))


async def _list_missed(connection: asyncpg.Connection, centre_id: str, told: Sequence[_Told]) -> None:
    """Callers to be called back, and those of whom a later answer has taken care."""
    gone = [(each.call, each.missed) for each in told if each.missed]
    if gone:
        keep = attrgetter(*KEPT[:-1])
        rows = [(*keep(call), miss.stage, miss.missed_at) for call, miss in gone]
        await connection.execute(MISS, *columns(rows))
    others = [each.call for each in told if each.missed is None and each.call.ended_at]
    if others:
        months = list({call.created_month for call in others})
        await connection.execute(NOT_MISSED, centre_id, months, [call.call_id for call in others])
    answered = [each.call for each in told if each.call.answered_at and each.call.number_hash]
    numbers = {call.number_hash for call in answered} | {call.number_hash for call, _ in gone}
    if numbers:
        await connection.execute(CALLED_AGAIN, centre_id, list(numbers))


async def _project_recordings(connection: asyncpg.Connection, news: Sequence[EventRow]) -> None:
    if not news:
        return
    firsts = {row.recording_id: row for row in map(new_recording, news)}
    months = list({row.created_month for row in firsts.values()})
    found = await connection.fetch(RECORDINGS, news[0].centre_id, months, list(firsts))
    rows = firsts | {row["recording_id"]: RecordingRow(**row) for row in found}
    for event in news:
        key = new_recording(event).recording_id
        rows[key] = _recorded(rows[key], event)
    await connection.execute(_STORE_RECORDINGS, *columns([_VALUES[RecordingRow](row) for row in rows.values()]))


def _recorded(row: RecordingRow, event: EventRow) -> RecordingRow:
    """An event that does not fit is stored as an event and changes nothing."""
    try:
        return recording_after(row, event)
    except (KeyError, TypeError, ValueError) as error:
        log.error("event_not_projected", kind=event.kind, call_id=event.call_id, reason=repr(error))
        return row


async def _store(connection: asyncpg.Connection, kind: type[Any], rows: Iterable[Any]) -> None:
    values = [_VALUES[kind](row) for row in rows]
    if values:
        await connection.execute(_STORE[kind], *columns(values))


def columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    """Rows turned into the arrays that `unnest` takes."""
    return [list(column) for column in zip(*rows, strict=True)]
