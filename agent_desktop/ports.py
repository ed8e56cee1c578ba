"""What the desk needs from the rest of the house, as small Protocols wired in `hotline`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from agent_desktop.assistance import Assistance
from cases.case import CaseId, Status
from cases.emergency import EmergencyRecord
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
    """The directory: known without PostgreSQL; only passwords are there alone."""

    def find(self, agent_id: str) -> AgentRecord | None:
        """None for a stranger and for one who may not work any more."""

    def working(self) -> Sequence[AgentRecord]:
        """All who may work, by their ids."""

    async def authenticate(self, agent_id: str, password: str) -> AgentRecord | None:
        """Whose password this is, off the loop and equally long for strangers. Raises DatabaseAway."""


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
    assistance: tuple[Assistance, ...] = ()
    """Told of the cases on a caller card."""


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
    """The case as PostgreSQL has it; `fresh` is False when this very save had arrived before."""

    case_id: CaseId
    number: str
    status: Status
    due_at: datetime | None
    fresh: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingCase:
    """A case on this machine's disk: pending, refused by PostgreSQL, or delivered with its number."""

    case_id: CaseId
    agent_id: str
    state: str
    number: str
    created_at: datetime
    form: CaseForm | None


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
    seconds: float | None
    state: str = "closed"
    """closed, damaged (it can be tried all the same), missing or expired."""
    fault: str = ""
    """What was found wrong with it: gone, size, header, short, long or seal; repaired, when that is over."""
    party: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLine:
    """A finished call in the list of my calls; number and name in clear, masked by the page."""

    call_id: str
    arrived_at: datetime | None
    number: str
    name: str
    queue: str
    talk_seconds: float | None
    state: str
    case_number: str = ""
    recordings: tuple[RecordingLine, ...] = ()


class Sound(Protocol):
    """A WAV in clear, whatever it is kept in; read off the loop."""

    @property
    def size(self) -> int: ...

    async def read(self, start: int, size: int) -> bytes: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingFile:
    """What is heard of a call, and whose call it was; `tracks` names who is on which channel of the sound."""

    sound: Sound
    call_id: str
    agents: frozenset[str]
    tracks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One party of a recorded call; times are seconds from the call's first sound."""

    recording_id: str
    role: str
    party: str
    name: str
    state: str
    fault: str
    begins: float
    seconds: float
    track: int | None
    """Which channel of the joined sound it is; None when there is nothing to hear."""
    peaks: tuple[int, ...] = ()
    """How loud each equal part of it is, 0 to 100."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LanePause:
    """Nothing was recorded then, because somebody said something that must not be."""

    reason: str
    by: str
    begins: float
    ends: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Lanes:
    """What a call's recording looks like: its parties one below the other, on one line of time."""

    call_id: str
    agents: frozenset[str]
    tracks: tuple[str, ...]
    started_at: datetime
    seconds: float
    lanes: tuple[Lane, ...]
    pauses: tuple[LanePause, ...]
    assistance: tuple[Assistance, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """A missed call that somebody must return; `number` is masked already, `id` is the missed call's id."""

    id: str
    number: str
    queue: str
    stage: str
    """Where it was lost: menu, queue or cut."""
    missed_at: datetime
    times: int
    attempts: int
    state: str
    taken_by: str = ""
    taken_until: datetime | None = None
    tried_by: str = ""
    last_outcome: str = ""
    """Of the last attempt: busy, unanswered, refused, dead, cancelled, no_desk, not_allowed, not_tried or reached."""
    not_before: datetime | None = None
    """By the centre's rule the number is not dialled again before."""


class CallbackRefused(Exception):
    """`code` is callback_taken, callback_done, callback_too_early or callback_unknown."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Callbacks(Protocol):
    """The list of missed calls. Every method may raise DatabaseAway."""

    async def open(self, limit: int) -> Sequence[Callback]:
        """Longest waiting first, those whose pause lasts at the end; one line a number."""

    async def reached_by(self, agent_id: str) -> Sequence[Callback]:
        """Whom this agent has reached lately: it may still be corrected."""

    async def take(self, callback_id: str, agent_id: str, address: str) -> Caller:
        """The one attempt is this agent's for a while; the number in clear, audited. Raises CallbackRefused."""

    async def release(self, callback_id: str, agent_id: str, outcome: str) -> None:
        """Nothing was dialled: as if it had not been taken. Raises CallbackRefused."""

    async def attempted(self, callback_id: str, agent_id: str, outcome: str, call_id: str = "") -> None:
        """What the agent says of the last attempt, which the dial itself may have told otherwise.

        `reached` closes all of this number; anything else opens it again. Raises CallbackRefused.
        """


class Dialling(Protocol):
    """Whom a case is about, for a call from it."""

    async def number_of_case(self, case_id: str, agent_id: str, address: str) -> str:
        """The caller's number in clear, audited; empty when there is none. Raises NotFound or DatabaseAway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryEntry:
    """Somebody whom a desk may ask or transfer to, at one moment; `kind` is specialist, department or centre."""

    id: str
    kind: str
    department: str
    name: str
    topics: tuple[str, ...]
    languages: tuple[str, ...]
    initials: tuple[str, ...]
    on_duty: bool


class Directory(Protocol):
    """Specialists, department lines and other centres: known without PostgreSQL."""

    def entries(self, at: datetime) -> Sequence[DirectoryEntry]: ...


class CaseStore(Protocol):
    """Cases and drafts in PostgreSQL. Every method may raise DatabaseAway."""

    async def caller_record(self, number_hash: str) -> CallerRecord: ...

    async def save_case(self, case: NewCase) -> StoredCase:
        """Save once per idempotency key."""

    async def caller_of(self, call_id: str, agent_id: str) -> Caller | None:
        """Who called; None when the call is not there (yet). Raises NotFound for another agent's call."""

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

    async def joined(self, call_id: str) -> RecordingFile:
        """Every leg of the call, a track each. Raises NotFound or DatabaseAway."""

    async def lanes(self, call_id: str) -> Lanes:
        """What `joined` holds and what it lacks. Raises NotFound or DatabaseAway."""


class Emergencies(Protocol):
    """Records of emergencies, numbers in clear. Every method may raise DatabaseAway."""

    async def since(self, at: datetime, limit: int, pressed_by: str | None) -> Sequence[EmergencyRecord]:
        """Those pressed, reached or ended since, oldest press first; of one agent alone, if named."""

    async def find(self, emergency_id: str) -> EmergencyRecord:
        """Raises NotFound."""


class Audit(Protocol):
    """Who did what; for things shown, the row is written before they are."""

    async def note(self, actor: str, act: str, subject: str, address: str) -> None:
        """`act` is a word of the storage room's list of acts. Raises DatabaseAway."""


Save = Callable[[NewCase], Awaitable[StoredCase]]


class CaseSpool(Protocol):
    """Cases that wait on this machine's disk; one per idempotency key, delivered once each."""

    async def put(self, case: NewCase) -> PendingCase:
        """On the disk when this returns; a repeated key gives the first one."""

    async def find(self, idempotency: UUID) -> PendingCase | None: ...

    async def pending(self, agent_id: str | None = None) -> Sequence[PendingCase]:
        """What has not arrived yet, oldest first."""

    async def deliver(self, save: Save) -> None:
        """Hand each to `save`. Raises DatabaseAway at the first that cannot go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalDraft:
    """A draft written while PostgreSQL was away, over the stored version `base`."""

    agent_id: str
    call_id: str
    base: int
    draft: Draft


class LocalDrafts(Protocol):
    """Drafts on this machine, sealed, one per agent and call."""

    async def keep(self, local: LocalDraft) -> None: ...

    async def get(self, agent_id: str, call_id: str) -> LocalDraft | None: ...

    async def all(self) -> Sequence[LocalDraft]: ...

    async def forget(self, agent_id: str, call_id: str) -> None: ...
