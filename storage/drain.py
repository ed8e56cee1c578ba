"""Journal → PostgreSQL: every event once, and what it changes in its call, in one transaction."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import structlog

from storage.batches import insert_sql
from storage.database import AWAY, plain_url
from storage.journal import JournalRow, JournalWriteFailed, SqliteJournal
from storage.months import month_of
from storage.project import EventRow
from storage.projection import OF_AGENTS, columns, project
from storage.tables import events

NAME = "postgres"
BATCH = 500
LINGER_SECONDS = 1.5
"""How long events gather before they are copied: one transaction for many costs a tenth of one for each.
With the half second after which the journal tells of its growth an event is copied after two."""
MENU_SECONDS = 10.0
"""Who leaves the menu sooner may have dialled a wrong number and is not called back."""
CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 15.0
FIRST_BACKOFF, LAST_BACKOFF = 0.2, 5.0
KEEP = timedelta(days=14)
PRUNE_EVERY = timedelta(hours=1)

STORE_EVENTS = insert_sql(events) + " ON CONFLICT DO NOTHING RETURNING run_id, seq"
ONE_DRAINER = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"

UNSTORABLE = (
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.UntranslatableCharacterError,
)
AWAY_FROM_DRAINER = (*AWAY, asyncpg.PostgresError)
"""A full disk or a missing table is no fault of the row: it waits, as for a server that is away."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Lag:
    """How far PostgreSQL is behind the journal; `away_since` is None while it answers."""

    waiting: int
    away_since: datetime | None
    reason: str
    refused: int


class Drainer:
    """Copies the journal of this node. `run()` until cancelled; exactly one a node may run."""

    def __init__(
        self,
        journal: SqliteJournal,
        url: str,
        *,
        linger: float = LINGER_SECONDS,
        batch: int = BATCH,
        menu_seconds: float = MENU_SECONDS,
    ) -> None:
        self.lag = Lag(0, None, "", 0)
        self._journal, self._url = journal, plain_url(url)
        self._linger, self._batch, self._menu_seconds = linger, batch, menu_seconds
        self._connection: asyncpg.Connection | None = None
        self._cursor: int | None = None
        self._pruned_at = datetime.now(UTC)

    async def run(self) -> None:
        """Drain whenever the journal has grown; wait out a PostgreSQL that is away or slow."""
        pause = FIRST_BACKOFF
        try:
            while True:
                try:
                    await self.drain()
                except AWAY_FROM_DRAINER as error:
                    await self._note_away(error)
                    await asyncio.sleep(pause * random.uniform(0.8, 1.2))
                    pause = min(pause * 2, LAST_BACKOFF)
                    continue
                pause = FIRST_BACKOFF
                await self._prune()
                await self._journal.grown.wait()
                await asyncio.sleep(self._linger)
        finally:
            await self.close()

    async def drain(self) -> None:
        """Copy everything that is in the journal now. Raises one of AWAY_FROM_DRAINER."""
        full = True
        while full:
            self._journal.grown.clear()
            if self._cursor is None:
                self._cursor = await self._journal.cursor(NAME)
            rows = await self._journal.rows_after(self._cursor, self._batch)
            if rows:
                await self._copy(rows)
                await self._advance(rows[-1].n)
            full = len(rows) == self._batch
        self.lag = Lag(0, None, "", self.lag.refused)

    async def close(self) -> None:
        """Drop the connection without waiting for a server that may be hanging."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    async def _copy(self, rows: Sequence[JournalRow]) -> None:
        """One transaction; a row that cannot be stored is found by halving and set aside alone."""
        try:
            await self._transact(rows)
        except UNSTORABLE as error:
            if len(rows) == 1:
                await self._set_aside(rows[0], error)
                return
            middle = len(rows) // 2
            await self._copy(rows[:middle])
            await self._copy(rows[middle:])
        except AWAY_FROM_DRAINER:
            await self.close()
            raise

    async def _transact(self, rows: Sequence[JournalRow]) -> None:
        connection = await self._connected()
        async with asyncio.timeout(ANSWER_SECONDS * 4), connection.transaction():
            await connection.execute(ONE_DRAINER, rows[0].node_id)
            stored = await connection.fetch(STORE_EVENTS, *columns([_event_values(row) for row in rows]))
            fresh = {(row["run_id"], row["seq"]) for row in stored}
            news = [_event(row) for row in rows if (row.run_id, row.seq) in fresh and _changes_tables(row)]
            await project(connection, news, menu_seconds=self._menu_seconds)

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            limits = {"timeout": CONNECT_SECONDS, "command_timeout": ANSWER_SECONDS}
            self._connection = await asyncpg.connect(self._url, **limits)
        return self._connection

    async def _advance(self, n: int) -> None:
        """After the commit: a crash in between brings the rows again, and `events` knows them."""
        self._cursor = n
        try:
            await self._journal.move_cursor(NAME, n)
        except JournalWriteFailed as error:
            log.warning("cursor_not_stored", reason=str(error))

    async def _set_aside(self, row: JournalRow, error: Exception) -> None:
        log.error("event_refused", n=row.n, kind=row.kind, call_id=row.call_id, reason=type(error).__name__)
        self.lag = Lag(self.lag.waiting, self.lag.away_since, self.lag.reason, self.lag.refused + 1)
        await self._journal.refuse(row.n, f"{type(error).__name__}: {error}")

    async def _note_away(self, error: BaseException) -> None:
        waiting = await self._journal.last() - (self._cursor or 0)
        reason = f"{type(error).__name__}: {error}"
        if self.lag.away_since is None:
            log.error("database_away", reason=reason, waiting=waiting)
        self.lag = Lag(waiting, self.lag.away_since or datetime.now(UTC), reason, self.lag.refused)

    async def _prune(self) -> None:
        now = datetime.now(UTC)
        if now - self._pruned_at > PRUNE_EVERY:
            self._pruned_at = now
            await self._journal.prune(NAME, older_than=KEEP, now=now)


def _changes_tables(row: JournalRow) -> bool:
    return bool(row.call_id) or row.kind in OF_AGENTS


def _event_values(row: JournalRow) -> tuple[Any, ...]:
    """One row of `events`, in the order of its columns."""
    key = (row.centre_id, month_of(row.at), row.node_id, row.run_id, row.seq)
    return (*key, row.at, row.kind, row.call_id, row.agent_id, row.body)


def _event(row: JournalRow) -> EventRow:
    return EventRow(
        centre_id=row.centre_id,
        node_id=row.node_id,
        at=row.at,
        kind=row.kind,
        call_id=row.call_id,
        agent_id=row.agent_id,
        body=json.loads(row.body),
    )
