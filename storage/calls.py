"""Calls and their recordings as the desk asks for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.core.ports import PersonalFields
from storage.database import Database
from storage.months import month_of_call
from storage.sealed import opened
from storage.tables import call_legs, calls, case_calls, cases, recording_pauses, recordings


class UnknownRecording(LookupError):
    """There is no such recording in this centre."""

    code = "unknown_recording"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingLine:
    """A recording: `uri` is relative to HOTLINE_HOME, `agent_id` is who answered the call, `party` who is on it."""

    recording_id: UUID
    call_id: str
    leg: str
    role: str
    state: str
    uri: str | None
    sha256: str | None
    bytes: int | None
    seconds: float | None
    started_at: datetime | None
    fault: str | None
    agent_id: str | None
    party: str | None
    label: str | None = None
    left_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseLine:
    """From when to when nothing was recorded of a call, why, and who asked for it."""

    reason: str
    paused_by: str | None
    from_at: datetime
    to_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLine:
    """A call in a list; number and name are clear: mask them before showing."""

    call_id: str
    number: str
    name: str
    dialled: str | None
    queue: str | None
    agent_id: str | None
    arrived_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    wait_s: float | None
    talk_s: float
    hold_s: float
    outcome: str | None
    fallback: bool
    recordings: Sequence[RecordingLine] = ()
    case_numbers: Sequence[str] = ()


PLAIN = (
    "call_id",
    "dialled",
    "queue",
    "agent_id",
    "arrived_at",
    "answered_at",
    "ended_at",
    "wait_s",
    "talk_s",
    "hold_s",
    "outcome",
    "fallback",
)


class CallStore:
    """Calls of one centre. Every method raises DatabaseAway."""

    def __init__(self, database: Database, fields: PersonalFields, *, centre_id: str) -> None:
        self._database, self._fields, self._centre = database, fields, centre_id

    async def calls_of_agent(self, agent_id: str, limit: int = 50) -> list[CallLine]:
        """What an agent has answered, newest first, with recordings and cases."""
        mine = select(calls).where(calls.c.centre_id == self._centre, calls.c.agent_id == agent_id)
        async with self._database.begin() as session:
            rows = (await session.execute(mine.order_by(calls.c.arrived_at.desc()).limit(limit))).mappings().all()
            return await self._with_belongings(session, rows)

    async def call(self, call_id: str) -> CallLine | None:
        """One call; None when the drainer has not brought it yet."""
        month = month_of_call(call_id)
        one = select(calls).where(
            calls.c.centre_id == self._centre, calls.c.created_month == month, calls.c.call_id == call_id
        )
        async with self._database.begin() as session:
            found = await self._with_belongings(session, (await session.execute(one)).mappings().all())
        return found[0] if found else None

    async def recording(self, recording_id: UUID) -> RecordingLine:
        """Raises UnknownRecording."""
        question = _with_agent().where(
            recordings.c.centre_id == self._centre, recordings.c.recording_id == recording_id
        )
        async with self._database.begin() as session:
            row = (await session.execute(question)).mappings().first()
        if row is None:
            raise UnknownRecording(str(recording_id))
        return RecordingLine(**row)

    async def recordings_of_call(self, call_id: str) -> list[RecordingLine]:
        """Every recorded leg, in the order of their beginnings; none for a call that is not there (yet)."""
        mine = (recordings.c.centre_id == self._centre, recordings.c.created_month == month_of_call(call_id))
        question = _with_agent().where(*mine, recordings.c.call_id == call_id)
        async with self._database.begin() as session:
            return [RecordingLine(**row) for row in (await session.execute(question)).mappings()]

    async def pauses_of_call(self, call_id: str) -> list[PauseLine]:
        """When the recording of a call was paused for sensitive words, in order."""
        pauses, month = recording_pauses.c, month_of_call(call_id)
        mine = (pauses.centre_id == self._centre, pauses.created_month == month, pauses.call_id == call_id)
        asked = select(pauses.reason, pauses.paused_by, pauses.from_at, pauses.to_at).where(*mine)
        async with self._database.begin() as session:
            return [PauseLine(**row) for row in (await session.execute(asked.order_by(pauses.place))).mappings()]

    async def _with_belongings(self, session: AsyncSession, rows: Sequence[Mapping[Any, Any]]) -> list[CallLine]:
        ids = [row["call_id"] for row in rows]
        heard = _with_agent().where(recordings.c.centre_id == self._centre, recordings.c.call_id.in_(ids))
        found = [RecordingLine(**row) for row in (await session.execute(heard)).mappings()]
        linked = (await session.execute(self._numbers(ids))).all()
        return [
            CallLine(
                **{name: row[name] for name in PLAIN},
                number=opened(self._fields, row, "number"),
                name=opened(self._fields, row, "name"),
                recordings=[one for one in found if one.call_id == row["call_id"]],
                case_numbers=[number for call_id, number in linked if call_id == row["call_id"]],
            )
            for row in rows
        ]

    def _numbers(self, call_ids: Sequence[str]) -> Any:
        same = [getattr(case_calls.c, n) == getattr(cases.c, n) for n in ("centre_id", "created_month", "case_id")]
        mine = (case_calls.c.centre_id == self._centre, case_calls.c.call_id.in_(call_ids))
        return select(case_calls.c.call_id, cases.c.number).where(*same, *mine).order_by(cases.c.number)


def _with_agent() -> Any:
    names = ("recording_id", "call_id", "leg", "role", "state", "uri", "sha256", "bytes", "seconds")
    more = ("started_at", "fault")
    same = [getattr(recordings.c, n) == getattr(calls.c, n) for n in ("centre_id", "created_month", "call_id")]
    keys = ("centre_id", "created_month", "call_id", "leg")
    of_leg = and_(*(getattr(recordings.c, n) == getattr(call_legs.c, n) for n in keys))
    on_it = (call_legs.c.party, call_legs.c.label, call_legs.c.to_at.label("left_at"))
    return (
        select(*(recordings.c[name] for name in (*names, *more)), calls.c.agent_id, *on_it)
        .select_from(recordings.outerjoin(calls, and_(*same)).outerjoin(call_legs, of_leg))
        .order_by(recordings.c.started_at)
    )
