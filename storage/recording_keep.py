"""Recordings after their call: sealed soon, kept as long as the rule says, then gone with a line in the audit."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import structlog
from sqlalchemy import and_, select, update

from cti.core.ports import PersonalFields
from storage.audit import Act, AuditStore
from storage.database import Database
from storage.recordings import BadRecordingPath, RecordingFiles, RecordingMissing
from storage.sealed_files import SUFFIX, SealBroken, seal
from storage.tables import calls, case_calls, cases, recordings

SETTLED = timedelta(minutes=2)
"""By then the check has seen the file as it was closed."""
AT_ONCE = 40
EXPIRED_AT_ONCE = 500
NICENESS = 15
RULE = "retention"
SEALED, GONE = "sealed", "gone"

T = TypeVar("T")
log = structlog.get_logger(__name__)


class QuietThread:
    """One thread that gives way to everybody else: encryption must not be heard in a call."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="quiet", initializer=_give_way)

    async def run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


def _give_way() -> None:
    """On Linux a thread has a priority of its own."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """A recording whose time is over."""

    recording_id: UUID
    call_id: str
    uri: str
    ended_at: datetime


class RecordingKeeper:
    """Seals and expires recordings of one node. Raises DatabaseAway."""

    def __init__(
        self, database: Database, files: RecordingFiles, fields: PersonalFields, *, centre_id: str, node_id: str
    ) -> None:
        self._database, self._files, self._fields = database, files, fields
        self._centre, self._node = centre_id, node_id

    async def seal_some(self, thread: QuietThread, now: datetime) -> int:
        """Seal recordings that were closed a while ago, oldest first; how many are sealed now.

        One that cannot be sealed (a full disk, a file that does not read back) stays as it is for the next time.
        """
        sealed = 0
        for row in await self._clear_ones(now):
            found = await thread.run(partial(self._seal, row))
            sealed += found == SEALED
            change: dict[str, Any] = {"state": "missing", "fault": "gone"} if found == GONE else {"sealed_at": now}
            if found:
                mine = (recordings.c.centre_id == self._centre, recordings.c.recording_id == row["recording_id"])
                async with self._database.begin() as session:
                    await session.execute(update(recordings).where(*mine).values(**change))
        return sealed

    async def expired(self, now: datetime, keep: timedelta, limit: int = EXPIRED_AT_ONCE) -> list[Expired]:
        """Recordings of calls that ended before `keep` ago; those of a case that is still open stay."""
        asked = (
            select(recordings.c.recording_id, recordings.c.call_id, recordings.c.uri, calls.c.ended_at)
            .select_from(recordings.join(calls, and_(*_same(recordings, calls))))
            .where(
                self._mine(),
                calls.c.ended_at < now - keep,
                recordings.c.state.in_(("closed", "damaged")),
                recordings.c.uri.is_not(None),
                ~_open_case().exists(),
            )
            .order_by(calls.c.ended_at)
            .limit(limit)
        )
        async with self._database.begin(seconds=60) as session:
            return [Expired(**row) for row in (await session.execute(asked)).mappings()]

    async def expire(self, now: datetime, keep: timedelta, audit: AuditStore) -> list[Expired]:
        """Remove them: the audit first, then the file, then the row says so."""
        gone = await self.expired(now, keep)
        for each in gone:
            await audit.note(RULE, Act.RECORDING_EXPIRED, str(each.recording_id), call=each.call_id)
            await asyncio.to_thread(self._remove, each.uri)
            async with self._database.begin() as session:
                mine = (recordings.c.centre_id == self._centre, recordings.c.recording_id == each.recording_id)
                await session.execute(update(recordings).where(*mine).values(state="expired"))
        return gone

    async def _clear_ones(self, now: datetime) -> Sequence[Mapping[Any, Any]]:
        asked = (
            select(recordings)
            .select_from(recordings.join(calls, and_(*_same(recordings, calls))))
            .where(
                self._mine(),
                recordings.c.sealed_at.is_(None),
                recordings.c.closed_at < now - SETTLED,
                recordings.c.state.in_(("closed", "damaged")),
            )
            .order_by(recordings.c.closed_at)
            .limit(AT_ONCE)
        )
        async with self._database.begin() as session:
            return (await session.execute(asked)).mappings().all()

    def _mine(self) -> Any:
        return and_(recordings.c.centre_id == self._centre, calls.c.node_id == self._node)

    def _seal(self, row: Mapping[Any, Any]) -> str:
        """SEALED, GONE, or nothing when it has to be tried again."""
        try:
            stored = self._files.stored(row["uri"] or "-")
            if stored.suffix != SUFFIX:
                seal(stored, row["uri"], self._fields)
        except (RecordingMissing, BadRecordingPath):
            return GONE
        except (SealBroken, OSError) as error:
            log.error("recording_not_sealed", alarm=True, recording_id=str(row["recording_id"]), reason=str(error))
            return ""
        return SEALED

    def _remove(self, uri: str) -> None:
        try:
            self._files.stored(uri).unlink()
        except (RecordingMissing, BadRecordingPath):
            log.warning("expired_recording_was_gone", uri=uri)


def _open_case() -> Any:
    """A case that the call belongs to and that is not closed yet."""
    linked = and_(case_calls.c.centre_id == calls.c.centre_id, case_calls.c.call_id == calls.c.call_id)
    same = [getattr(case_calls.c, n) == getattr(cases.c, n) for n in ("centre_id", "created_month", "case_id")]
    return select(cases.c.case_id).where(linked, *same, cases.c.closed_at.is_(None))


def _same(one: Any, other: Any) -> list[Any]:
    return [getattr(one.c, name) == getattr(other.c, name) for name in ("centre_id", "created_month", "call_id")]
