"""Drafts of the case form: in PostgreSQL, and on this machine while PostgreSQL is away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from agent_desktop.ports import CaseStore, DatabaseAway, Draft, DraftConflict, Spool, Spooled

log = structlog.get_logger()

KIND = "draft"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptDraft:
    draft: Draft
    kept: str
    """`database` or `local`."""


class Drafts:
    """One draft per agent and call. A local draft goes on counting from the stored version."""

    def __init__(self, cases: CaseStore, spool: Spool) -> None:
        self._cases = cases
        self._spool = spool

    async def read(self, agent_id: str, call_id: str) -> KeptDraft:
        if local := await self._spool.get(KIND, _key(agent_id, call_id)):
            return KeptDraft(draft=_draft(local), kept="local")
        try:
            return KeptDraft(draft=await self._cases.draft(agent_id, call_id), kept="database")
        except DatabaseAway:
            return KeptDraft(draft=Draft(), kept="local")

    async def save(self, agent_id: str, call_id: str, version: int, fields: Mapping[str, object]) -> KeptDraft:
        """Save over `version`. Raises DraftConflict when another window was faster."""
        local = await self._spool.get(KIND, _key(agent_id, call_id))
        try:
            if local is not None:
                await self._deliver(local)
            draft = await self._cases.save_draft(agent_id, call_id, version, fields)
            return KeptDraft(draft=draft, kept="database")
        except DatabaseAway:
            return await self._keep(agent_id, call_id, version, fields, local)

    async def forget(self, agent_id: str, call_id: str) -> None:
        """The case is saved: its draft is of no use. One left behind by an outage does no harm."""
        await self._spool.forget(KIND, _key(agent_id, call_id))
        try:
            await self._cases.delete_draft(agent_id, call_id)
        except DatabaseAway:
            log.warning("draft.left_behind", call_id=call_id)

    async def deliver(self) -> None:
        """Bring every local draft to PostgreSQL. Raises DatabaseAway."""
        for local in await self._spool.waiting(KIND):
            await self._deliver(local)

    async def _keep(
        self, agent_id: str, call_id: str, version: int, fields: Mapping[str, object], local: Spooled | None
    ) -> KeptDraft:
        if local is not None and _draft(local).version != version:
            raise DraftConflict(_draft(local))
        base = local.body["base"] if local else version
        body = {"agent": agent_id, "call": call_id, "version": version + 1, "base": base, "fields": dict(fields)}
        await self._spool.keep(KIND, _key(agent_id, call_id), body)
        kept = await self._spool.get(KIND, _key(agent_id, call_id))
        return KeptDraft(draft=_draft(kept) if kept else Draft(version=version + 1, fields=fields), kept="local")

    async def _deliver(self, local: Spooled) -> None:
        """Save until the stored version is the one the agent's page knows, so that it sees no conflict.

        A draft that someone saved elsewhere meanwhile stays as it is: the agent's next save shows both."""
        agent_id, call_id = str(local.body["agent"]), str(local.body["call"])
        draft, version = _draft(local), _whole(local.body["base"])
        try:
            while version < draft.version:
                version = (await self._cases.save_draft(agent_id, call_id, version, draft.fields)).version
        except DraftConflict:
            log.warning("draft.newer_elsewhere", call_id=call_id)
        await self._spool.forget(KIND, local.key)


def _key(agent_id: str, call_id: str) -> str:
    return f"{agent_id}/{call_id}"


def _draft(local: Spooled) -> Draft:
    fields = local.body["fields"]
    return Draft(
        version=_whole(local.body["version"]),
        fields=fields if isinstance(fields, dict) else {},
        saved_at=local.at,
    )


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0
