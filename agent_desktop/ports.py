"""What the desk needs from the rest of the house, as small Protocols wired in `hotline`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from cases.case import CaseId
from cases.form import CaseForm


class DatabaseAway(Exception):
    """PostgreSQL does not answer; the caller must go on without it or say so."""


class DraftConflict(Exception):
    """Someone saved a newer draft: `stored` is the one that stays."""

    def __init__(self, stored: Draft) -> None:
        super().__init__(f"the stored version is {stored.version}")
        self.stored = stored


class NotFound(LookupError):
    """No such thing, or not for this agent: the two look alike from outside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRecord:
    """One agent of the directory, without any secret."""

    id: str
    name: str
    extension: str
    queues: tuple[str, ...]
    roles: frozenset[str]
    sip_generation: int


class Agents(Protocol):
    """The directory: known without PostgreSQL; only the password hash lives there."""

    def find(self, agent_id: str) -> AgentRecord | None: ...

    async def password_hash(self, agent_id: str) -> str | None:
        """Argon2 hash, or None for a stranger. Raises DatabaseAway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLine:
    """A case as one line of a list or of the caller card."""

    case_id: str
    number: str
    title: str
    kind: str
    status: str
    status_name: str
    created_at: datetime
    due_at: datetime | None = None
    department: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerRecord:
    """What is known of a number: open cases newest first, closed ones, calls in 30 days."""

    open_cases: tuple[CaseLine, ...] = ()
    history: tuple[CaseLine, ...] = ()
    repeat_30d: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A case form as last saved; version 0 means that nothing was saved yet."""

    version: int = 0
    fields: Mapping[str, object] = field(default_factory=dict)
    saved_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCase:
    """A checked form and its caller in clear; a repeated `form.idempotency` gives the first one's case."""

    case_id: CaseId
    agent_id: str
    form: CaseForm
    number: str
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCase:
    """The case as PostgreSQL has it, with its printed number."""

    case_id: str
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who called, in clear."""

    number: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingLine:
    """One recorded leg of a call."""

    recording_id: str
    role: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLine:
    """A finished call in the list of my calls; number and name in clear, masked by the page."""

    call_id: str
    arrived_at: datetime
    number: str
    name: str
    queue: str
    talk_seconds: float | None
    state: str
    case_id: str = ""
    case_number: str = ""
    recordings: tuple[RecordingLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingFile:
    """Where a closed recording lies (inside the recordings root), and whose call it was."""

    path: Path
    call_id: str
    agents: frozenset[str]


class CaseStore(Protocol):
    """Cases and drafts in PostgreSQL. Every method may raise DatabaseAway."""

    async def caller_record(self, number_hash: str) -> CallerRecord: ...

    async def save_case(self, case: NewCase) -> StoredCase:
        """Save once per idempotency key."""

    async def caller_of(self, call_id: str, agent_id: str) -> Caller:
        """The caller of a call that this agent answered. Raises NotFound."""

    async def cases_of(self, agent_id: str, limit: int) -> Sequence[CaseLine]: ...

    async def calls_of(self, agent_id: str, limit: int) -> Sequence[CallLine]: ...

    async def draft(self, agent_id: str, call_id: str) -> Draft: ...

    async def save_draft(self, agent_id: str, call_id: str, version: int, fields: Mapping[str, object]) -> Draft:
        """Save over `version` and return the new one. Raises DraftConflict."""

    async def delete_draft(self, agent_id: str, call_id: str) -> None: ...

    async def ping(self) -> None: ...


class Recordings(Protocol):
    """Closed recordings."""

    async def find(self, recording_id: str) -> RecordingFile:
        """Raises NotFound or DatabaseAway."""


class Audit(Protocol):
    """Who looked at what; a row is written before the thing is shown."""

    async def note(self, *, agent_id: str, action: str, subject: str, address: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Spooled:
    """One thing kept on this machine until PostgreSQL is back."""

    key: str
    body: Mapping[str, object]
    at: datetime


class Spool(Protocol):
    """Local, fsynced, sealed. `kind` is "case" or "draft"; a key is kept once per kind."""

    async def keep(self, kind: str, key: str, body: Mapping[str, object]) -> None: ...

    async def get(self, kind: str, key: str) -> Spooled | None: ...

    async def waiting(self, kind: str) -> Sequence[Spooled]: ...

    async def forget(self, kind: str, key: str) -> None: ...
