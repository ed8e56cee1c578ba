"""Who has looked at what: each row carries the hash of the one before, so that a change anywhere shows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import Database
from storage.months import month_of
from storage.tables import audit

FIRST_LINK = bytes(32)


class Act(StrEnum):
    LOGGED_IN = "logged_in"
    LOGIN_REFUSED = "login_refused"
    LOGGED_OUT = "logged_out"
    RECORDING_PLAYED = "recording_played"
    RECORDING_DECRYPTED = "recording_decrypted"
    RECORDING_EXPIRED = "recording_expired"
    NUMBER_REVEALED = "number_revealed"
    EMERGENCY_SHOWN = "emergency_shown"
    EMERGENCIES_LISTED = "emergencies_listed"
    CALLBACK_TAKEN = "callback_taken"
    CALLER_DIALLED = "caller_dialled"
    LISTENED = "listened"
    WHISPERED = "whispered"
    BARGED = "barged"
    TOOK_OVER = "took_over"
    AGENT_FORCED = "agent_forced"
    AGENT_MESSAGED = "agent_messaged"
    SIP_PASSWORD_REPLACED = "sip_password_replaced"  # noqa: S105 - the name of an act, no secret


@dataclass(frozen=True, slots=True)
class Break:
    """The first row whose link does not follow from the rows before it, or the place of a missing one."""

    place: int
    reason: str


class AuditStore:
    """The audit of one centre. Every method raises DatabaseAway."""

    def __init__(self, database: Database, *, centre_id: str) -> None:
        self._database, self._centre = database, centre_id

    async def note(
        self, actor: str, act: Act, subject: str, *, at: datetime | None = None, **body: str | int | bool
    ) -> None:
        """Add one row. `subject` is an id, never a number or a name."""
        when = at or datetime.now(UTC)
        async with self._database.begin() as session:
            # One writer at a time: two rows must not follow the same one.
            await session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"audit/{self._centre}"))))
            place, link = await self._last(session)
            row = {"place": place + 1, "at": when, "actor": actor, "act": act, "subject": subject, "body": body}
            key = {"centre_id": self._centre, "created_month": month_of(when)}
            await session.execute(insert(audit).values(**key, **row, link=link_of(link, row)))

    async def first_break(self) -> Break | None:
        """Follow the chain from its beginning; None when every row is there and unchanged."""
        ours = select(audit).where(audit.c.centre_id == self._centre).order_by(audit.c.place)
        link, place = FIRST_LINK, 0
        async with self._database.begin(seconds=600) as session:
            async for row in (await session.stream(ours)).mappings():
                place += 1
                if row["place"] != place:
                    return Break(place, "a row is missing")
                link = link_of(link, row)
                if row["link"] != link:
                    return Break(place, "a row was changed")
        return None

    async def _last(self, session: AsyncSession) -> tuple[int, bytes]:
        ours = select(audit.c.place, audit.c.link).where(audit.c.centre_id == self._centre)
        row = (await session.execute(ours.order_by(audit.c.place.desc()).limit(1))).first()
        return (row.place, row.link) if row else (0, FIRST_LINK)


def link_of(before: bytes, row: Mapping[Any, Any]) -> bytes:
    """SHA-256 over the link before and everything in the row, written in one fixed way."""
    said = {name: row[name] for name in ("place", "actor", "act", "subject", "body")}
    stamp = row["at"].astimezone(UTC).isoformat(timespec="microseconds")
    text = json.dumps(said | {"at": stamp}, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(before + text.encode()).digest()
