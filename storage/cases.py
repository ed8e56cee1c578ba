"""Cases: saved once whatever is retried, found by their caller in a moment, their history only ever added to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from cases.case import Case, CaseId, Kind, LogEntry, Outcome, Status, Step, printed_number, saved
from cases.sla import LOCAL, Due, Limits, WorkCalendar, due, seed_calendar
from cti.core.ports import PersonalFields
from storage.case_facts import CaseFact, facts_of_calls
from storage.database import Database
from storage.months import month_of_case
from storage.new_case import NewCase
from storage.sealed import opened, sealed_columns
from storage.tables import calls, case_calls, case_log, case_numbers, case_saves, cases, centres

REPEAT = timedelta(days=30)


class UnknownCase(LookupError):
    """There is no such case in this centre."""

    code = "unknown_case"


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedCase:
    """`fresh` is False when this very save had arrived before."""

    case_id: UUID
    number: str
    status: Status
    due_at: datetime | None
    fresh: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLine:
    """A case in a list; nothing personal but what the text's first line may hold."""

    case_id: UUID
    number: str
    title: str
    kind: Kind
    status: Status
    outcome: Outcome
    urgency: str
    confidential: bool
    created_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    department: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerCard:
    """What an agent sees when the phone rings: open cases first."""

    open_cases: list[CaseLine]
    history: list[CaseLine]
    repeat_30d: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeCase:
    """A case with its words, its caller in clear (mask before showing), its calls with who took part, its log."""

    line: CaseLine
    text: str
    answer: str
    class_code: str
    district: str
    place: str
    caller_number: str
    caller_name: str
    created_by: str
    call_ids: list[str]
    facts: list[CaseFact]
    log: list[LogEntry]


LINE = [
    cases.c[name]
    for name in (
        "case_id",
        "number",
        "title",
        "kind",
        "status",
        "outcome",
        "urgency",
        "confidential",
        "created_at",
        "due_at",
        "closed_at",
        "department",
    )
]


class CaseStore:
    """Everything that is asked of cases in one centre. Every method raises DatabaseAway."""

    def __init__(
        self,
        database: Database,
        fields: PersonalFields,
        *,
        centre_id: str,
        limits: Limits | None = None,
        calendar: WorkCalendar | None = None,
    ) -> None:
        self._database, self._fields, self._centre = database, fields, centre_id
        self._limits, self._calendar = limits or Limits(), calendar or seed_calendar()

    def due(self, kind: Kind, urgency: Any, start: datetime) -> Due:
        """When a case would be due if it were dispatched at `start`: shown before it is."""
        return due(kind, urgency, start, self._limits, self._calendar)

    async def save(self, new: NewCase) -> SavedCase:
        """Store a new case with its log and call; the same idempotency key gives the same case again."""
        try:
            async with self._database.begin() as session:
                return await self._already(session, new) or await self._store(session, new)
        except IntegrityError:  # the same save came in twice at once: the other one has won
            async with self._database.begin() as session:
                winner = await self._already(session, new)
            if winner is None:
                raise
            return winner

    async def card(self, number_hash: str, now: datetime) -> CallerCard:
        """What is known of a caller, by the keyed hash of the number."""
        async with self._database.begin() as session:
            return CallerCard(
                open_cases=await _lines(session, self._open(number_hash)),
                history=await _lines(session, self._closed(number_hash)),
                repeat_30d=await session.scalar(self._repeats(number_hash, now - REPEAT)) or 0,
            )

    async def open_cases_of_caller(self, number_hash: str) -> list[CaseLine]:
        """This number's open cases, the one due first first."""
        async with self._database.begin() as session:
            return await _lines(session, self._open(number_hash))

    async def cases_of_agent(self, agent_id: str, limit: int = 50) -> list[CaseLine]:
        """What an agent has taken, newest first."""
        mine = self._lines(cases.c.created_by == agent_id).order_by(cases.c.created_at.desc()).limit(limit)
        async with self._database.begin() as session:
            return await _lines(session, mine)

    async def cases_due_before(self, at: datetime, limit: int = 100) -> list[CaseLine]:
        """Open cases whose time is up by `at`, the longest overdue first."""
        due_ = self._lines(cases.c.closed_at.is_(None), cases.c.due_at < at).order_by(cases.c.due_at)
        async with self._database.begin() as session:
            return await _lines(session, due_.limit(limit))

    async def whole(self, case_id: UUID) -> WholeCase:
        """One case with everything about it. Raises UnknownCase."""
        async with self._database.begin() as session:
            found = (await session.execute(select(cases).where(*_is(cases, self._centre, case_id)))).mappings().first()
            if found is None:
                raise UnknownCase(str(case_id))
            calls_of_case = select(case_calls.c.call_id).where(*_is(case_calls, self._centre, case_id))
            linked = list(await session.scalars(calls_of_case))
            facts = await facts_of_calls(session, self._centre, linked, self._fields)
            log = await session.execute(
                select(case_log).where(*_is(case_log, self._centre, case_id)).order_by(case_log.c.entry_no)
            )
            entries = [_entry(row) for row in log.mappings()]
            return _whole(found, linked, facts, entries, self._fields)

    async def link_call(self, case_id: UUID, call_id: str, at: datetime) -> None:
        """A further call about the same case; linking twice changes nothing. Raises IntegrityError for no case."""
        month = month_of_case(case_id)
        link = upsert(case_calls).values(
            centre_id=self._centre, created_month=month, case_id=case_id, call_id=call_id, linked_at=at
        )
        async with self._database.begin() as session:
            await session.execute(link.on_conflict_do_nothing())

    async def _already(self, session: AsyncSession, new: NewCase) -> SavedCase | None:
        same = case_saves.c
        found = await session.execute(
            select(cases.c.case_id, cases.c.number, cases.c.status, cases.c.due_at)
            .join(
                case_saves,
                (same.centre_id == cases.c.centre_id)
                & (same.created_month == cases.c.created_month)
                & (same.case_id == cases.c.case_id),
            )
            .where(same.centre_id == self._centre, same.idempotency == new.form.idempotency)
        )
        row = found.first()
        return SavedCase(**row._asdict() | {"status": Status(row.status)}, fresh=False) if row else None

    async def _store(self, session: AsyncSession, new: NewCase) -> SavedCase:
        case, log = saved(Case(id=CaseId(new.case_id)), new.form.outcome, at=new.at, actor=new.agent_id)
        promise = self._promise(new)
        number = await self._next_number(session, new.at)
        key = {"centre_id": self._centre, "created_month": month_of_case(new.case_id), "case_id": new.case_id}
        await session.execute(insert(cases).values(**key, **_columns(new, case, promise), number=number))
        await session.execute(insert(case_log), [key | _log_columns(entry) for entry in log])
        if new.form.call_id:
            await session.execute(insert(case_calls).values(**key, call_id=new.form.call_id, linked_at=new.at))
        await session.execute(insert(case_saves).values(**key, idempotency=new.form.idempotency))
        assert case.status is not None
        due_at = promise.at if promise else None
        return SavedCase(case_id=new.case_id, number=number, status=case.status, due_at=due_at, fresh=True)

    def _promise(self, new: NewCase) -> Due | None:
        if new.form.outcome is Outcome.DIRECT_ANSWER:
            return None
        return self.due(new.form.kind, new.form.urgency, new.at)

    async def _next_number(self, session: AsyncSession, at: datetime) -> str:
        """The day's next printed number; a day is local. A save that fails gives its number back."""
        day = at.astimezone(LOCAL).date()
        count = upsert(case_numbers).values(centre_id=self._centre, day=day, last=1)
        up = {"last": case_numbers.c.last + 1}
        counted = count.on_conflict_do_update(index_elements=["centre_id", "day"], set_=up)
        last = await session.scalar(counted.returning(case_numbers.c.last))
        prefix = await session.scalar(select(centres.c.case_prefix).where(centres.c.centre_id == self._centre))
        return printed_number(prefix or "", day, last or 1)

    def _lines(self, *where: ColumnElement[bool]) -> Select[Any]:
        return select(*LINE).where(cases.c.centre_id == self._centre, *where)

    def _open(self, number_hash: str, limit: int = 20) -> Select[Any]:
        mine = cases.c.number_hash == bytes.fromhex(number_hash)
        return self._lines(mine, cases.c.closed_at.is_(None)).order_by(cases.c.due_at).limit(limit)

    def _closed(self, number_hash: str, limit: int = 10) -> Select[Any]:
        mine = cases.c.number_hash == bytes.fromhex(number_hash)
        newest = cases.c.created_at.desc()
        return self._lines(mine, cases.c.closed_at.is_not(None)).order_by(newest).limit(limit)

    def _repeats(self, number_hash: str, since: datetime) -> Select[Any]:
        mine = calls.c.number_hash == bytes.fromhex(number_hash)
        return select(func.count()).where(calls.c.centre_id == self._centre, mine, calls.c.arrived_at >= since)


def _is(table: Any, centre_id: str, case_id: UUID) -> tuple[ColumnElement[bool], ...]:
    month = month_of_case(case_id)
    return (table.c.centre_id == centre_id, table.c.created_month == month, table.c.case_id == case_id)


async def _lines(session: AsyncSession, question: Select[Any]) -> list[CaseLine]:
    return [_line(row) for row in (await session.execute(question)).mappings()]


def _line(row: Mapping[Any, Any]) -> CaseLine:
    plain = {column.name: row[column.name] for column in LINE}
    words = {"kind": Kind(row["kind"]), "status": Status(row["status"]), "outcome": Outcome(row["outcome"])}
    return CaseLine(**plain | words)


def _columns(new: NewCase, case: Case, promise: Due | None) -> dict[str, Any]:
    form = new.form
    return {
        "kind": form.kind,
        "status": case.status,
        "title": form.title,
        "text": form.text,
        "class_code": form.class_code,
        "district": form.district,
        "place": form.place,
        "urgency": form.urgency,
        "confidential": form.confidential,
        "outcome": form.outcome,
        "answer": form.answer,
        **sealed_columns("caller_number", new.number),
        **sealed_columns("caller_name", new.name),
        "number_hash": bytes.fromhex(new.number_hash) if new.number_hash else None,
        "created_by": new.agent_id,
        "created_at": new.at,
        "due_at": promise.at if promise else None,
        "due_provisional": promise.provisional if promise else False,
        "closed_at": case.closed_at,
    }


def _log_columns(entry: LogEntry) -> dict[str, Any]:
    return {
        "entry_no": entry.entry_no,
        "at": entry.at,
        "actor": entry.actor,
        "step": entry.step,
        "status_before": entry.status_before,
        "status_after": entry.status_after,
        "note": entry.note,
    }


def _entry(row: Mapping[Any, Any]) -> LogEntry:
    before = row["status_before"]
    return LogEntry(
        entry_no=row["entry_no"],
        at=row["at"],
        actor=row["actor"],
        step=Step(row["step"]),
        status_before=Status(before) if before else None,
        status_after=Status(row["status_after"]),
        note=row["note"],
    )


def _whole(
    row: Mapping[Any, Any], linked: list[str], facts: list[CaseFact], log: list[LogEntry], fields: PersonalFields
) -> WholeCase:
    return WholeCase(
        line=_line(row),
        text=row["text"],
        answer=row["answer"],
        class_code=row["class_code"],
        district=row["district"],
        place=row["place"],
        caller_number=opened(fields, row, "caller_number"),
        caller_name=opened(fields, row, "caller_name"),
        created_by=row["created_by"],
        call_ids=linked,
        facts=facts,
        log=log,
    )
