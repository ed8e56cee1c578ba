"""Who else took part in the calls of a case: specialists asked, emergencies reached, callers passed on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, literal, null, select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.core.ports import PersonalFields
from storage.months import month_of_call
from storage.tables import emergencies, events, three_ways, transfers

THREE_WAY = "three_way"
ASKED = "SpecialistAsked"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFact:
    """One fact of a case. `kind` is three_way, emergency or transfer; `who` a department, a service or a target.

    Of a three-way: `class_code` and `request` (the type of request) are what the specialist was told that the call is
    about, `summary` is what the agent's form said then.
    """

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
    request: str = ""
    class_code: str = ""
    summary: str = ""


async def facts_of_calls(
    session: AsyncSession, centre_id: str, call_ids: Sequence[str], fields: PersonalFields
) -> list[CaseFact]:
    """What happened in these calls, oldest first."""
    found: list[CaseFact] = []
    for columns, table in ((_three_way(), three_ways), (_emergency(), emergencies), (_transfer(), transfers)):
        months = {month_of_call(call_id) for call_id in call_ids}
        mine = and_(table.c.centre_id == centre_id, table.c.created_month.in_(months), table.c.call_id.in_(call_ids))
        found += [CaseFact(**row) for row in (await session.execute(select(*columns).where(mine))).mappings()]
    if any(fact.kind == THREE_WAY for fact in found):
        asked = await _asked(session, centre_id, call_ids)
        found = [_with_words(fact, asked, fields) for fact in found]
    return sorted(found, key=lambda fact: (fact.asked_at is not None, fact.asked_at))


async def _asked(
    session: AsyncSession, centre_id: str, call_ids: Sequence[str]
) -> dict[tuple[str, datetime], Mapping[str, Any]]:
    """What was said with each question: the journal alone keeps the words, and the summary sealed."""
    of_calls = and_(events.c.centre_id == centre_id, events.c.call_id.in_(call_ids))
    since = min(month_of_call(call_id) for call_id in call_ids)
    asked = and_(of_calls, events.c.created_month >= since, events.c.kind == ASKED)
    rows = await session.execute(select(events.c.call_id, events.c.at, events.c.body).where(asked))
    return {(row["call_id"], row["at"]): row["body"] for row in rows.mappings()}


def _with_words(
    fact: CaseFact, asked: Mapping[tuple[str, datetime], Mapping[str, Any]], fields: PersonalFields
) -> CaseFact:
    words = asked.get((fact.call_id, fact.asked_at)) if fact.kind == THREE_WAY and fact.asked_at else None
    if words is None:
        return fact
    sealed = words.get("summary")
    summary = fields.open(sealed) if isinstance(sealed, dict) else ""
    request, class_code = str(words.get("kind") or ""), str(words.get("class_code") or "")
    return replace(fact, request=request, class_code=class_code, summary=summary)


def _three_way() -> list[Any]:
    c = three_ways.c
    who = [literal(THREE_WAY).label("kind"), c.call_id, c.department.label("who"), c.asked_by.label("agent")]
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
