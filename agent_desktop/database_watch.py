"""Whether PostgreSQL answers now, asked every two seconds; tells others when it comes back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from agent_desktop.ports import CaseStore, DatabaseAway

log = structlog.get_logger()

_EVERY = 2.0
_PATIENCE = 1.5


class DatabaseWatch:
    def __init__(self, cases: CaseStore) -> None:
        self.is_up = False
        self._cases = cases
        self._told: list[Callable[[bool], None]] = []

    def tell(self, callback: Callable[[bool], None]) -> None:
        """Call `callback` at each change, with whether PostgreSQL is up now."""
        self._told.append(callback)

    async def run(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(_EVERY)

    async def look(self) -> None:
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._cases.ping()
            self._set(True)
        except (DatabaseAway, TimeoutError):
            self._set(False)
        except Exception:
            log.exception("database.ping_failed")
            self._set(False)

    def _set(self, is_up: bool) -> None:
        if is_up == self.is_up:
            return
        self.is_up = is_up
        log.info("database.up" if is_up else "database.away")
        for callback in self._told:
            callback(is_up)
