"""What the store says of calls, on the command line; numbers masked."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, select

from cases.masking import mask_number
from hotline import secrets_store
from hotline.runtime.postgres import database_url
from hotline.settings import Settings
from hotline.wiring.web import personal_fields
from storage import tables
from storage.database import Database, DatabaseAway
from storage.months import month_of_call
from storage.sealed import opened

PARTS: dict[str, tuple[Table, tuple[str, ...], str]] = {
    "话路 legs": (tables.call_legs, ("role", "party", "label", "from_at", "to_at", "cause", "talk_s"), "from_at"),
    "分段 segments": (tables.call_segments, ("role", "kind", "bridge", "from_at", "to_at"), "place"),
    "三方 three-way": (tables.three_ways, ("department", "asked_by", "asked_at", "talked_s", "outcome"), "place"),
    "紧急 emergency": (
        tables.emergencies,
        ("service", "trigger", "pressed_by", "pressed_at", "route", "reached_at", "ended_at", "ended_by", "outcome"),
        "place",
    ),
    "转接 transfers": (tables.transfers, ("kind", "target", "asked_by", "outcome", "reason"), "place"),
    "录音暂停 pauses": (tables.recording_pauses, ("paused_by", "reason", "from_at", "to_at"), "place"),
    "录音 recordings": (tables.recordings, ("recording_id", "role", "state", "fault", "seconds"), "started_at"),
    "回拨 callback": (tables.callbacks, ("stage", "state", "attempts", "taken_by", "closed_as"), "missed_at"),
}
LINE = ("arrived_at", "queue", "agent_id", "outcome", "ended_by", "wait_s", "talk_s")


class NoCall(RuntimeError):
    """There is no such call, or the database cannot be asked."""


def show_last(settings: Settings, limit: int) -> int:
    """The newest calls, one line each."""
    calls = tables.calls
    asked = select(calls).where(calls.c.centre_id == settings.centre_id).order_by(calls.c.arrived_at.desc())
    for row in _rows(settings, [asked.limit(limit)])[0]:
        print(f"{row['call_id']:<32} {_number(settings, row):<14} " + "  ".join(_said(row[name]) for name in LINE))
    return 0


def show_one(settings: Settings, call_id: str) -> int:
    """Everything that is known of one call."""
    month = month_of_call(call_id)
    asked = [_of_call(settings, tables.calls, call_id, month, "arrived_at")]
    asked += [_of_call(settings, table, call_id, month, order) for table, _, order in PARTS.values()]
    found, *parts = _rows(settings, asked)
    if not found:
        raise NoCall(f"没有通话 {call_id} (no such call)")
    call = found[0]
    print(f"{call_id}  {_number(settings, call)}  " + "  ".join(f"{name}={_said(call[name])}" for name in LINE))
    for (title, (_, names, _)), rows in zip(PARTS.items(), parts, strict=True):
        for row in rows:
            print(f"  {title}: " + "  ".join(f"{name}={_said(row[name])}" for name in names))
    return 0


def _of_call(settings: Settings, table: Table, call_id: str, month: object, order: str) -> Any:
    same = (table.c.centre_id == settings.centre_id, table.c.created_month == month, table.c.call_id == call_id)
    return select(table).where(*same).order_by(table.c[order])


def _rows(settings: Settings, questions: Sequence[Any]) -> list[Sequence[Mapping[Any, Any]]]:
    async def ask() -> list[Sequence[Mapping[Any, Any]]]:
        database = Database(database_url(settings, secrets_store.read(settings)), pool=1)
        try:
            async with database.begin(seconds=20) as session:
                return [(await session.execute(question)).mappings().all() for question in questions]
        finally:
            await database.close()

    try:
        return asyncio.run(ask())
    except DatabaseAway as error:
        raise NoCall(f"数据库不可用 (the database is away): {error}") from None


def _number(settings: Settings, row: Mapping[Any, Any]) -> str:
    fields = personal_fields(secrets_store.read(settings), settings.centre_id)
    return mask_number(opened(fields, row, "number"))


def _said(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone():%m-%d %H:%M:%S}.{value.microsecond // 1000:03d}"
    if isinstance(value, float):
        return f"{value:.1f}"
    return "-" if value in (None, "") else str(value)
