"""Emergencies as one record each: the press, its routes and operator, the call's caller, case and recordings."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from cases.emergency import CASE, DESK, EmergencyRecord, LinkedCase, RecordingRef, RouteTry
from cti.core.ports import PersonalFields
from storage.database import Database
from storage.months import month_of_call
from storage.sealed import opened
from storage.tables import call_legs, calls, case_calls, cases, emergencies, recordings

LASTS = timedelta(days=1)
"""No emergency goes on longer: what changed since a time was pressed at most that long before it."""
SUMMARY_MOST = 120
"""Characters of a case's text that stand for a summary which no desk sent."""
_ID = re.compile(r"([0-9A-Za-z._-]{1,100}):([1-9][0-9]{0,3})\Z")

Rows = Sequence[Mapping[Any, Any]]
ByCall = Mapping[str, list[Mapping[Any, Any]]]


class UnknownEmergency(LookupError):
    """There is no such emergency in this centre."""

    code = "unknown_emergency"


class EmergencyStore:
    """Emergencies of one centre. Every method raises DatabaseAway."""

    def __init__(self, database: Database, fields: PersonalFields, *, centre_id: str) -> None:
        self._database, self._fields, self._centre = database, fields, centre_id

    async def since(self, at: datetime, limit: int, *, pressed_by: str | None = None) -> list[EmergencyRecord]:
        """Those pressed, reached or ended at that time or later, oldest press first."""
        e = emergencies.c
        asked = [e.centre_id == self._centre, e.pressed_at >= at - LASTS]
        asked.append(or_(e.pressed_at >= at, e.reached_at >= at, e.ended_at >= at))
        if pressed_by is not None:
            asked.append(e.pressed_by == pressed_by)
        return await self._records(asked, limit)

    async def record(self, emergency_id: str) -> EmergencyRecord:
        """Raises UnknownEmergency."""
        named = _ID.match(emergency_id)
        if named is None:
            raise UnknownEmergency(emergency_id)
        call_id, place = named[1], int(named[2]) - 1
        e = emergencies.c
        same = [e.centre_id == self._centre, e.created_month == month_of_call(call_id), e.call_id == call_id]
        found = await self._records([*same, e.place == place], 1)
        if not found:
            raise UnknownEmergency(emergency_id)
        return found[0]

    async def _records(self, asked: Sequence[Any], limit: int) -> list[EmergencyRecord]:
        e = emergencies.c
        one = select(emergencies).where(*asked).order_by(e.pressed_at, e.call_id, e.place).limit(limit)
        async with self._database.begin() as session:
            pressed = (await session.execute(one)).mappings().all()
            around = await self._around(session, {row["call_id"] for row in pressed})
        return [self._record(row, around) for row in pressed]

    async def _around(self, session: AsyncSession, call_ids: Iterable[str]) -> dict[str, ByCall]:
        """What belongs to these calls, by what it is and by call."""
        ids = sorted(call_ids)
        months = {month_of_call(call_id) for call_id in ids}
        found: dict[str, ByCall] = {}
        for name, table in {"calls": calls, "legs": call_legs, "recordings": recordings}.items():
            mine = (table.c.centre_id == self._centre, table.c.created_month.in_(months), table.c.call_id.in_(ids))
            found[name] = _by_call((await session.execute(select(table).where(*mine))).mappings().all())
        found["cases"] = _by_call((await session.execute(self._cases(ids))).mappings().all())
        return found

    def _cases(self, call_ids: Sequence[str]) -> Any:
        names = ("centre_id", "created_month", "case_id")
        same = and_(*(getattr(case_calls.c, name) == getattr(cases.c, name) for name in names))
        wanted = ("case_id", "number", "text", "district", "place", "confidential", "created_at")
        asked = select(case_calls.c.call_id, *(cases.c[name] for name in wanted)).join(cases, same)
        mine = (case_calls.c.centre_id == self._centre, case_calls.c.call_id.in_(call_ids))
        return asked.where(*mine).order_by(cases.c.created_at)

    def _record(self, row: Mapping[Any, Any], around: Mapping[str, ByCall]) -> EmergencyRecord:
        call_id = row["call_id"]
        call = next(iter(around["calls"].get(call_id, ())), None)
        linked, legs = around["cases"].get(call_id, []), around["legs"].get(call_id, [])
        location, location_from = _told(opened(self._fields, row, "location"), (each["place"] for each in linked))
        summary, summary_from = _told(opened(self._fields, row, "summary"), (_short(each["text"]) for each in linked))
        return EmergencyRecord(
            id=f"{call_id}:{row['place'] + 1}",
            call_id=call_id,
            service=row["service"],
            how=row["trigger"],
            pressed_at=row["pressed_at"],
            pressed_by=row["pressed_by"] or "",
            district=row["district"] or next((each["district"] for each in linked), ""),
            location=location,
            location_from=location_from,
            summary=summary,
            summary_from=summary_from,
            number=opened(self._fields, call, "number") if call else "",
            outcome=row["outcome"] or "",
            route=row["route"] or "",
            routes=tuple(_route(each, row["route"]) for each in row["tried"]),
            reached_at=row["reached_at"],
            ended_at=row["ended_at"],
            ended_by=row["ended_by"] or "",
            agent_left_at=_left(legs, "agent", row["pressed_by"], row["pressed_at"]),
            caller_left_at=_left(legs, "caller", None, row["pressed_at"]),
            cases=tuple(
                LinkedCase(case_id=str(each["case_id"]), number=each["number"], confidential=each["confidential"])
                for each in linked
            ),
            recordings=_recordings(around["recordings"].get(call_id, []), legs),
        )


def _by_call(rows: Rows) -> ByCall:
    found: defaultdict[str, list[Mapping[Any, Any]]] = defaultdict(list)
    for row in rows:
        found[row["call_id"]].append(row)
    return found


def _told(sent: str, written: Iterable[str]) -> tuple[str, str]:
    """A text and where it comes from."""
    if sent:
        return sent, DESK
    of_case = next((text for text in written if text), "")
    return of_case, CASE if of_case else ""


def _short(text: str) -> str:
    return " ".join(text.split())[:SUMMARY_MOST]


def _route(tried: Mapping[str, Any], answered: str | None) -> RouteTry:
    until = tried.get("until")
    was_answered = until or tried["route"] == answered
    return RouteTry(
        route=tried["route"],
        tried_at=datetime.fromisoformat(tried["at"]),
        ended_at=datetime.fromisoformat(until) if until else None,
        result=tried["reason"] or ("answered" if was_answered else ""),
    )


def _left(legs: Rows, role: str, party: str | None, pressed_at: datetime) -> datetime | None:
    """When whoever was there at the press left for good."""
    mine = [leg for leg in legs if leg["role"] == role and leg["answered_at"] and party in {None, leg["party"]}]
    there = [leg for leg in mine if leg["to_at"] is None or leg["to_at"] >= pressed_at]
    ends = [leg["to_at"] for leg in there]
    return max(ends) if ends and None not in ends else None


def _recordings(rows: Rows, legs: Rows) -> tuple[RecordingRef, ...]:
    party = {leg["leg"]: leg["party"] or "" for leg in legs}
    began = sorted(rows, key=lambda row: (row["started_at"] is None, row["started_at"]))
    return tuple(
        RecordingRef(
            recording_id=str(row["recording_id"]),
            role=row["role"],
            party=party.get(row["leg"], ""),
            state=row["state"],
            seconds=row["seconds"],
        )
        for row in began
    )
