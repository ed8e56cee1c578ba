"""Drafts of the case form: in PostgreSQL, and on this machine while PostgreSQL is away."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from agent_desktop.ports import CaseStore, DatabaseAway, Draft, DraftConflict, LocalDraft, LocalDrafts

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptDraft:
    draft: Draft
    kept: str
    """`database` or `local`."""


class Drafts:
    """One draft per agent and call. A local draft goes on counting from the stored version."""

    def __init__(self, cases: CaseStore, local: LocalDrafts, clock: Callable[[], float]) -> None:
        self._cases = cases
        self._local = local
        self._clock = clock

    async def read(self, agent_id: str, call_id: str) -> KeptDraft:
        if local := await self._local.get(agent_id, call_id):
            return KeptDraft(draft=local.draft, kept="local")
        try:
            return KeptDraft(draft=await self._cases.draft(agent_id, call_id), kept="database")
        except DatabaseAway:
            return KeptDraft(draft=Draft(), kept="local")

    async def save(self, agent_id: str, call_id: str, version: int, fields: Mapping[str, object]) -> KeptDraft:
        """Save over `version`. Raises DraftConflict when another window was faster with other words."""
        local = await self._local.get(agent_id, call_id)
        try:
            if local is not None:
                await self._deliver(local)
            draft = await self._cases.save_draft(agent_id, call_id, version, fields)
            return KeptDraft(draft=draft, kept="database")
        except DraftConflict as conflict:
            # The same words again: the page never heard that they were saved.
            if dict(conflict.stored.fields) != dict(fields):
                raise
            return KeptDraft(draft=conflict.stored, kept="database")
        except DatabaseAway:
            return await self._keep(agent_id, call_id, version, fields, local)

    async def forget(self, agent_id: str, call_id: str) -> None:
        """The case is saved: its draft is of no use. One left behind by an outage does no harm."""
        await self._local.forget(agent_id, call_id)
        try:
            await self._cases.delete_draft(agent_id, call_id)
        except DatabaseAway:
            log.warning("draft.left_behind", call_id=call_id)

    async def deliver(self) -> None:
        """Bring every local draft to PostgreSQL. Raises DatabaseAway."""
        for local in await self._local.all():
            await self._deliver(local)

    async def _keep(
        self, agent_id: str, call_id: str, version: int, fields: Mapping[str, object], local: LocalDraft | None
    ) -> KeptDraft:
        if local is not None and local.draft.version != version:
            raise DraftConflict(local.draft)
        saved_at = datetime.fromtimestamp(self._clock(), UTC)
        draft = Draft(version=version + 1, fields=fields, saved_at=saved_at)
        base = local.base if local else version
        await self._local.keep(LocalDraft(agent_id=agent_id, call_id=call_id, base=base, draft=draft))
        return KeptDraft(draft=draft, kept="local")

    async def _deliver(self, local: LocalDraft) -> None:
        """Save until the stored version is the one the agent's page knows, so that it sees no conflict.

        What is stored may be ahead of `base` (a save whose answer was lost); only what was saved
        later than the local draft wins over it."""
        version, draft = local.base, local.draft
        while True:
            try:
                stored = await self._cases.save_draft(local.agent_id, local.call_id, version, draft.fields)
            except DraftConflict as conflict:
                stored = conflict.stored
                if _is_later(stored, draft):
                    log.warning("draft.newer_elsewhere", call_id=local.call_id)
                    break
                version = stored.version
                continue
            version = stored.version
            if version >= draft.version:
                break
        await self._local.forget(local.agent_id, local.call_id)


def _is_later(one: Draft, other: Draft) -> bool:
    return bool(one.saved_at and other.saved_at and one.saved_at > other.saved_at)
