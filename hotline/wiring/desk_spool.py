"""What the desk keeps on this machine while PostgreSQL is away: cases in the spool, drafts in sealed files."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

import structlog

from agent_desktop import ports
from cases.case import CaseId
from cti.core.ports import PersonalFields
from hotline.wiring.desk_ports import opened_case, sealed_case
from storage.cases import SavedCase
from storage.database import DatabaseAway
from storage.new_case import NewCase
from storage.spool import Spool, SpooledCase

log = structlog.get_logger()


class CaseSpool:
    """The desk's view of the local spool: callers are sealed on the way in and opened on the way out."""

    def __init__(self, spool: Spool, fields: PersonalFields) -> None:
        self._spool = spool
        self._fields = fields

    async def put(self, case: ports.NewCase) -> ports.PendingCase:
        return _pending(await self._spool.put(sealed_case(case, self._fields)))

    async def find(self, idempotency: UUID) -> ports.PendingCase | None:
        found = await self._spool.find(str(idempotency))
        return _pending(found) if found else None

    async def pending(self, agent_id: str | None = None) -> Sequence[ports.PendingCase]:
        return [_pending(one) for one in await self._spool.pending(agent_id)]

    async def deliver(self, save: ports.Save) -> None:
        async def saved(new: NewCase) -> SavedCase:
            try:
                stored = await save(opened_case(new, self._fields))
            except ports.DatabaseAway as error:
                raise DatabaseAway(str(error)) from error
            return SavedCase(
                case_id=stored.case_id,
                number=stored.number,
                status=stored.status,
                due_at=stored.due_at,
                fresh=stored.fresh,
            )

        try:
            await self._spool.deliver(saved)
        except DatabaseAway as error:
            raise ports.DatabaseAway(str(error)) from error


class LocalDrafts:
    """One sealed file per agent and call; replaced whole, and on the disk when the agent is told."""

    def __init__(self, folder: Path, fields: PersonalFields) -> None:
        self._folder = folder
        self._fields = fields
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    async def keep(self, local: ports.LocalDraft) -> None:
        saved_at = local.draft.saved_at
        words = {
            "agent_id": local.agent_id,
            "call_id": local.call_id,
            "base": local.base,
            "version": local.draft.version,
            "fields": dict(local.draft.fields),
            "saved_at": saved_at.isoformat() if saved_at else None,
        }
        sealed = json.dumps(self._fields.seal(json.dumps(words, ensure_ascii=False)))
        await asyncio.to_thread(_write, self._file(local.agent_id, local.call_id), sealed)

    async def get(self, agent_id: str, call_id: str) -> ports.LocalDraft | None:
        return await asyncio.to_thread(self._read, self._file(agent_id, call_id))

    async def all(self) -> Sequence[ports.LocalDraft]:
        return await asyncio.to_thread(self._read_all)

    async def forget(self, agent_id: str, call_id: str) -> None:
        await asyncio.to_thread(self._file(agent_id, call_id).unlink, missing_ok=True)

    def _file(self, agent_id: str, call_id: str) -> Path:
        return self._folder / f"{hashlib.sha256(f'{agent_id}/{call_id}'.encode()).hexdigest()}.json"

    def _read_all(self) -> list[ports.LocalDraft]:
        return [local for path in sorted(self._folder.glob("*.json")) if (local := self._read(path))]

    def _read(self, path: Path) -> ports.LocalDraft | None:
        """A file that cannot be opened is left where it is, for people."""
        try:
            words = json.loads(self._fields.open(json.loads(path.read_text("ascii"))))
            saved_at = datetime.fromisoformat(words["saved_at"]) if words["saved_at"] else None
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            log.exception("draft.unreadable", file=path.name)
            return None
        draft = ports.Draft(version=words["version"], fields=words["fields"], saved_at=saved_at)
        return ports.LocalDraft(agent_id=words["agent_id"], call_id=words["call_id"], base=words["base"], draft=draft)


def _write(path: Path, text: str) -> None:
    fresh = path.with_suffix(f".{os.getpid()}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _pending(one: SpooledCase) -> ports.PendingCase:
    return ports.PendingCase(
        case_id=CaseId(UUID(one.case_id)),
        agent_id=one.agent_id,
        state=one.state,
        number=one.number or "",
        created_at=one.at,
        form=one.new.form if one.new else None,
    )
