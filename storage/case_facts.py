"""Who else took part in the calls of a case: specialists asked, emergencies reached, callers passed on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, literal, null, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.months import month_of_call
from storage.tables import emergencies, three_ways, transfers


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFact:
    """One fact of a case. `kind` is three_way, emergency or transfer; `who` a department, a service or a target."""

    kind: str
    call_id: str
    who: str
    agent: str | None
    asked_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    talked_s: float | None
    outcome: str | None
    solved: bool | None


async def facts_of_calls(session: AsyncSession, centre_id: str, call_ids: Sequence[str]) -> list[CaseFact]:
    """What happened in these calls, oldest first."""
    found: list[CaseFact] = []
    for columns, table in ((_three_way(), three_ways), (_emergency(), emergencies), (_transfer(), transfers)):
        months = {month_of_call(call_id) for call_id in call_ids}
        mine = and_(table.c.centre_id == centre_id, table.c.created_month.in_(months), table.c.call_id.in_(call_ids))
        found += [CaseFact(**row) for row in (await session.execute(select(*columns).where(mine))).mappings()]
    return sorted(found, key=lambda fact: (fact.asked_at is not None, fact.asked_at))


def _three_way() -> list[Any]:
    c = three_ways.c
    who = [literal("three_way").label("kind"), c.call_id, c.department.label("who"), c.asked_by.label("agent")]
    return [*who, c.asked_at, c.answered_at, c.ended_at, c.talked_s, c.outcome, c.solved]


def _emergency() -> list[Any]:
    c = emergencies.c
    who = [literal("emergency").label("kind"), c.call_id, c.service.label("who"), c.pressed_by.label("agent")]
    when = [c.pressed_at.label("asked_at"), c.reached_at.label("answered_at"), c.ended_at]
    return [*who, *when, null().label("talked_s"), c.outcome, null().label("solved")]


def _transfer() -> list[Any]:
    c = transfers.c
    who = [literal("transfer").label("kind"), c.call_id, c.target.label("who"), c.asked_by.label("agent")]
    when = [c.asked_at, null().label("answered_at"), c.ended_at]
    return [*who, *when, null().label("talked_s"), c.outcome, null().label("solved")]
