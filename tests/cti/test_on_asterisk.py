"""The engine on a real Asterisk with real phones: only the journal and the recordings are paper."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cti.asterisk.actions import ALLOWED, AmiSwitch
from cti.asterisk.connection import Account, AmiConnection
from cti.asterisk.snapshot import QUERIES, take
from cti.asterisk.translate import WANTED, AmiTranslator
from cti.core.agent_rules import AgentRules
from cti.core.call import Call, CallState
from cti.core.ids import AgentId
from cti.core.ports import CallLog, Recordings
from cti.desk_commands import DeskCommands
from cti.engine import Engine
from hotline.phone.client import Phone
from hotline.runtime.agents_config import PHONE, Desk
from tests.cti.fakes import ListDesks, ListJournal, PaperRecordings, PaperSeal
from tests.faults.relay import relayed
from tests.patience import LONG
from tests.telephony.asterisk_only import AsteriskOnly, FixedSecrets

PASSWORD = "desk-1001-for-tests"  # noqa: S105
ME = AgentId("1001")


@pytest.fixture(scope="module")
def asterisk() -> Iterator[AsteriskOnly]:
    """Asterisk as rendered, in test mode; no ivr, so callers come through the fallback."""
    with tempfile.TemporaryDirectory(prefix="hl-cti-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        desk = Desk(agent=ME, extension=ME, name="王敏", password=PASSWORD, device=PHONE)
        changes = {"HOTLINE_ASSETS": f"{folder}/assets"}
        with AsteriskOnly(Path(folder) / "home", desks=[desk], changes=changes) as running:
            yield running


class RealClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class Live:
    """One run of cti: both AMI sessions and the engine."""

    def __init__(
        self,
        port: int,
        journal: ListJournal,
        tasks: asyncio.TaskGroup,
        call_log: CallLog | None = None,
        recordings: Recordings | None = None,
        silence: Mapping[str, float] | None = None,
    ) -> None:
        secrets = FixedSecrets()
        self.journal, self.desks = journal, ListDesks()
        self.actions = AmiConnection(self._account(port, "hotline-actions", secrets.ami_actions, ALLOWED, frozenset()))
        self.engine = Engine(
            journal=journal,
            personal=PaperSeal(),
            switch=AmiSwitch(self.actions),
            clock=RealClock(),
            translator=AmiTranslator(silence),
            recordings=recordings or PaperRecordings(),  # type: ignore[arg-type]
            past=journal,
            tasks=tasks,
            rules=AgentRules(),
            call_log=call_log,
        )
        self.engine.board.show_on(self.desks)
        self.commands = DeskCommands(self.engine)
        account = self._account(port, "hotline-events", secrets.ami_events, QUERIES, WANTED)
        self.events = AmiConnection(
            account,
            on_event=self.engine.on_message,
            on_up=lambda gen: tasks.create_task(self._ask(gen)) and None,
            on_down=self.engine.on_lost,
        )
        self.running = [tasks.create_task(each.run()) for each in (self.events, self.actions)]

    @staticmethod
    def _account(port: int, user: str, secret: str, allowed: frozenset[str], wanted: frozenset[bytes]) -> Account:
        return Account(host="127.0.0.1", port=port, user=user, secret=secret, allowed=allowed, wanted=wanted)

    async def _ask(self, generation: int) -> None:
        await take(self.events, generation, self.engine.clock.now, self.engine.on_snapshot)

    def stop(self) -> None:
        for connection, task in zip((self.events, self.actions), self.running, strict=True):
            connection.stop()
            task.cancel()

    @property
    def call(self) -> Call | None:
        return next((story.call for story in self.engine.stories.values() if story.call), None)

    async def reaches(self, *states: CallState, seconds: float = LONG) -> Call:
        await self.until(lambda: self.call is not None and self.call.state in states, seconds)
        assert self.call is not None
        return self.call

    async def until(self, so: object, seconds: float = LONG) -> None:
        async with asyncio.timeout(seconds):
            while not so():  # type: ignore[operator]  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    async def at_work(self) -> None:
        await self.until(lambda: self.actions.up and self.engine.generation)
        await self.commands.carry_out(ME, "sign_on", {"queues": ["general"]})
        await self.commands.carry_out(ME, "ready", {})


@asynccontextmanager
async def live(
    port: int,
    journal: ListJournal,
    call_log: CallLog | None = None,
    recordings: Recordings | None = None,
    silence: Mapping[str, float] | None = None,
) -> AsyncIterator[Live]:
    async with asyncio.TaskGroup() as tasks:
        here = Live(port, journal, tasks, call_log, recordings, silence)
        try:
            yield here
        finally:
            here.stop()


def registrar(asterisk: AsteriskOnly) -> str:
    return f"127.0.0.1:{asterisk.settings.port('sip')}"


@asynccontextmanager
async def talking(asterisk: AsteriskOnly, here: Live) -> AsyncIterator[tuple[Phone, Phone, Call]]:
    """A caller and the agent in a call."""
    caller = await asyncio.to_thread(Phone.of, asterisk.settings, 0)
    desk = await asyncio.to_thread(Phone.of, asterisk.settings, 1)
    try:
        await asyncio.to_thread(desk.register, ME, PASSWORD, registrar(asterisk), seconds=LONG)
        desk.when_called(200)
        await here.at_work()
        caller.call(asterisk.address(), number="13800000001", name="张三")
        yield caller, desk, await here.reaches(CallState.TALKING)
    finally:
        for phone in (caller, desk):
            await asyncio.to_thread(phone.quit)
        await asyncio.to_thread(asterisk.wait_idle)


async def test_a_call_is_answered_held_retrieved_and_ended(asterisk: AsteriskOnly) -> None:
    async with live(asterisk.settings.port("ami"), ListJournal()) as here, talking(asterisk, here) as (_, _, call):
        assert (call.number, call.name, call.dialled, call.fallback) == ("13800000001", "张三", "12345", True)
        for _ in range(2):
            await here.commands.carry_out(ME, "hold", {"call_id": call.id})
            assert here.call is not None
            assert here.call.state is CallState.HELD
            await here.commands.carry_out(ME, "retrieve", {"call_id": call.id})
            assert here.call.state is CallState.TALKING
        await here.commands.carry_out(ME, "hang_up", {"call_id": call.id})
        ended = await here.reaches(CallState.ENDED)
        assert ended.end == "cause 16"
        assert here.engine.agents.agents[ME].state.value == "wrap-up"
        assert "paused:wrap-up" in await asyncio.to_thread(asterisk.say, "queue show hl-general")
        kinds = [kind for kind in here.journal.kinds if not kind.startswith("AgentLine")]
        assert kinds[:4] == ["AgentSignedOn", "AgentBecameReady", "CallArrived", "RecordingStarted"]
        assert kinds.count("CallerHeld") == kinds.count("CallerRetrieved") == 2


async def test_ami_cut_twenty_times_in_a_call_changes_nothing_for_it(asterisk: AsteriskOnly) -> None:
    async with (
        relayed("127.0.0.1", asterisk.settings.port("ami")) as relay,
        live(relay.port, ListJournal()) as here,
        talking(asterisk, here) as (caller, _, call),
    ):
        for _ in range(20):
            generation = here.engine.generation
            relay.reset()
            await here.until(lambda before=generation: here.engine.generation > before)
        await here.until(lambda: here.actions.up)
        assert here.call == call
        await asyncio.to_thread(caller.hang_up)
        await here.reaches(CallState.ENDED)
        assert here.journal.kinds.count("CallArrived") == 1
        assert "CallCut" not in here.journal.kinds


async def test_a_caller_who_hangs_up_while_ami_is_away_is_noticed_at_resync(asterisk: AsteriskOnly) -> None:
    async with (
        relayed("127.0.0.1", asterisk.settings.port("ami")) as relay,
        live(relay.port, ListJournal()) as here,
        talking(asterisk, here) as (caller, _, _),
    ):
        relay.refuse = True
        relay.reset()
        await asyncio.to_thread(caller.hang_up)
        await asyncio.to_thread(asterisk.wait_idle)
        relay.refuse = False
        ended = await here.reaches(CallState.ENDED)
        assert ended.end == "missing at resync"


async def test_cti_that_restarts_in_a_call_goes_on_with_it(asterisk: AsteriskOnly) -> None:
    journal = ListJournal()
    port = asterisk.settings.port("ami")
    async with live(port, journal) as first, talking(asterisk, first) as (caller, _, call):
        first.stop()
        async with live(port, journal) as second:
            assert await second.reaches(CallState.TALKING) == call
            assert second.engine.agents.agents[ME].state.value == "talking"
            await second.until(lambda: second.actions.up)
            await second.commands.carry_out(ME, "hold", {"call_id": call.id})
            await second.commands.carry_out(ME, "retrieve", {"call_id": call.id})
            await asyncio.to_thread(caller.hang_up)
            await second.reaches(CallState.ENDED)
        assert journal.kinds.count("CallArrived") == 1


async def test_a_desk_that_reloads_gets_the_same_caller_again(asterisk: AsteriskOnly) -> None:
    """The new page registers, the old one's leg is taken away, the caller comes back from the head of the queue."""
    async with live(asterisk.settings.port("ami"), ListJournal()) as here, talking(asterisk, here) as (_, _, call):
        again = await asyncio.to_thread(Phone.of, asterisk.settings, 2)
        try:
            again.when_called(200)
            await asyncio.to_thread(again.register, ME, PASSWORD, registrar(asterisk), seconds=LONG)
            await here.until(lambda: "AgentLost" in here.journal.kinds)
            await here.until(lambda: here.journal.kinds.count("AgentAnswered") == 2)
            assert (await here.reaches(CallState.TALKING)).id == call.id  # the journal knows first
            left = next(entry for entry in here.journal.entries if entry.kind == "AgentLeft")
            assert left.body["cause"] == 44
        finally:
            await asyncio.to_thread(again.quit)
