"""Drafts of the case form: one an agent and call, with a version so that two desks never overwrite each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from storage.database import Database
from storage.tables import drafts


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """`version` counts saves; 0 is the draft that nobody has saved yet."""

    version: int
    fields: Mapping[str, Any]
    saved_at: datetime | None


class DraftConflict(Exception):
    """Someone saved a newer version; `present` is it."""

    code = "draft_conflict"

    def __init__(self, present: Draft) -> None:
        super().__init__(f"草稿已在别处更新（第{present.version}版）")
        self.present = present


class DraftStore:
    """Drafts of one centre. Every method raises DatabaseAway."""

    def __init__(self, database: Database, *, centre_id: str) -> None:
        self._database, self._centre = database, centre_id

    async def of(self, agent_id: str, call_id: str) -> Draft:
        async with self._database.begin() as session:
            row = (await session.execute(select(drafts).where(*self._is(agent_id, call_id)))).mappings().first()
        if row is None:
            return Draft(version=0, fields={}, saved_at=None)
        return Draft(version=row["version"], fields=row["fields"], saved_at=row["saved_at"])

    async def save(self, agent_id: str, call_id: str, version: int, fields: Mapping[str, Any]) -> Draft:
        """Store over `version`, which the writer has read. Raises DraftConflict when it is not the newest."""
        now = datetime.now(UTC)
        key = {"centre_id": self._centre, "agent_id": agent_id, "call_id": call_id}
        values = {"version": version + 1, "fields": dict(fields), "saved_at": now}
        row = insert(drafts).values(**key, **values)
        if version == 0:
            statement = row.on_conflict_do_nothing().returning(drafts.c.version)
        else:
            statement = row.on_conflict_do_update(
                index_elements=list(key), set_=values, where=drafts.c.version == version
            ).returning(drafts.c.version)
        async with self._database.begin() as session:
            stored = await session.scalar(statement)
        if stored is None:
            raise DraftConflict(await self.of(agent_id, call_id))
        return Draft(version=version + 1, fields=fields, saved_at=now)

    async def forget(self, agent_id: str, call_id: str) -> None:
        """The case is saved: its draft has done its work."""
        async with self._database.begin() as session:
            await session.execute(delete(drafts).where(*self._is(agent_id, call_id)))

    def _is(self, agent_id: str, call_id: str) -> tuple[Any, ...]:
        return (drafts.c.centre_id == self._centre, drafts.c.agent_id == agent_id, drafts.c.call_id == call_id)
