"""Every recording that should exist is looked for, and what is missing or damaged is said."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select, update

from storage.database import Database
from storage.recordings import BadRecordingPath, RecordingFiles, RecordingMissing
from storage.tables import calls, recordings

GRACE = timedelta(minutes=2)
"""How long after the end of its call a recording may still be on its way."""

log = structlog.get_logger(__name__)


async def flag_lost_recordings(
    database: Database, files: RecordingFiles, *, centre_id: str, now: datetime, back: timedelta = timedelta(days=2)
) -> dict[str, str]:
    """Compare the rows of calls that ended within `back` with the files; `{file's URI: missing|damaged}`.

    Raises DatabaseAway.
    """
    same = [getattr(recordings.c, n) == getattr(calls.c, n) for n in ("centre_id", "created_month", "call_id")]
    ended = calls.c.ended_at.between(now - back, now - GRACE)
    doubtful = select(recordings).where(*same, ended, recordings.c.centre_id == centre_id)
    sound = recordings.c.state.in_(("recording", "closed"))
    async with database.begin() as session:
        rows = (await session.execute(doubtful.where(sound))).mappings().all()
    lost = await asyncio.to_thread(_lost, files, rows)
    async with database.begin() as session:
        for row_id, state in lost.items():
            mine = (recordings.c.centre_id == centre_id, recordings.c.recording_id == row_id)
            await session.execute(update(recordings).where(*mine).values(state=state))
    uris = {row["recording_id"]: row["uri"] or "" for row in rows}
    for row_id, state in lost.items():
        log.error("recording_lost", recording_id=str(row_id), state=state)
    return {uris[row_id]: state for row_id, state in lost.items()}


def _lost(files: RecordingFiles, rows: Any) -> dict[UUID, str]:
    states = {row["recording_id"]: _state(files, row) for row in rows}
    return {row_id: state for row_id, state in states.items() if state}


def _state(files: RecordingFiles, row: Mapping[Any, Any]) -> str:
    """Missing, damaged, or nothing when file and row agree."""
    try:
        file = files.file(row["uri"] or "recordings/raw/-")
    except (RecordingMissing, BadRecordingPath):
        return "missing"
    whole = row["bytes"] is None or file.stat().st_size == row["bytes"]
    return "" if whole else "damaged"
