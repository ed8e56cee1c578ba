"""Ten-line stand-ins for what lies outside cti: clock, journal, seals, switch, desks, recordings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from cti.asterisk.translate import AmiTranslator
from cti.core.agent_rules import AgentRules
from cti.core.commands import Command
from cti.core.ports import Change, ClosedRecording, EndedRecording, JournalEntry
from cti.core.refusals import AmiDown
from cti.engine import Engine
from tests.patience import LONG

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


class TestClock:
    """Stands still but for a microsecond a look."""

    __test__ = False

    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        self.at += timedelta(microseconds=1)
        return self.at

    def pass_(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class ListJournal:
    """While `held`, rows wait until `let_go`, as on a slow disk; `broken` raises as a full one does."""

    def __init__(self) -> None:
        self.entries: list[JournalEntry] = []
        self.held = False
        self.broken = False
        self._waiting: list[tuple[JournalEntry, asyncio.Future[int]]] = []

    def append(self, entry: JournalEntry) -> asyncio.Future[int]:
        row: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        if self.held:
            self._waiting.append((entry, row))
        else:
            self._store(entry, row)
        return row

    def keep(self, entry: JournalEntry) -> asyncio.Future[int]:
        return self.append(entry)

    def waits_for_disk(self) -> bool:
        return self.held

    def let_go(self) -> None:
        self.held, waiting, self._waiting = False, self._waiting, []
        for entry, row in waiting:
            self._store(entry, row)

    def _store(self, entry: JournalEntry, row: asyncio.Future[int]) -> None:
        if self.broken:
            row.set_exception(OSError(28, "No space left on device"))
            return
        self.entries.append(entry)
        row.set_result(len(self.entries))

    async def entries_of_calls(self, call_ids: Sequence[str]) -> list[JournalEntry]:
        return [entry for entry in self.entries if entry.call_id in call_ids]

    async def entries_of_agents(self, agents: Sequence[str]) -> list[JournalEntry]:
        return [entry for entry in self.entries if entry.call_id is None and entry.agent_id in agents]

    async def unfinished_calls(self) -> Sequence[str]:
        begun = [e.call_id for e in self.entries if e.kind == "CallArrived" and e.call_id]
        ended = {e.call_id for e in self.entries if e.kind in {"CallerHungUp", "CallCut"}}
        return [call_id for call_id in begun if call_id not in ended]

    async def unclosed_recordings(self) -> Sequence[str]:
        legs = {
            kind: {(e.call_id, e.body["leg"]) for e in self.entries if e.kind == kind and e.call_id}
            for kind in ("RecordingStarted", "RecordingClosed")
        }
        return sorted({str(call_id) for call_id, _ in legs["RecordingStarted"] - legs["RecordingClosed"]})

    @property
    def kinds(self) -> list[str]:
        return [entry.kind for entry in self.entries]


class PaperSeal:
    def seal(self, text: str) -> dict[str, str]:
        return {"k": "paper", "c": text[::-1]}

    def open(self, sealed: Mapping[str, str]) -> str:
        return sealed["c"][::-1]

    def number_hash(self, text: str) -> str:
        return f"hash-{len(text)}"


class ListSwitch:
    def __init__(self) -> None:
        self.done: list[Command] = []
        self.ready = True

    async def carry_out(self, command: Command) -> None:
        if not self.ready:
            raise AmiDown
        self.done.append(command)

    def of(self, kind: type[Command]) -> list[Command]:
        return [command for command in self.done if isinstance(command, kind)]


class ListDesks:
    def __init__(self) -> None:
        self.changes: list[Change] = []

    def publish(self, changes: Sequence[Change]) -> None:
        self.changes += changes

    def last(self, table: str, key: str) -> Mapping[str, object] | str | None:
        return next((value for t, k, value in reversed(self.changes) if (t, k) == (table, key)), None)


class PaperRecordings:
    def __init__(self) -> None:
        self.closed: list[str] = []
        self.written: dict[str, datetime] = {}

    async def last_written(self, call_id: str) -> datetime | None:
        return self.written.get(call_id)

    async def close_all(self, ended: Sequence[EndedRecording]) -> Sequence[ClosedRecording | Exception]:
        self.closed += [path for path, *_ in ended]
        return [ClosedRecording(uri=f"closed/{path}", sha256="0" * 64, bytes=44, seconds=0.0) for path, *_ in ended]

    async def repair(self, live: Collection[str] = ()) -> list[object]:
        return []


class House:
    """An engine with everything around it made of paper."""

    def __init__(
        self,
        tasks: asyncio.TaskGroup,
        wrap_up_seconds: int = 30,
        journal: ListJournal | None = None,
        rules: AgentRules | None = None,
    ) -> None:
        self.clock, self.journal, self.switch = TestClock(), journal or ListJournal(), ListSwitch()
        self.desks, self.recordings = ListDesks(), PaperRecordings()
        self.engine = Engine(
            journal=self.journal,
            personal=PaperSeal(),
            switch=self.switch,
            clock=self.clock,
            translator=AmiTranslator(),
            recordings=self.recordings,  # type: ignore[arg-type]
            past=self.journal,
            tasks=tasks,
            rules=rules or AgentRules(wrap_up_seconds=wrap_up_seconds),
        )
        self.engine.board.show_on(self.desks)
        self.engine.agents.reconciled = True

    async def until(self, holds: Callable[[], object]) -> None:
        """Until it is so; a lane may still wait for more."""
        async with asyncio.timeout(LONG):
            while not holds():  # noqa: ASYNC110
                await asyncio.sleep(0.005)

    async def settle(self) -> None:
        """Until no lane has work."""
        await asyncio.sleep(0)
        while len(self.engine.lanes):  # noqa: ASYNC110  (lanes tell nobody that they are empty)
            await asyncio.sleep(0.001)

    async def hear(self, *messages: Mapping[str, str]) -> None:
        for message in messages:
            self.engine.on_message(message)
            await self.settle()


@asynccontextmanager
async def house(
    wrap_up_seconds: int = 30, journal: ListJournal | None = None, rules: AgentRules | None = None
) -> AsyncIterator[House]:
    async with asyncio.TaskGroup() as tasks:
        yield House(tasks, wrap_up_seconds, journal, rules)
