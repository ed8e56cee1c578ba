"""Caller cards: looked up while the caller waits, so that they are there when the desk rings."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable

import structlog

from agent_desktop.chores import Chores
from agent_desktop.live_rows import LiveCall
from agent_desktop.ports import CallerRecord, CaseStore, DatabaseAway

log = structlog.get_logger()

FIRST_PAINT = 0.150
"""Seconds that a ringing desk waits for the database before it paints number and name alone."""

_LOOKUP_LIMIT = 5.0
_KEPT = 2000
_AT_ONCE = 4


class Cards:
    """One look-up a call, shared by all who ask; the newest records are kept."""

    def __init__(self, cases: CaseStore, number_hash: Callable[[str], str], chores: Chores) -> None:
        self._cases = cases
        self._number_hash = number_hash
        self._records: OrderedDict[str, CallerRecord] = OrderedDict()
        self._lookups: dict[str, asyncio.Task[CallerRecord | None]] = {}
        self._at_once = asyncio.Semaphore(_AT_ONCE)
        self._chores = chores

    def prefetch(self, call: LiveCall) -> None:
        """Start looking, unless it is known or being looked up already."""
        self._lookup(call)

    def known(self, call_id: str) -> CallerRecord | None:
        return self._records.get(call_id)

    async def record(self, call: LiveCall, *, within: float) -> CallerRecord | None:
        """The record if it can be had in `within` seconds; the look-up goes on meanwhile."""
        if (known := self.known(call.id)) is not None:
            return known
        lookup = self._lookup(call)
        if lookup is None:
            return None
        done, _ = await asyncio.wait({lookup}, timeout=within)
        return lookup.result() if done and not lookup.cancelled() else None

    async def look_again(self, call: LiveCall) -> None:
        """The caller's cases changed: the old record stays until the new one is there."""
        await self._find(call.id, call.number)

    def _lookup(self, call: LiveCall) -> asyncio.Task[CallerRecord | None] | None:
        if call.id in self._records:
            return None
        if call.id not in self._lookups:
            lookup = self._chores.start("card.lookup", self._find(call.id, call.number))
            if lookup is None:
                return None
            self._lookups[call.id] = lookup
        return self._lookups[call.id]

    async def _find(self, call_id: str, number: str) -> CallerRecord | None:
        try:
            async with asyncio.timeout(_LOOKUP_LIMIT), self._at_once:
                record = await self._ask(number)
        except (DatabaseAway, TimeoutError) as error:
            log.warning("card.unavailable", call_id=call_id, error=type(error).__name__)
            return None
        finally:
            self._lookups.pop(call_id, None)
        self._keep(call_id, record)
        return record

    async def _ask(self, number: str) -> CallerRecord:
        """A withheld number has no history: nobody gets another caller's cases."""
        return await self._cases.caller_record(self._number_hash(number)) if number else CallerRecord()

    def _keep(self, call_id: str, record: CallerRecord) -> None:
        self._records[call_id] = record
        self._records.move_to_end(call_id)
        if len(self._records) > _KEPT:
            self._records.popitem(last=False)
