"""The desk's ports to PostgreSQL, filled by the storage room."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import structlog
from sqlalchemy import text

from agent_desktop import ports
from agent_desktop.assistance import Assistance
from cases.case import NAMES, CaseId
from cti.core.ports import PersonalFields
from storage import agents, audit, calls, cases, drafts
from storage.database import Database, DatabaseAway
from storage.new_case import NewCase
from storage.three_ways import ThreeWayLine, ThreeWayStore

log = structlog.get_logger()

_REST_SECONDS = 4.0
"""Longer than the time between two probes, so that only a probe ends the rest."""

_PASSWORDS_AT_ONCE = 2
"""Argon2 takes 64 MiB and a core each time; more at once would starve the calls."""


class Asking:
    """Says "away" in the desk's own word, and at once while PostgreSQL is known to be away: an agent
    who saves then waits for one time limit at most, not for one after the other."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._rest_until = 0.0

    @contextmanager
    def postgres(self, *, probe: bool = False) -> Iterator[None]:
        """A probe is let through always; when it succeeds, so is everything else."""
        if not probe and self._clock() < self._rest_until:
            raise ports.DatabaseAway("known to be away")
        try:
            yield
        except DatabaseAway as error:
            self._rest_until = self._clock() + _REST_SECONDS
            raise ports.DatabaseAway(str(error)) from error
        if probe:
            self._rest_until = 0.0


class Agents:
    """agents.json, read again when it changes; a fresh log-in knows more than an older file."""

    def __init__(self, directory: Path, store: agents.AgentStore, asking: Asking) -> None:
        self._asking = asking
        self._path = directory
        self._store = store
        self._read_at = 0.0
        self._listed: dict[str, agents.Agent] = {}
        self._seen: dict[str, tuple[float, agents.Agent]] = {}
        self._at_once = asyncio.Semaphore(_PASSWORDS_AT_ONCE)

    def find(self, agent_id: str) -> ports.AgentRecord | None:
        self._read()
        seen_at, agent = self._seen.get(agent_id, (0.0, None))
        if agent is None or seen_at < self._read_at:
            agent = self._listed.get(agent_id)
        return None if agent is None or agent.disabled else _record(agent)

    def working(self) -> Sequence[ports.AgentRecord]:
        self._read()
        return [_record(agent) for _, agent in sorted(self._listed.items()) if not agent.disabled]

    async def authenticate(self, agent_id: str, password: str) -> ports.AgentRecord | None:
        try:
            with self._asking.postgres():
                async with self._at_once:
                    agent = await self._store.authenticate(agent_id, password)
        except agents.BadLogin:
            return None
        self._seen[agent.id] = (time.time(), agent)
        return _record(agent)

    def _read(self) -> None:
        """A file that is missing or torn leaves what was known."""
        try:
            changed_at = self._path.stat().st_mtime
            if changed_at != self._read_at:
                self._listed, self._read_at = agents.read_directory(self._path), changed_at
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("agents.directory_unreadable", error=type(error).__name__)


class Cases:
    """Cases, calls and drafts of one centre, in the shapes that the desk shows."""

    def __init__(
        self,
        database: Database,
        store: cases.CaseStore,
        call_store: calls.CallStore,
        draft_store: drafts.DraftStore,
        three_ways: ThreeWayStore,
        fields: PersonalFields,
        asking: Asking,
    ) -> None:
        self._asking = asking
        self._database = database
        self._store = store
        self._calls = call_store
        self._drafts = draft_store
        self._three_ways = three_ways
        self._fields = fields

    async def ping(self) -> None:
        with self._asking.postgres(probe=True):
            async with self._database.begin(seconds=1.0) as session:
                await session.execute(text("SELECT 1"))

    async def caller_record(self, number_hash: str) -> ports.CallerRecord:
        with self._asking.postgres():
            card = await self._store.card(number_hash, datetime.now(UTC))
            told = await self._three_ways.of_cases([case.case_id for case in (*card.open_cases, *card.history)])
        return ports.CallerRecord(
            open_cases=tuple(_line(case, told.get(case.case_id, ())) for case in card.open_cases),
            history=tuple(_line(case, told.get(case.case_id, ())) for case in card.history),
            repeat_30d=card.repeat_30d,
        )

    async def save_case(self, case: ports.NewCase) -> ports.StoredCase:
        with self._asking.postgres():
            saved = await self._store.save(sealed_case(case, self._fields))
        return ports.StoredCase(
            case_id=CaseId(saved.case_id),
            number=saved.number,
            status=saved.status,
            due_at=saved.due_at,
            fresh=saved.fresh,
        )

    async def caller_of(self, call_id: str, agent_id: str) -> ports.Caller | None:
        try:
            with self._asking.postgres():
                call = await self._calls.call(call_id)
        except ValueError:
            raise ports.NotFound(call_id) from None
        if call is None:
            return None
        if call.agent_id != agent_id:
            raise ports.NotFound(call_id)
        return ports.Caller(number=call.number, name=call.name)

    async def cases_of(self, agent_id: str, limit: int) -> Sequence[ports.CaseLine]:
        with self._asking.postgres():
            return [_line(case) for case in await self._store.cases_of_agent(agent_id, limit)]

    async def calls_of(self, agent_id: str, limit: int) -> Sequence[ports.CallLine]:
        with self._asking.postgres():
            return [_call_line(call) for call in await self._calls.calls_of_agent(agent_id, limit)]

    async def draft(self, agent_id: str, call_id: str) -> ports.Draft:
        with self._asking.postgres():
            return _draft(await self._drafts.of(agent_id, call_id))

    async def save_draft(self, agent_id: str, call_id: str, version: int, fields: Mapping[str, object]) -> ports.Draft:
        try:
            with self._asking.postgres():
                return _draft(await self._drafts.save(agent_id, call_id, version, fields))
        except drafts.DraftConflict as conflict:
            raise ports.DraftConflict(_draft(conflict.present)) from conflict

    async def delete_draft(self, agent_id: str, call_id: str) -> None:
        with self._asking.postgres():
            await self._drafts.forget(agent_id, call_id)


class Audit:
    def __init__(self, store: audit.AuditStore, asking: Asking) -> None:
        self._asking = asking
        self._store = store

    async def note(self, actor: str, act: str, subject: str, address: str) -> None:
        with self._asking.postgres():
            await self._store.note(actor, audit.Act(act), subject, address=address)


def sealed_case(case: ports.NewCase, fields: PersonalFields) -> NewCase:
    """The storage room's shape: number and name sealed, the number findable by its hash."""
    return NewCase(
        case_id=case.case_id,
        form=case.form,
        agent_id=case.agent_id,
        at=case.created_at,
        number=fields.seal(case.number) if case.number else None,
        name=fields.seal(case.name) if case.name else None,
        number_hash=fields.number_hash(case.number) if case.number else None,
    )


def opened_case(new: NewCase, fields: PersonalFields) -> ports.NewCase:
    return ports.NewCase(
        case_id=CaseId(new.case_id),
        form=new.form,
        agent_id=new.agent_id,
        created_at=new.at,
        number=fields.open(new.number) if new.number else "",
        name=fields.open(new.name) if new.name else "",
    )


def _record(agent: agents.Agent) -> ports.AgentRecord:
    return ports.AgentRecord(
        id=agent.id,
        name=agent.name,
        extension=agent.extension,
        queues=agent.queues,
        roles=frozenset(agent.roles),
        sip_generation=agent.sip_generation,
    )


def assistance(line: ThreeWayLine) -> Assistance:
    return Assistance(
        entry=line.entry,
        department=line.department or "",
        asked_by=line.asked_by or "",
        asked_at=line.asked_at,
        answered_at=line.answered_at,
        talked_seconds=line.talked_s,
        outcome=line.outcome or "",
        solved=line.solved,
    )


def _line(case: cases.CaseLine, told: Sequence[ThreeWayLine] = ()) -> ports.CaseLine:
    return ports.CaseLine(
        case_id=str(case.case_id),
        number=case.number,
        title=case.title,
        kind=case.kind,
        status=case.status,
        status_name=NAMES[case.status],
        created_at=case.created_at,
        due_at=case.due_at,
        department=case.department or "",
        assistance=tuple(assistance(line) for line in told),
    )


def _call_line(call: calls.CallLine) -> ports.CallLine:
    told = [line for line in call.recordings if line.state != "recording"]
    return ports.CallLine(
        call_id=call.call_id,
        arrived_at=call.arrived_at,
        number=call.number,
        name=call.name,
        queue=call.queue or "",
        talk_seconds=call.talk_s,
        state=call.outcome or ("ended" if call.ended_at else "talking"),
        case_number="、".join(call.case_numbers),
        recordings=tuple(
            ports.RecordingLine(
                recording_id=str(one.recording_id),
                role=one.role,
                seconds=one.seconds,
                state=one.state,
                fault=one.fault or "",
                party=one.party or "",
            )
            for one in told
        ),
    )


def _draft(draft: drafts.Draft) -> ports.Draft:
    return ports.Draft(version=draft.version, fields=draft.fields, saved_at=draft.saved_at)
