"""Cases that wait for PostgreSQL: on this machine's disk when the agent is told, delivered once when it is back."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from storage.cases import SavedCase
from storage.database import DatabaseAway
from storage.new_case import NewCase

RETRY_SECONDS = 2.0
KEEP_DELIVERED = timedelta(days=1)

SCHEMA = """
CREATE TABLE IF NOT EXISTS spool (
    case_id TEXT PRIMARY KEY, idempotency TEXT NOT NULL UNIQUE, agent_id TEXT NOT NULL, at TEXT NOT NULL,
    body TEXT, state TEXT NOT NULL DEFAULT 'pending', number TEXT, reason TEXT, delivered_at TEXT)
"""

log = structlog.get_logger(__name__)

Save = Callable[[NewCase], Awaitable[SavedCase]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpooledCase:
    """A case as the spool knows it: pending, delivered (with its number), or refused (with the reason)."""

    case_id: str
    agent_id: str
    at: datetime
    state: str
    number: str | None
    new: NewCase | None
    """None once it is delivered: the words are then in PostgreSQL alone."""


class Spool:
    """The local file of one web process. `put` returns when the case is on the disk."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        self._disk = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._disk.row_factory = sqlite3.Row
        self._disk.execute("PRAGMA journal_mode=WAL")
        self._disk.execute("PRAGMA synchronous=FULL")
        self._disk.execute(SCHEMA)
        self._one_at_a_time = threading.Lock()
        self._grown = asyncio.Event()
        self._grown.set()

    async def put(self, new: NewCase) -> SpooledCase:
        """Keep a case; the same idempotency key keeps the first one. The kept one is returned."""
        key = str(new.form.idempotency)
        values = (str(new.case_id), key, new.agent_id, new.at.isoformat(), new.to_json())
        await self._do(
            "INSERT OR IGNORE INTO spool (case_id, idempotency, agent_id, at, body) VALUES (?,?,?,?,?)", values
        )
        self._grown.set()
        return _spooled((await self._do("SELECT * FROM spool WHERE idempotency = ?", (key,)))[0])

    async def pending(self, agent_id: str | None = None) -> list[SpooledCase]:
        """What has not reached PostgreSQL yet (refused ones too), oldest first; of one agent if named."""
        rows = await self._do(
            "SELECT * FROM spool WHERE state != 'delivered' AND (?1 IS NULL OR agent_id = ?1) ORDER BY case_id",
            (agent_id,),
        )
        return [_spooled(row) for row in rows]

    async def find(self, idempotency: str) -> SpooledCase | None:
        """The case that a save with this key has become, if it went through the spool."""
        rows = await self._do("SELECT * FROM spool WHERE idempotency = ?", (idempotency,))
        return _spooled(rows[0]) if rows else None

    async def deliver(self, save: Save) -> int:
        """Hand every pending case to `save`; how many arrived. Raises DatabaseAway at the first that cannot."""
        arrived = 0
        for row in await self._do("SELECT * FROM spool WHERE state = 'pending' ORDER BY case_id", ()):
            new = NewCase.from_json(row["body"])
            try:
                saved = await save(new)
            except SQLAlchemyError as error:
                await self._refuse(new, error)
                continue
            await self._delivered(new, saved)
            arrived += 1
        return arrived

    async def run(self, save: Save) -> None:
        """Deliver whenever something waits, until cancelled."""
        while True:
            await self._grown.wait()
            self._grown.clear()
            try:
                if arrived := await self.deliver(save):
                    log.info("spool_delivered", cases=arrived)
                await self.prune(datetime.now(UTC))
            except (DatabaseAway, sqlite3.Error) as error:
                log.warning("spool_waits", reason=str(error))
                self._grown.set()
                await asyncio.sleep(RETRY_SECONDS)

    async def prune(self, now: datetime) -> None:
        """Forget delivered cases after a day."""
        before = (now - KEEP_DELIVERED).isoformat()
        await self._do("DELETE FROM spool WHERE state = 'delivered' AND delivered_at < ?", (before,))

    def close(self) -> None:
        with self._one_at_a_time:
            self._disk.close()

    async def _delivered(self, new: NewCase, saved: SavedCase) -> None:
        stamp = datetime.now(UTC).isoformat()
        await self._do(
            "UPDATE spool SET state = 'delivered', number = ?, body = NULL, delivered_at = ? WHERE case_id = ?",
            (saved.number, stamp, str(new.case_id)),
        )

    async def _refuse(self, new: NewCase, error: Exception) -> None:
        """PostgreSQL will never take it like this: kept, shown, and left to people."""
        log.error("spooled_case_refused", case_id=str(new.case_id), reason=type(error).__name__)
        reason = f"{type(error).__name__}"
        await self._do("UPDATE spool SET state = 'refused', reason = ? WHERE case_id = ?", (reason, str(new.case_id)))

    async def _do(self, sql: str, values: tuple[Any, ...]) -> list[sqlite3.Row]:
        def run() -> list[sqlite3.Row]:
            with self._one_at_a_time:
                return self._disk.execute(sql, values).fetchall()

        return await asyncio.shield(asyncio.to_thread(run))


def _spooled(row: sqlite3.Row) -> SpooledCase:
    return SpooledCase(
        case_id=row["case_id"],
        agent_id=row["agent_id"],
        at=datetime.fromisoformat(row["at"]),
        state=row["state"],
        number=row["number"],
        new=NewCase.from_json(row["body"]) if row["body"] else None,
    )
