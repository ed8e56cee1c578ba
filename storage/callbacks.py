"""The list of missed calls: one line a number, one attempt at a time, closed for good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cti.core.ports import PersonalFields
from storage.call_end import OUTBOUND
from storage.callback_attempts import FAILED, PAUSE, RANG, REACHED, uncounted
from storage.database import Database
from storage.months import month_of_call
from storage.sealed import opened
from storage.tables import callbacks, calls

TAKEN_FOR = timedelta(minutes=5)
"""An agent who says nothing of the attempt any more gives it back by this."""
CORRECTED_WITHIN = timedelta(hours=1)
"""So long an agent may say that somebody who answered was not the one."""
OUTCOMES = FAILED | {REACHED}


class CallbackUnknown(LookupError):
    """There is no such missed call in this centre."""

    code = "callback_unknown"


class CallbackTaken(Exception):
    """Another agent has the attempt, or it is no longer this one's."""

    code = "callback_taken"


class CallbackDone(Exception):
    """The caller was reached meanwhile, or has called again and was answered."""

    code = "callback_done"


class CallbackTooEarly(Exception):
    """The number was dialled in vain a moment ago: by the centre's rule it rings again after a pause."""

    code = "callback_too_early"


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedCaller:
    """One number that was missed `times` times; clear: mask it before showing. `call_id` is the newest call.

    `tried_by` and `last_outcome` tell of the last attempt, `not_before` until when the next one waits.
    """

    call_id: str
    number: str
    queue: str
    stage: str
    missed_at: datetime
    times: int
    attempts: int
    state: str
    taken_by: str
    taken_until: datetime | None
    tried_by: str = ""
    last_outcome: str = ""
    not_before: datetime | None = None


class CallbackStore:
    """Missed calls of one centre. Every method raises DatabaseAway."""

    def __init__(self, database: Database, fields: PersonalFields, *, centre_id: str, pause: timedelta = PAUSE) -> None:
        self._database, self._fields, self._centre, self._pause = database, fields, centre_id, pause

    async def waiting(self, limit: int = 100, *, now: datetime | None = None) -> list[MissedCaller]:
        """Who is to be called back, longest waiting first; those whose pause still lasts stand last."""
        at = now or datetime.now(UTC)
        numbers = _by_number(self._open()).order_by("since").limit(limit).subquery()
        newest = and_(callbacks.c.number_hash == numbers.c.number_hash, callbacks.c.missed_at == numbers.c.newest)
        rows = select(callbacks, numbers.c.times, numbers.c.tries).join(numbers, newest).where(self._open())
        async with self._database.begin() as session:
            found = (await session.execute(rows.order_by(numbers.c.since))).mappings().all()
        lines = [self._line(row, at) for row in {bytes(row["number_hash"]): row for row in found}.values()]
        return sorted(lines, key=lambda line: line.not_before is not None)

    async def reached_by(self, agent_id: str, *, now: datetime | None = None) -> list[MissedCaller]:
        """Whom this agent has reached lately, newest first: he may still say that it was not so."""
        at = now or datetime.now(UTC)
        mine = and_(callbacks.c.centre_id == self._centre, self._reached(agent_id, at))
        rows = select(callbacks).where(mine).order_by(callbacks.c.closed_at.desc(), callbacks.c.missed_at)
        async with self._database.begin() as session:
            found = (await session.execute(rows)).mappings().all()
        newest = {(row["number_hash"], row["closed_at"]): row for row in found}
        return [self._line({**row, "times": 1, "tries": row["attempts"]}, at) for row in newest.values()]

    async def take(self, call_id: str, agent_id: str, *, now: datetime | None = None) -> str:
        """The attempt is this agent's until it expires; the number in clear. The same agent may ask again.

        Raises CallbackUnknown, CallbackTaken, CallbackDone, CallbackTooEarly.
        """
        at = now or datetime.now(UTC)
        async with self._database.begin() as session:
            row, same = await self._locked(session, call_id)
            if row["state"] == "done":
                raise CallbackDone(call_id)
            holders = {each["taken_by"] for each in same if _is_taken(each, at)}
            if holders - {agent_id}:
                raise CallbackTaken(call_id)
            if self._not_before(max(same, key=_missed_at), at):
                raise CallbackTooEarly(call_id)
            again = int(agent_id not in holders)
            taken = {"state": "taken", "taken_by": agent_id, "taken_at": at, "taken_until": at + TAKEN_FOR}
            attempts = callbacks.c.attempts + again
            await session.execute(update(callbacks).where(self._all_of(same)).values(**taken, attempts=attempts))
        return opened(self._fields, row, "number")

    async def release(self, call_id: str, agent_id: str, outcome: str) -> None:
        """Nothing was dialled: give it back as if it had not been taken. It may have been given back already."""
        async with self._database.begin() as session:
            row, same = await self._locked(session, call_id)
            if row["state"] == "taken" and row["taken_by"] == agent_id:
                await session.execute(update(callbacks).where(self._all_of(same)).values(**_given_back(outcome)))

    async def attempted(
        self, call_id: str, agent_id: str, outcome: str, *, by_call: str = "", now: datetime | None = None
    ) -> None:
        """What the agent of the last attempt says of it, whatever the dial itself has told: it may be corrected.

        Reached closes every missed call of the number; anything else opens again what was closed by it.
        Raises CallbackUnknown, CallbackTaken, CallbackDone, ValueError for an outcome that there is not.
        """
        if outcome not in OUTCOMES:
            raise ValueError(f"{outcome!r} is no outcome of a call back")
        at = now or datetime.now(UTC)
        async with self._database.begin() as session:
            row, same = await self._locked(session, call_id)
            if row["state"] == "done":
                return await self._reopen(session, row, agent_id, outcome, at)
            if row["taken_by"] != agent_id:
                raise CallbackTaken(call_id)
            held = row["state"] == "taken"
            change = _closed(agent_id, by_call, at) if outcome == REACHED else _given_back(outcome, counted=not held)
            await session.execute(update(callbacks).where(self._all_of(same)).values(**change))

    async def _reopen(
        self, session: AsyncSession, row: Mapping[Any, Any], agent_id: str, outcome: str, at: datetime
    ) -> None:
        """It was not the caller who answered. `closed_call_id` stays: that call does not close it once more."""
        mine = row["closed_as"] == REACHED and row["closed_by"] == agent_id
        if outcome == REACHED or not mine or row["closed_at"] < at - CORRECTED_WITHIN:
            raise CallbackDone(row["call_id"])
        with_it = and_(
            callbacks.c.centre_id == self._centre,
            callbacks.c.number_hash == row["number_hash"],
            callbacks.c.closed_at == row["closed_at"],
            self._reached(agent_id, at),
        )
        again = {"state": "open", "taken_by": agent_id, "last_outcome": outcome}
        change = {**again, "closed_at": None, "closed_as": None, "closed_by": None, "taken_until": None}
        await session.execute(update(callbacks).where(with_it).values(**change))

    async def close_answered(self) -> int:
        """Missed calls whose caller was answered later on: for answers that two nodes told at the same moment."""
        later = and_(
            calls.c.centre_id == callbacks.c.centre_id,
            calls.c.number_hash == callbacks.c.number_hash,
            calls.c.answered_at > callbacks.c.missed_at,
            calls.c.trunk.is_distinct_from(OUTBOUND),
        )
        done = {"state": "done", "closed_as": "called_again", "closed_at": calls.c.answered_at}
        who = {"closed_by": calls.c.agent_id, "closed_call_id": calls.c.call_id}
        async with self._database.begin() as session:
            result = await session.execute(update(callbacks).where(self._open(), later).values(**done, **who))
            return int(getattr(result, "rowcount", 0))

    def _open(self) -> Any:
        return and_(callbacks.c.centre_id == self._centre, callbacks.c.state != "done")

    def _reached(self, agent_id: str, at: datetime) -> Any:
        closed = and_(callbacks.c.state == "done", callbacks.c.closed_as == REACHED)
        return and_(closed, callbacks.c.closed_by == agent_id, callbacks.c.closed_at >= at - CORRECTED_WITHIN)

    def _not_before(self, row: Mapping[Any, Any], at: datetime) -> datetime | None:
        """Until when this number is left in peace; whoever has called again since may be called at once."""
        if row["state"] != "open" or row["last_outcome"] not in RANG or row["taken_at"] is None:
            return None
        until: datetime = row["taken_at"] + self._pause
        return until if until > at else None

    def _all_of(self, rows: Sequence[Mapping[Any, Any]]) -> Any:
        months = {row["created_month"] for row in rows}
        ids = [row["call_id"] for row in rows]
        mine = callbacks.c.centre_id == self._centre
        return and_(mine, callbacks.c.created_month.in_(months), callbacks.c.call_id.in_(ids))

    async def _locked(self, session: AsyncSession, call_id: str) -> tuple[Mapping[Any, Any], list[Mapping[Any, Any]]]:
        """The missed call, and with it every open one of the same number: none moves until we are done."""
        key = (callbacks.c.centre_id == self._centre, callbacks.c.created_month == month_of_call(call_id))
        number = select(callbacks.c.number_hash).where(*key, callbacks.c.call_id == call_id).scalar_subquery()
        this = callbacks.c.call_id == call_id
        of_number = select(callbacks).where(callbacks.c.centre_id == self._centre, callbacks.c.number_hash == number)
        rows = await session.execute(
            of_number.where(or_(callbacks.c.state != "done", this)).order_by(callbacks.c.call_id).with_for_update()
        )
        found: list[Mapping[Any, Any]] = list(rows.mappings().all())
        row = next((each for each in found if each["call_id"] == call_id), None)
        if row is None:
            raise CallbackUnknown(call_id)
        return row, [each for each in found if each["state"] != "done"]

    def _line(self, row: Mapping[Any, Any], at: datetime) -> MissedCaller:
        taken = _is_taken(row, at)
        return MissedCaller(
            call_id=row["call_id"],
            number=opened(self._fields, row, "number"),
            queue=row["queue"] or "",
            stage=row["stage"],
            missed_at=row["missed_at"],
            times=row["times"],
            attempts=row["tries"],
            state="done" if row["state"] == "done" else "taken" if taken else "open",
            taken_by=row["taken_by"] if taken else "",
            taken_until=row["taken_until"] if taken else None,
            tried_by=row["taken_by"] or "",
            last_outcome=row["last_outcome"] or "",
            not_before=self._not_before(row, at),
        )


def _by_number(open_ones: Any) -> Any:
    return (
        select(
            callbacks.c.number_hash,
            func.max(callbacks.c.missed_at).label("newest"),
            func.min(callbacks.c.missed_at).label("since"),
            func.count().label("times"),
            func.max(callbacks.c.attempts).label("tries"),
        )
        .where(open_ones)
        .group_by(callbacks.c.number_hash)
    )


def _is_taken(row: Mapping[Any, Any], at: datetime) -> bool:
    until = row["taken_until"]
    return row["state"] == "taken" and until is not None and until > at


def _missed_at(row: Mapping[Any, Any]) -> datetime:
    missed_at: datetime = row["missed_at"]
    return missed_at


def _closed(agent_id: str, by_call: str, at: datetime) -> dict[str, Any]:
    how = {"closed_as": REACHED, "closed_by": agent_id, "closed_call_id": by_call or None}
    return {"state": "done", "closed_at": at, "taken_until": None, "last_outcome": REACHED, **how}


def _given_back(outcome: str, *, counted: bool = False) -> dict[str, Any]:
    """Open again; who tried it last stays known. `counted`: the attempts are right as they are."""
    back = 0 if counted else uncounted(outcome)
    attempts = func.greatest(callbacks.c.attempts - back, 0)
    return {"state": "open", "taken_until": None, "last_outcome": outcome, "attempts": attempts}
