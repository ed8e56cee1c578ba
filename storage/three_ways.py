"""Three-way talks with specialists as a page shows them: of one call, or of the calls of some cases."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import Database
from storage.months import month_of_call, month_of_case
from storage.tables import case_calls, three_ways

TOLD = ("call_id", "entry", "department", "asked_by", "asked_at", "answered_at", "talked_s", "outcome", "solved")


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreeWayLine:
    """Whom an agent asked into a call, and what came of it; `outcome` is empty while it goes on."""

    call_id: str
    entry: str
    department: str | None
    asked_by: str | None
    asked_at: datetime | None
    answered_at: datetime | None
    talked_s: float
    outcome: str | None
    solved: bool | None


class ThreeWayStore:
    """Of one centre. Every method raises DatabaseAway."""

    def __init__(self, database: Database, *, centre_id: str) -> None:
        self._database, self._centre = database, centre_id

    async def of_call(self, call_id: str) -> list[ThreeWayLine]:
        """In the order in which they were asked."""
        async with self._database.begin() as session:
            return await self._of_calls(session, [call_id])

    async def of_cases(self, case_ids: Collection[UUID]) -> dict[UUID, list[ThreeWayLine]]:
        """Of every call that belongs to a case; cases without any are left out."""
        if not case_ids:
            return {}
        async with self._database.begin() as session:
            linked = await self._calls_of(session, case_ids)
            lines = await self._of_calls(session, sorted({call_id for _, call_id in linked}))
        told: dict[UUID, list[ThreeWayLine]] = {}
        for line in lines:
            for case_id in (case_id for case_id, call_id in linked if call_id == line.call_id):
                told.setdefault(case_id, []).append(line)
        return told

    async def _calls_of(self, session: AsyncSession, case_ids: Collection[UUID]) -> list[tuple[UUID, str]]:
        links, months = case_calls.c, {month_of_case(case_id) for case_id in case_ids}
        mine = (links.centre_id == self._centre, links.created_month.in_(months), links.case_id.in_(case_ids))
        found = await session.execute(select(links.case_id, links.call_id).where(*mine))
        return [(case_id, call_id) for case_id, call_id in found]

    async def _of_calls(self, session: AsyncSession, call_ids: Sequence[str]) -> list[ThreeWayLine]:
        if not call_ids:
            return []
        asked, months = three_ways.c, {month_of_call(call_id) for call_id in call_ids}
        mine = (asked.centre_id == self._centre, asked.created_month.in_(months), asked.call_id.in_(call_ids))
        columns = [asked[name] for name in TOLD]
        found = await session.execute(select(*columns).where(*mine).order_by(asked.asked_at, asked.place))
        return [ThreeWayLine(**row) for row in found.mappings()]
