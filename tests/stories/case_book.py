"""What the store says about a call: rows of PostgreSQL, read beside the running hotline."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import asyncpg

from hotline.trial import Trial
from tests.patience import LONG

Row = dict[str, Any]


class CaseBook:
    """Asks PostgreSQL (a hotline's, or the one of a URL) from a thread of its own.

    The browser's driver has the main thread's loop.
    """

    def __init__(self, hotline: Trial | str) -> None:
        url = hotline if isinstance(hotline, str) else hotline.database_url()
        self._url = url.replace("+asyncpg", "")
        self._thread = ThreadPoolExecutor(max_workers=1)
        self.opened_at = time.time()

    def close(self) -> None:
        self._thread.shutdown()

    def rows(self, sql: str, *values: Any) -> list[Row]:
        return self._thread.submit(lambda: asyncio.run(self._ask(sql, values))).result(LONG)

    def calls(self) -> list[Row]:
        """Calls that arrived since this book was opened, oldest first."""
        return self.rows(
            "SELECT * FROM calls WHERE arrived_at >= to_timestamp($1) ORDER BY arrived_at", self.opened_at - 0.5
        )

    def events(self, call_id: str) -> list[str]:
        """The kinds of a call's events in the order in which they were received."""
        found = self.rows("SELECT kind FROM events WHERE call_id = $1 ORDER BY at, seq", call_id)
        return [row["kind"] for row in found]

    def last_call(self, *, outcome: str | None = None, seconds: float = LONG) -> Row:
        """The newest call, once it has ended (with this outcome). Raises AssertionError after `seconds`."""

        def found() -> Row | None:
            ended = [row for row in self.calls() if row["ended_at"] is not None]
            fits = [row for row in ended if outcome in (None, row["outcome"])]
            return fits[-1] if fits else None

        return self.wait(found, f"an ended call ({outcome or 'any outcome'}); calls: {self.calls}", seconds)

    def answered(self, count: int) -> list[Row]:
        """So many ended, answered calls, oldest first, once they are there."""

        def found() -> list[Row]:
            rows = [row for row in self.calls() if row["outcome"] == "answered"]
            return rows if len(rows) == count else []

        return list(self.wait(found, f"{count} answered calls; calls: {self.calls()}"))

    def wait(self, find: Callable[[], Any], what: str, seconds: float = LONG) -> Any:
        deadline = time.monotonic() + seconds
        while not (found := find()):
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {seconds:g} s: {what}")
            time.sleep(0.2)
        return found

    async def _ask(self, sql: str, values: tuple[Any, ...]) -> list[Row]:
        connection = await asyncpg.connect(self._url, timeout=LONG)
        try:
            return [dict(row) for row in await connection.fetch(sql, *values)]
        finally:
            await connection.close()
