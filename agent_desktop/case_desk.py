"""Saving a case: once, in PostgreSQL, or on this machine first and in PostgreSQL later."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID, uuid5

import structlog

from agent_desktop.control import Control
from agent_desktop.desks import Desks
from agent_desktop.drafts import Drafts
from agent_desktop.frames import CaseFrame
from agent_desktop.ports import CaseSpool, CaseStore, DatabaseAway, NewCase, NotFound, PendingCase, StoredCase
from agent_desktop.sessions import Session
from cases.case import new_case_id
from cases.classify import seed_reference
from cases.form import CaseForm, read_form

log = structlog.get_logger()

STORED, PENDING = "stored", "pending"
NO_CALL = "new"
"""The draft of a case without a call."""

_DELIVERED = "delivered"
_FIRST_WAIT, _LAST_WAIT = 2.0, 30.0
_NAMESPACE = UUID("6b1d9d0e-52f5-4d35-9a4b-1f0c64a7c8b1")


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedCase:
    """What the desk is told; a pending case has no printed number yet."""

    case_id: str
    number: str
    sync: str
    repeated: bool = False


class CaseDesk:
    """Cases of the desks of this process. What is acknowledged is on a disk, and becomes one case."""

    def __init__(
        self,
        *,
        cases: CaseStore,
        spool: CaseSpool,
        drafts: Drafts,
        control: Control,
        desks: Desks,
        clock: Callable[[], float],
    ) -> None:
        self._cases = cases
        self._spool = spool
        self._drafts = drafts
        self._control = control
        self._desks = desks
        self._clock = clock
        self._due = asyncio.Event()

    async def save(self, session: Session, given: Mapping[str, object]) -> SavedCase:
        """Save the form. Raises BadForm, NotFound (a call of somebody else)."""
        case = await self._new_case(session, _own(session.agent_id, read_form(given, seed_reference())))
        saved = await self._save(case)
        call_id = case.form.call_id
        await self._drafts.forget(session.agent_id, call_id or NO_CALL)
        self._desks.case_saved(session.agent_id, call_id or "")
        log.info("case.saved", case_id=saved.case_id, call_id=call_id, sync=saved.sync)
        return saved

    async def pending_of(self, agent_id: str) -> Sequence[PendingCase]:
        """This agent's cases that wait on this machine, newest first."""
        return list(reversed(await self._spool.pending(agent_id)))

    async def pending_count(self) -> int:
        return len(await self._spool.pending())

    def database_changed(self, is_up: bool) -> None:
        if is_up:
            self._due.set()

    async def run(self) -> None:
        """Deliver what waits: at start, whenever told, and again after 2 to 30 s while PostgreSQL is away."""
        wait = _FIRST_WAIT
        self._due.set()
        while True:
            await self._due.wait()
            self._due.clear()
            if await self._deliver():
                wait = _FIRST_WAIT
                continue
            with suppress(TimeoutError):
                await asyncio.wait_for(self._due.wait(), timeout=wait)
            wait = min(wait * 2, _LAST_WAIT)
            self._due.set()

    async def _save(self, case: NewCase) -> SavedCase:
        """A key that went through the spool stays there, so that a retry never makes a second case."""
        if known := await self._spool.find(case.form.idempotency):
            return _told(known, repeated=True)
        try:
            stored = await self._cases.save_case(case)
        except DatabaseAway:
            kept = await self._spool.put(case)
            self._due.set()
            return _told(kept, repeated=kept.case_id != case.case_id)
        return SavedCase(case_id=str(stored.case_id), number=stored.number, sync=STORED, repeated=not stored.fresh)

    async def _deliver(self) -> bool:
        """Deliver all cases and drafts; False when it must be tried again."""
        try:
            await self._spool.deliver(self._deliver_one)
            await self._drafts.deliver()
        except DatabaseAway:
            return False
        except Exception:
            log.exception("spool.delivery_failed")
            return False
        return True

    async def _deliver_one(self, waiting: NewCase) -> StoredCase:
        """Idempotent by its key: a crash before the spool knows delivers again and changes nothing."""
        case = await self._owned(waiting)
        stored = await self._cases.save_case(case)
        log.info("case.delivered", case_id=str(stored.case_id), call_id=case.form.call_id)
        frame = CaseFrame(case_id=str(stored.case_id), number=stored.number, sync=STORED)
        self._desks.tell_case(case.agent_id, frame)
        return stored

    async def _owned(self, case: NewCase) -> NewCase:
        """The case without its call when the call turns out to be somebody else's."""
        try:
            return await self._with_caller(case)
        except NotFound:
            log.warning("case.not_their_call", case_id=str(case.case_id), call_id=case.form.call_id)
            return replace(case, form=replace(case.form, call_id=None))

    async def _new_case(self, session: Session, form: CaseForm) -> NewCase:
        now = datetime.fromtimestamp(self._clock(), UTC)
        case_id, agent_id = new_case_id(now), session.agent_id
        case = NewCase(case_id=case_id, agent_id=agent_id, form=form, number="", name="", created_at=now)
        return await self._with_caller(case)

    async def _with_caller(self, case: NewCase) -> NewCase:
        """The case with its caller, if the call is this agent's. Raises NotFound when it is not.

        With PostgreSQL away a call from before this process started cannot be looked up; it is when
        the case is delivered."""
        call_id = case.form.call_id
        if not call_id or case.number:
            return case
        live = self._control.live.known_call(call_id)
        if live is not None and self._control.live.was_at(call_id, case.agent_id):
            return replace(case, number=live.number, name=live.name)
        try:
            caller = await self._cases.caller_of(call_id, case.agent_id)
        except DatabaseAway:
            caller = None
        if caller is not None:
            return replace(case, number=caller.number, name=caller.name)
        if live is not None:
            raise NotFound(call_id)
        return case


def _told(kept: PendingCase, *, repeated: bool) -> SavedCase:
    sync = STORED if kept.state == _DELIVERED else PENDING
    return SavedCase(case_id=str(kept.case_id), number=kept.number, sync=sync, repeated=repeated)


def _own(agent_id: str, form: CaseForm) -> CaseForm:
    """The page's key made this agent's own: nobody can ask for another's case by its key."""
    return replace(form, idempotency=uuid5(_NAMESPACE, f"{agent_id}/{form.idempotency}"))
