"""The local journal: one SQLite file, written by one thread, that is on the disk before anyone acts."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import queue
import sqlite3
import threading
import uuid
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from cti.core.ports import JournalEntry
from storage.journal_sql import INSERT, MOVE, PRUNE, REFUSE, SCHEMA, UNCLOSED, UNFINISHED

GATHER_SECONDS = 0.008
"""How long an entry that nothing waits for waits for company; with the fsync it is on the disk within 10 ms.
One that is waited for goes at the end of this turn of the loop and takes the others with it."""
ANSWER_SECONDS = 0.5
"""Whoever does not wait for the disk is told with the next who does, or after so long: waking the loop costs."""
LOOK_BACK = 500_000
"""How many rows back a live call may lie; an index for so rare a question would cost every event."""
RETRY_SECONDS = 1.0
BACKLOG_LIMIT = 50_000
BUSY_SECONDS = 5.0
CHECKPOINT_PAGES = 4000
"""Copying the write-ahead log back is work too: rarely, at 16 MB."""

_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

log = structlog.get_logger(__name__)


class JournalWriteFailed(Exception):
    """The disk did not take the row yet; it is kept in memory and tried again. Never stops a command."""


@dataclass(frozen=True, slots=True)
class JournalRow:
    """One stored row; `n` is its place in this file and what a cursor counts."""

    n: int
    centre_id: str
    node_id: str
    run_id: str
    seq: int
    at: datetime
    kind: str
    call_id: str | None
    agent_id: str | None
    body: str
    """JSON text: the drainer passes it on unread where it can."""


@dataclass(frozen=True, slots=True)
class JournalHealth:
    """What an alarm needs: `failing_since` is None while the disk takes rows."""

    failing_since: datetime | None
    reason: str
    waiting: int
    dropped: int


@dataclass(slots=True)
class _Write:
    sql: str
    values: tuple[object, ...]
    answer: asyncio.Future[int] | None
    result: int
    hurried: bool = True


class SqliteJournal:
    """`Journal` of `cti.journaling` on a local file. Make it inside the running loop; `close()` at the end.

    Rows get their key `(centre_id, node_id, run_id, seq)` at receipt; `append` returns `seq` after the commit
    that holds the row has reached the disk (WAL, synchronous=FULL).
    """

    def __init__(self, path: Path, *, centre_id: str, node_id: str, run_id: str | None = None) -> None:
        self.run_id = run_id or uuid.uuid4().hex
        self.grown = asyncio.Event()
        self._path = path
        self._key = (centre_id, node_id, self.run_id)
        self._seq = 0
        self._loop = asyncio.get_running_loop()
        self._gathered: list[_Write] = []
        self._gathering: asyncio.Handle | None = None
        self._hurried = False
        self._unanswered: set[asyncio.Future[int]] = set()
        self._answers: deque[tuple[Sequence[_Write], Exception | None]] = deque()
        self._answering: asyncio.TimerHandle | None = None
        self._closed = False
        self._inbox: queue.SimpleQueue[list[_Write] | None] = queue.SimpleQueue()
        self._backlog: list[_Write] = []
        self._health = JournalHealth(None, "", 0, 0)
        self._dropped = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        self._disk: sqlite3.Connection | None = _opened(path)
        self._reader = _opened(path)
        self._reading = threading.Lock()
        self._thread = threading.Thread(target=self._write_on, name="journal", daemon=True)
        self._thread.start()

    @property
    def health(self) -> JournalHealth:
        return self._health

    def append(self, entry: JournalEntry) -> asyncio.Future[int]:
        """Give one entry its key now; the future ends with its `seq` once it is on the disk.

        It ends with JournalWriteFailed when the disk did not take it. Cancelling it loses nothing.
        """
        return self._send(INSERT, self._row(entry), self._seq)

    def keep(self, entry: JournalEntry) -> asyncio.Future[int]:
        """The same for one that nothing waits for: written as soon, its future ends up to half a second later."""
        if self._answering is None:
            self._answering = self._loop.call_later(ANSWER_SECONDS, self._answer_all)
        return self._send(INSERT, self._row(entry), self._seq, hurried=False)

    def waits_for_disk(self) -> bool:
        """Whether the writer sleeps in the kernel's wait for a disk (state D), not for a processor or a lock."""
        try:
            status = Path(f"/proc/self/task/{self._thread.native_id}/stat").read_bytes()
        except OSError:
            return False
        return status.rpartition(b") ")[2].startswith(b"D")

    def _row(self, entry: JournalEntry) -> tuple[object, ...]:
        self._seq += 1
        body = _JSON.encode(entry.body)
        texts = (entry.kind, entry.call_id, entry.agent_id, body)
        return (*self._key, self._seq, entry.at.isoformat(), *(storable(text) for text in texts))

    async def move_cursor(self, name: str, n: int) -> None:
        """Remember that `name` has drained every row up to `n`; a cursor never goes back."""
        await self._send(MOVE, (name, n), n)

    async def refuse(self, n: int, reason: str) -> None:
        """Mark a row that PostgreSQL will never take; it is kept here for people to look at."""
        await self._send(REFUSE, (n, reason), n)

    async def cursor(self, name: str) -> int:
        """The last drained row of `name`; 0 before the first."""
        rows = await asyncio.to_thread(self._read, "SELECT n FROM cursor WHERE name = ?", (name,))
        return int(rows[0][0]) if rows else 0

    async def rows_after(self, cursor: int, limit: int) -> list[JournalRow]:
        """Up to `limit` committed rows behind `cursor`, in the order of their receipt."""
        rows = await asyncio.to_thread(
            self._read, "SELECT * FROM journal WHERE n > ? ORDER BY n LIMIT ?", (cursor, limit)
        )
        return [_row(found) for found in rows]

    async def entries_of_calls(self, call_ids: Sequence[str]) -> list[JournalEntry]:
        """All entries of these calls, oldest first (`PastEvents` of `cti.core.ports`)."""
        if not call_ids:
            return []
        marks = ",".join("?" * len(call_ids))
        sql = f"SELECT * FROM journal WHERE n > ? AND call_id IN ({marks}) ORDER BY n"  # noqa: S608
        values = (await self.last() - LOOK_BACK, *call_ids)
        rows = [_row(found) for found in await asyncio.to_thread(self._read, sql, values)]
        return [_entry(row) for row in rows]

    async def entries_of_agents(self, agents: Sequence[str]) -> list[JournalEntry]:
        """Entries of these agents outside calls, oldest first (`PastEvents` of `cti.core.ports`)."""
        if not agents:
            return []
        marks = ",".join("?" * len(agents))
        sql = f"SELECT * FROM journal WHERE n > ? AND call_id IS NULL AND agent_id IN ({marks}) ORDER BY n"  # noqa: S608
        values = (await self.last() - LOOK_BACK, *agents)
        rows = [_row(found) for found in await asyncio.to_thread(self._read, sql, values)]
        return [_entry(row) for row in rows]

    async def unfinished_calls(self) -> list[str]:
        """Calls that arrived and whose end was never written (`PastEvents` of `cti.core.ports`)."""
        since = await self.last() - LOOK_BACK
        found = await asyncio.to_thread(self._read, UNFINISHED, (since, since))
        return sorted(call_id for (call_id,) in found)

    async def unclosed_recordings(self) -> list[str]:
        """Calls with a recording that began and of which no finished file was told (`PastEvents`)."""
        since = await self.last() - LOOK_BACK
        found = await asyncio.to_thread(self._read, UNCLOSED, (since, since))
        return sorted({call_id for call_id, _ in found if call_id})

    async def last(self) -> int:
        """The place of the newest row; with a cursor it tells the lag."""
        rows = await asyncio.to_thread(self._read, "SELECT coalesce(max(n), 0) FROM journal", ())
        return int(rows[0][0])

    async def last_at(self) -> datetime | None:
        """When the newest row happened; None in a new journal."""
        rows = await self.rows_after(await self.last() - 1, 1)
        return rows[0].at if rows else None

    async def prune(self, name: str, *, older_than: timedelta, now: datetime | None = None) -> None:
        """Forget rows that `name` has drained and that are older than `older_than`."""
        before = ((now or datetime.now(UTC)) - older_than).isoformat()
        await self._send(PRUNE, (name, before), 0)

    async def close(self) -> None:
        """Write what is waiting, then end the thread and close the file. Whoever still waits is answered."""
        self._closed = True
        self._hand_over()
        self._inbox.put(None)
        await asyncio.to_thread(self._thread.join, BUSY_SECONDS)
        self._answer_all()
        for answer in list(self._unanswered):
            answer.set_exception(JournalWriteFailed("the journal was closed before the disk had answered"))
        with self._reading:
            self._reader.close()

    def _send(self, sql: str, values: tuple[object, ...], result: int, *, hurried: bool = True) -> asyncio.Future[int]:
        answer: asyncio.Future[int] = self._loop.create_future()
        if self._closed:
            answer.set_exception(JournalWriteFailed("the journal is closed"))
            return answer
        self._unanswered.add(answer)
        answer.add_done_callback(self._unanswered.discard)
        if hurried and not self._hurried:
            self._hurried = True
            self._loop.call_soon(self._hand_over)
        elif not hurried and self._gathering is None:
            self._gathering = self._loop.call_later(GATHER_SECONDS, self._hand_over)
        self._gathered.append(_Write(sql, values, answer, result, hurried))
        return answer

    def _hand_over(self) -> None:
        """What has gathered goes to the writer: it wakes once for all of it."""
        if self._gathering is not None:
            self._gathering.cancel()
        self._gathering, self._hurried = None, False
        if self._gathered:
            self._inbox.put(self._gathered)
            self._gathered = []

    def _read(self, sql: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
        with self._reading:
            return self._reader.execute(sql, values).fetchall()

    def _write_on(self) -> None:
        """The writer's thread: gather, commit, answer; until `None` arrives."""
        open_ = True
        while open_:
            batch, open_ = self._gather()
            self._backlog += batch
            if self._backlog:
                self._commit()
        if self._disk is not None:
            self._disk.close()

    def _gather(self) -> tuple[list[_Write], bool]:
        """All that was handed over, at least once something was; False after the last."""
        batch: list[_Write] = []
        try:
            handed = self._inbox.get(timeout=RETRY_SECONDS if self._backlog else None)
            while handed is not None:
                batch += handed
                handed = self._inbox.get_nowait()
        except queue.Empty:
            return batch, True
        return batch, False

    def _commit(self) -> None:
        try:
            self._store(self._backlog)
        except (sqlite3.Error, OSError, ValueError) as error:
            self._failed(error)
        else:
            stored, self._backlog = self._backlog, []
            if self._health.failing_since is not None:
                log.info("journal_writes_again", stored=len(stored), dropped=self._dropped)
            self._health = JournalHealth(None, "", 0, self._dropped)
            self._tell(stored, None)

    def _store(self, writes: Sequence[_Write]) -> None:
        disk = self._disk = self._disk or _opened(self._path)
        disk.execute("BEGIN IMMEDIATE")
        for write in writes:
            disk.execute(write.sql, write.values)
        disk.execute("COMMIT")

    def _failed(self, error: Exception) -> None:
        """Answer the waiting with the failure, keep their rows for the next try, open the file anew."""
        if self._disk is not None:
            with contextlib.suppress(sqlite3.Error):
                self._disk.close()
            self._disk = None
        waiting = [write for write in self._backlog if write.answer is not None]
        reason = JournalWriteFailed(f"{type(error).__name__}: {error}")
        since = self._health.failing_since or datetime.now(UTC)
        self._dropped += max(0, len(self._backlog) - BACKLOG_LIMIT)
        kept = self._backlog[-BACKLOG_LIMIT:]
        self._health = JournalHealth(since, str(reason), len(kept), self._dropped)
        log.error("journal_write_failed", reason=str(reason), waiting=len(kept), dropped=self._dropped)
        self._tell(waiting, reason)
        self._backlog = [_Write(write.sql, write.values, None, write.result) for write in kept]

    def _tell(self, writes: Sequence[_Write], failure: Exception | None) -> None:
        self._answers.append((writes, failure))
        if failure is None and not any(write.hurried for write in writes):
            return
        with contextlib.suppress(RuntimeError):  # the loop is gone: nobody waits any more
            self._loop.call_soon_threadsafe(self._answer_all)

    def _answer_all(self) -> None:
        """Everyone whose rows are on the disk by now; whoever is not among them gets another time."""
        while self._answers:
            self._answer(*self._answers.popleft())
        if self._answering is not None:
            self._answering.cancel()
        late = self._unanswered and not self._closed
        self._answering = self._loop.call_later(ANSWER_SECONDS, self._answer_all) if late else None

    def _answer(self, writes: Sequence[_Write], failure: Exception | None) -> None:
        if failure is None and any(write.sql is INSERT for write in writes):
            self.grown.set()
        for write in writes:
            if write.answer is None or write.answer.done():
                continue
            if failure is None:
                write.answer.set_result(write.result)
            else:
                write.answer.set_exception(failure)


def _row(found: tuple[Any, ...]) -> JournalRow:
    n, centre_id, node_id, run_id, seq, at, kind, call_id, agent_id, body = found
    stamp = datetime.fromisoformat(at)
    return JournalRow(n, centre_id, node_id, run_id, seq, stamp, kind, call_id, agent_id, body)


def _entry(row: JournalRow) -> JournalEntry:
    return JournalEntry(kind=row.kind, at=row.at, call_id=row.call_id, agent_id=row.agent_id, body=json.loads(row.body))


def storable(text: str | None) -> str | None:
    """Text that SQLite and PostgreSQL both take: NUL and lone surrogates from a hostile peer are replaced."""
    if text is None:
        return None
    if "\0" in text or "\\u0000" in text:
        text = text.replace("\0", "\ufffd").replace("\\u0000", "\\ufffd")
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def _opened(path: Path) -> sqlite3.Connection:
    """The file with its tables, 0600; every commit waits for the disk."""
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    disk = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    disk.execute("PRAGMA journal_mode=WAL")
    disk.execute("PRAGMA synchronous=FULL")
    disk.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
    disk.executescript(SCHEMA)
    return disk
