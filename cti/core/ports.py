"""What the core asks of the world: journal, sealed fields, clock, switch, desks, recordings."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from cti.core.commands import Command
from cti.core.dial_events import DialEvent
from cti.core.events import CallEvent
from cti.core.ids import AgentId, CallId, LegId
from cti.core.story import Story


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """One row of the journal; `body` is what JSON can hold, personal fields already sealed."""

    kind: str
    at: datetime
    call_id: str | None
    agent_id: str | None
    body: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An agent's registration came or went; `page` differs for each page that was loaded.

    `unanswered`: it is registered still but answers no question; its sound may flow on.
    """

    agent: AgentId
    page: str
    there: bool
    unanswered: bool = False


class Translator(Protocol):
    """Reads what the switch says; the engine itself never looks into a message."""

    def call_of(self, message: Mapping[str, str]) -> str:
        """The call's id; empty when the message is about none."""
        ...

    def events_of(self, message: Mapping[str, str], story: Story, now: datetime) -> list[CallEvent]: ...

    def is_about_dial(self, message: Mapping[str, str]) -> bool:
        """Whether it tells of a number that a desk dialled: of an agent, though it may name a call."""
        ...

    def dial_of(self, message: Mapping[str, str], now: datetime) -> DialEvent | None: ...

    def line_of(self, message: Mapping[str, str]) -> Line | None: ...

    def started_at(self, message: Mapping[str, str], now: datetime) -> datetime | None:
        """When the switch itself was started, where a message says so: on each log-in."""
        ...


class PastEvents(Protocol):
    """What the journal still knows of calls that were live when cti stopped."""

    async def entries_of_calls(self, call_ids: Sequence[str]) -> list[JournalEntry]:
        """All entries of these calls, oldest first."""
        ...

    async def unfinished_calls(self) -> Sequence[str]:
        """Calls that arrived and whose end was never written."""
        ...

    async def unclosed_recordings(self) -> Sequence[str]:
        """Calls with a recording that began and of which no finished file was told."""
        ...

    async def entries_of_agents(self, agents: Sequence[str]) -> list[JournalEntry]:
        """What happened to these agents outside calls, oldest first."""
        ...


class CallLog(Protocol):
    """What the switch itself wrote down of calls: read where its messages were missed."""

    async def events_since(self, since: datetime, known: Collection[CallId]) -> Mapping[CallId, Sequence[CallEvent]]:
        """Calls that began since then, and what is told of `known` ones; each in the order of its times."""
        ...

    async def trim(self) -> None:
        """Keep it small; called now and then."""
        ...


class PersonalFields(Protocol):
    """Seals numbers and names; `number_hash` finds a number again without opening anything."""

    def seal(self, text: str) -> dict[str, str]: ...

    def open(self, sealed: Mapping[str, str]) -> str: ...

    def number_hash(self, text: str) -> str: ...


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware UTC."""
        ...


class Switch(Protocol):
    """Carries out commands that change a call or a queue. Raises a `Refusal` when it cannot."""

    @property
    def ready(self) -> bool: ...

    async def carry_out(self, command: Command) -> None: ...


Change = tuple[str, str, Mapping[str, Any] | str | None]
"""Table (agents, calls, queues, figures, health), id, and the new value; None removes the row."""


class Desks(Protocol):
    """Tells the desks what changed."""

    def publish(self, changes: Sequence[Change]) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedRecording:
    """A finished file: where it is, and what proves that it is whole."""

    uri: str
    sha256: str
    bytes: int
    seconds: float


EndedRecording = tuple[str, CallId, LegId, str]
"""Path below the raw folder, call, leg, role."""


class RepairedRecording(Protocol):
    """A raw file that nobody had closed, now whole."""

    @property
    def call_id(self) -> CallId: ...
    @property
    def leg(self) -> LegId: ...
    @property
    def role(self) -> str: ...
    @property
    def closed(self) -> ClosedRecording: ...


class Recordings(Protocol):
    """Makes a playable file of a raw recording (path relative to the raw folder)."""

    async def last_written(self, call_id: CallId) -> datetime | None:
        """When sound of this call was last written to a raw file; None when there is none left."""
        ...

    async def repair(self, live: Collection[str] = ()) -> Sequence[RepairedRecording]:
        """Close every raw file that belongs to no live call."""
        ...

    async def close_all(self, ended: Sequence[EndedRecording]) -> Sequence[ClosedRecording | Exception]:
        """Close these files; each has its result, in the same order. One that fails keeps none from the others."""
        ...
