"""Every recording that should exist is looked for; what is wrong with one is said and, if possible, repaired."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import and_, select, update
from sqlalchemy.dialects.postgresql import insert

from cti.core.ports import PersonalFields
from storage.database import Database
from storage.months import day_folder_of_call
from storage.project import recording_id
from storage.recordings import BadRecordingPath, RecordingFiles, RecordingMissing
from storage.sealed_files import SUFFIX, SealBroken, header_of
from storage.tables import call_legs, calls, recordings
from storage.wav import HEADER_BYTES, header_is_right, repair_header, seconds_of

GRACE = timedelta(minutes=2)
"""How long after the end of its call a recording may still be on its way."""
TOLERANCE = 1.5
"""Seconds that a recording may be shorter or longer than its leg was."""
LEAST = timedelta(seconds=2)
"""A leg that was up for less may have ended before its first sound was written."""
RECORDED = ("caller", "agent", "specialist", "emergency", "centre")
GONE, SIZE, HEADER, SHORT, LONG, SEAL, CHANGED = "gone", "size", "header", "short", "long", "seal", "changed"
REPAIRED = "repaired"
"""Said of one that was wrong and is whole again: who listens may wonder."""
PIECE = 1 << 20

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with one recording; `repaired` when nothing is wrong with it any more."""

    recording_id: UUID
    call_id: str
    leg: str
    role: str
    uri: str
    fault: str
    repaired: bool = False

    @property
    def state(self) -> str:
        return "missing" if self.fault == GONE else "damaged"


class RecordingCheck:
    """Compares rows and files of one node. Raises DatabaseAway."""

    def __init__(self, database: Database, files: RecordingFiles, *, centre_id: str, node_id: str = "") -> None:
        self._database, self._files, self._centre, self._node = database, files, centre_id, node_id

    async def faults(self, now: datetime, back: timedelta = timedelta(days=2)) -> list[Fault]:
        """What is newly found wrong with the recordings of calls that ended within `back`; each is flagged."""
        rows = await self._rows(now, back)
        found = await asyncio.to_thread(lambda: [fault for row in rows if (fault := self._fault(row))])
        unwritten = await self._unwritten(now, back)
        async with self._database.begin() as session:
            for each in found:
                mine = (recordings.c.centre_id == self._centre, recordings.c.recording_id == each.recording_id)
                change = {"fault": REPAIRED} if each.repaired else {"state": each.state, "fault": each.fault}
                await session.execute(update(recordings).where(*mine).values(**change))
            for row in unwritten:
                await session.execute(insert(recordings).values(**row).on_conflict_do_nothing())
        missing = [_fault_of(row, GONE) for row in unwritten]
        for each in [*found, *missing]:
            log.error(
                "recording_repaired" if each.repaired else "recording_lost",
                alarm=not each.repaired,
                recording_id=str(each.recording_id),
                call_id=each.call_id,
                fault=each.fault,
            )
        return [*found, *missing]

    async def unreadable(self, now: datetime, back: timedelta, fields: PersonalFields) -> list[Fault]:
        """Recordings whose sound is not the one that was closed; every byte is read. Nothing is flagged."""
        rows = await self._rows(now, back)
        return await asyncio.to_thread(lambda: [fault for row in rows if (fault := self._changed(row, fields))])

    def _changed(self, row: Mapping[Any, Any], fields: PersonalFields) -> Fault | None:
        try:
            sound = self._files.sound(row["uri"] or "-", fields)
            found = hashlib.sha256()
            for start in range(0, sound.size, PIECE):
                found.update(sound.bytes_at(start, PIECE))
        except (RecordingMissing, BadRecordingPath):
            return None  # `faults` says so
        except SealBroken:
            return _fault_of(row, SEAL)
        return None if row["sha256"] in {None, found.hexdigest()} else _fault_of(row, CHANGED)

    async def _rows(self, now: datetime, back: timedelta) -> list[Mapping[Any, Any]]:
        leg = [getattr(call_legs.c, n) == getattr(recordings.c, n) for n in (*_KEY, "leg")]
        of_leg = recordings.outerjoin(call_legs, and_(*leg)).join(calls, and_(*_same(recordings, calls)))
        asked = (
            select(recordings, call_legs.c.to_at, calls.c.outcome)
            .select_from(of_leg)
            .where(self._ended(now, back), recordings.c.state.in_(("recording", "closed")))
        )
        async with self._database.begin(seconds=60) as session:
            return list((await session.execute(asked)).mappings().all())

    async def _unwritten(self, now: datetime, back: timedelta) -> list[dict[str, Any]]:
        """Legs that were up and of whose recording nobody has ever heard."""
        same_leg = and_(*(getattr(call_legs.c, n) == getattr(recordings.c, n) for n in (*_KEY, "leg")))
        asked = (
            select(call_legs)
            .select_from(call_legs.join(calls, and_(*_same(call_legs, calls))))
            .where(
                self._ended(now, back),
                call_legs.c.role.in_(RECORDED),
                call_legs.c.to_at - call_legs.c.answered_at > LEAST,
                ~select(recordings.c.leg).where(same_leg).exists(),
            )
        )
        async with self._database.begin(seconds=60) as session:
            legs = list((await session.execute(asked)).mappings().all())
        return [self._missing_row(leg) for leg in legs if not await asyncio.to_thread(self._is_on_disk, leg)]

    def _ended(self, now: datetime, back: timedelta) -> Any:
        of_centre = and_(calls.c.centre_id == self._centre, calls.c.ended_at.between(now - back, now - GRACE))
        return and_(of_centre, calls.c.node_id == self._node) if self._node else of_centre

    def _is_on_disk(self, leg: Mapping[Any, Any]) -> bool:
        """Written and not journaled yet: the next repair closes it and says so."""
        day = self._files.raw / day_folder_of_call(leg["call_id"])
        name = "caller" if leg["role"] == "caller" else f"{leg['role']}-{leg['leg']}"
        return (day / f"{leg['call_id']}.{name}.sln").exists()

    def _missing_row(self, leg: Mapping[Any, Any]) -> dict[str, Any]:
        kept = {name: leg[name] for name in (*_KEY, "leg", "role")}
        own = recording_id(self._centre, leg["call_id"], leg["leg"])
        return {**kept, "recording_id": own, "state": "missing", "fault": GONE, "started_at": leg["answered_at"]}

    def _fault(self, row: Mapping[Any, Any]) -> Fault | None:
        fault = self._what_is_wrong(row)
        if not fault:
            return None
        return _fault_of(row, fault, repaired=fault == HEADER and self._repaired(row))

    def _what_is_wrong(self, row: Mapping[Any, Any]) -> str:
        try:
            stored = self._files.stored(row["uri"] or "recordings/raw/-")
        except (RecordingMissing, BadRecordingPath):
            return GONE
        if stored.suffix == ".sln":  # not closed yet: the repair does that
            return ""
        return _seal_fault(stored, row) or _clear_fault(stored, row) or _length_fault(row)

    def _repaired(self, row: Mapping[Any, Any]) -> bool:
        """A header that was never written, or written over: the sound behind it is all there."""
        file = self._files.file(row["uri"])
        return repair_header(file) and not _clear_fault(file, row)


def _seal_fault(stored: Path, row: Mapping[Any, Any]) -> str:
    if stored.suffix != SUFFIX:
        return ""
    try:
        header = header_of(stored)
    except (SealBroken, OSError):
        return SEAL
    same = row["bytes"] in {None, header.size} and row["sha256"] in {None, header.sha256}
    return "" if same and stored.stat().st_size == header.whole_size else SEAL


def _clear_fault(stored: Path, row: Mapping[Any, Any]) -> str:
    if stored.suffix == SUFFIX:
        return ""
    size = stored.stat().st_size
    with stored.open("rb") as file:
        right = header_is_right(file.read(HEADER_BYTES), size)
    if row["bytes"] is not None and size != row["bytes"]:
        if not right:
            repair_header(stored)  # what is left of it can be heard at least
        return SIZE
    return "" if right else HEADER


def _length_fault(row: Mapping[Any, Any]) -> str:
    """Against the leg's own time; of a cut call nobody knows when it was cut."""
    if row["started_at"] is None or row["to_at"] is None or row["bytes"] is None or row["outcome"] == "cut":
        return ""
    beyond = seconds_of(row["bytes"]) - (row["to_at"] - row["started_at"]).total_seconds()
    if abs(beyond) <= TOLERANCE:
        return ""
    return LONG if beyond > 0 else SHORT


def _fault_of(row: Mapping[Any, Any], fault: str, *, repaired: bool = False) -> Fault:
    kept = {name: row[name] for name in ("recording_id", "call_id", "leg", "role")}
    return Fault(**kept, uri=row.get("uri") or "", fault=fault, repaired=repaired)


_KEY = ("centre_id", "created_month", "call_id")


def _same(one: Any, other: Any) -> list[Any]:
    return [getattr(one.c, name) == getattr(other.c, name) for name in _KEY]
