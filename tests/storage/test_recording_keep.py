"""Recordings after their call: checked, repaired, sealed, played from the seal, and gone when their time is over."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from cases.case import Outcome
from cti.core.events import AgentAnswered, AgentLeft, CallerHungUp, RecordingClosed, RecordingStarted
from cti.core.ids import CallId, LegId
from storage.audit import AuditStore
from storage.calls import CallStore
from storage.drain import Drainer
from storage.fields import Fields
from storage.journal import SqliteJournal
from storage.recording_check import RecordingCheck
from storage.recording_keep import NICENESS, QuietThread, RecordingKeeper
from storage.recordings import RecordingFiles
from tests.conftest import CENTRE
from tests.storage.conftest import Stores
from tests.storage.party_stories import arrives, said
from tests.storage.stories import EPOCH, NOON, call_id
from tests.storage.test_recordings import raw

NOW = NOON + timedelta(minutes=10)
AGENT_LEG = f"demo-1-{EPOCH}.2"


@dataclass(frozen=True)
class Shelf:
    """One node's recordings and what looks after them."""

    home: Path
    files: RecordingFiles
    stores: Stores
    fields: Fields
    url: str

    @property
    def check(self) -> RecordingCheck:
        return RecordingCheck(self.stores.database, self.files, centre_id=CENTRE, node_id="demo-1")

    @property
    def keeper(self) -> RecordingKeeper:
        return RecordingKeeper(self.stores.database, self.files, self.fields, centre_id=CENTRE, node_id="demo-1")

    async def keeps_a_call(self, *, caller_s: float = 40, agent_s: float | None = 28) -> dict[str, str]:
        """A caller for 40 s, an agent for the last 28; `agent_s` None: the agent's recording never began. URIs."""
        uris = {}
        told = [
            arrives(keys=self.fields),
            said(AgentAnswered, 12, agent="1001", leg=AGENT_LEG, channel="PJSIP/1001-1", queue="q", waited_s=1.0),
            said(AgentLeft, 40, agent="1001", leg=AGENT_LEG, cause=16),
            said(CallerHungUp, 40, cause=16),
        ]
        legs = [("caller", call_id().removeprefix("HC"), 0.0, caller_s), ("agent", AGENT_LEG, 12.0, agent_s)]
        for role, leg, begins, seconds in legs:
            if seconds is None:
                continue
            name = f"{call_id()}.caller.sln" if role == "caller" else f"{call_id()}.{role}-{leg}.sln"
            path = f"2026/11/21/{name}"
            raw(self.home, path, seconds=seconds)
            closed = await self.files.close(path, CallId(call_id()), LegId(leg), role)
            body = {"uri": closed.uri, "sha256": closed.sha256, "bytes": closed.bytes, "seconds": closed.seconds}
            told.append(said(RecordingStarted, begins, leg=leg, role=role, path=path))
            told.append(said(RecordingClosed, 42, leg=leg, role=role, **body))
            uris[role] = closed.uri
        await self.tell(told)
        return uris

    async def tell(self, entries: list[Any]) -> None:
        journal = SqliteJournal(self.home / "journal.db", centre_id=CENTRE, node_id="demo-1")
        drainer = Drainer(journal, self.url)
        for entry in entries:
            await journal.append(entry)
        await drainer.drain()
        await drainer.close()
        await journal.close()

    async def states(self) -> dict[str, tuple[str, str | None]]:
        async with self.stores.database.begin() as session:
            rows = await session.execute(text("SELECT role, state, fault FROM recordings"))
            return {row.role: (row.state, row.fault) for row in rows}


@pytest.fixture
def shelf(tmp_path: Path, stores: Stores, fields: Fields, database_url: str) -> Shelf:
    return Shelf(tmp_path, RecordingFiles(tmp_path), stores, fields, database_url)


@pytest.fixture
def thread() -> Iterator[QuietThread]:
    quiet = QuietThread()
    yield quiet
    quiet.close()


async def test_whole_recordings_are_left_alone(shelf: Shelf) -> None:
    await shelf.keeps_a_call()
    assert await shelf.check.faults(NOW) == []


@pytest.mark.parametrize(
    ("harm", "state"),
    [
        (lambda file: file.unlink(), ("missing", "gone")),
        (lambda file: os.truncate(file, 20_000), ("damaged", "size")),
        (lambda file: os.truncate(file, 10), ("damaged", "size")),
    ],
)
async def test_a_recording_that_was_harmed_is_flagged(
    shelf: Shelf, harm: Callable[[Path], None], state: tuple[str, str]
) -> None:
    uris = await shelf.keeps_a_call()
    harm(shelf.files.file(uris["agent"]))
    (fault,) = await shelf.check.faults(NOW)
    assert (fault.role, fault.call_id, fault.repaired) == ("agent", call_id(), False)
    assert await shelf.states() == {"caller": ("closed", None), "agent": state}
    assert await shelf.check.faults(NOW) == [], "it is said once"


async def test_a_header_that_was_never_written_is_repaired(shelf: Shelf) -> None:
    uris = await shelf.keeps_a_call()
    file = shelf.files.file(uris["caller"])
    whole = file.read_bytes()
    file.write_bytes(bytes(44) + whole[44:])
    (fault,) = await shelf.check.faults(NOW)
    assert (fault.fault, fault.repaired, file.read_bytes() == whole) == ("header", True, True)
    assert await shelf.check.faults(NOW) == []
    assert (await shelf.states())["caller"] == ("closed", "repaired"), "who listens is told"


@pytest.mark.parametrize(("seconds", "fault"), [(26.6, ""), (29.4, ""), (25, "short"), (31, "long")])
async def test_a_recording_is_as_long_as_its_leg(shelf: Shelf, seconds: float, fault: str) -> None:
    await shelf.keeps_a_call(agent_s=seconds)
    assert [each.fault for each in await shelf.check.faults(NOW)] == ([fault] if fault else [])


async def test_a_leg_of_whose_recording_nobody_has_heard_is_flagged(shelf: Shelf) -> None:
    await shelf.keeps_a_call(agent_s=None)
    (fault,) = await shelf.check.faults(NOW)
    assert (fault.role, fault.fault) == ("agent", "gone")
    assert (await shelf.states())["agent"] == ("missing", "gone")
    assert await shelf.check.faults(NOW) == []


async def test_a_file_that_the_next_repair_will_close_is_not_missed(shelf: Shelf) -> None:
    await shelf.keeps_a_call(agent_s=None)
    raw(shelf.home, f"2026/11/21/{call_id()}.agent-{AGENT_LEG}.sln", seconds=28)
    assert await shelf.check.faults(NOW) == []


async def test_a_closed_recording_is_sealed_and_still_checks_out(shelf: Shelf, thread: QuietThread) -> None:
    uris = await shelf.keeps_a_call()
    clear = shelf.files.file(uris["caller"]).read_bytes()
    assert await shelf.keeper.seal_some(thread, NOON + timedelta(seconds=50)) == 0, "it has only just been closed"
    assert await shelf.keeper.seal_some(thread, NOW) == 2
    assert await shelf.keeper.seal_some(thread, NOW) == 0
    assert list(shelf.home.glob("recordings/closed/**/*.wav")) == []
    assert shelf.files.sound(uris["caller"], shelf.fields).bytes_at(0, 10**7) == clear
    assert await shelf.check.faults(NOW) == []
    sealed = shelf.files.stored(uris["agent"])
    os.truncate(sealed, sealed.stat().st_size - 1)
    assert [each.fault for each in await shelf.check.faults(NOW)] == ["seal"]


async def test_another_recordings_seal_does_not_pass_for_this_one(shelf: Shelf, thread: QuietThread) -> None:
    uris = await shelf.keeps_a_call()
    await shelf.keeper.seal_some(thread, NOW)
    shelf.files.stored(uris["agent"]).replace(shelf.files.stored(uris["caller"]))
    assert {each.fault for each in await shelf.check.faults(NOW)} == {"seal", "gone"}
    with pytest.raises(ValueError, match="another recording"):
        shelf.files.sound(uris["caller"], shelf.fields)


async def test_closing_again_after_the_seal_tells_the_same(shelf: Shelf, thread: QuietThread) -> None:
    uris = await shelf.keeps_a_call()
    leg = LegId(call_id().removeprefix("HC"))
    path = f"2026/11/21/{call_id()}.caller.sln"
    before = await shelf.files.close(path, CallId(call_id()), leg, "caller")
    await shelf.keeper.seal_some(thread, NOW)
    assert await shelf.files.close(path, CallId(call_id()), leg, "caller") == before
    assert before.uri == uris["caller"]


async def test_a_full_disk_leaves_the_clear_file_for_the_next_time(
    shelf: Shelf, thread: QuietThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    uris = await shelf.keeps_a_call()
    with monkeypatch.context() as full:
        full.setattr("storage.recording_keep.seal", _no_space)
        assert await shelf.keeper.seal_some(thread, NOW) == 0
    assert shelf.files.file(uris["caller"]).exists()
    assert await shelf.keeper.seal_some(thread, NOW) == 2


async def test_sealing_gives_way_to_everybody_else(thread: QuietThread) -> None:
    ours = os.nice(0)
    own = await thread.run(lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
    assert (own, os.getpriority(os.PRIO_PROCESS, os.getpid())) == (NICENESS, ours)
    assert ours < NICENESS


async def test_recordings_expire_by_rule_but_not_those_of_an_open_case(
    shelf: Shelf, thread: QuietThread, taken: Any
) -> None:
    uris = await shelf.keeps_a_call()
    await shelf.keeper.seal_some(thread, NOW)
    audit, keep = AuditStore(shelf.stores.database, centre_id=CENTRE), timedelta(days=180)
    later = NOON + timedelta(days=181)
    assert await shelf.keeper.expired(NOON + timedelta(days=179), keep) == []
    assert len(await shelf.keeper.expired(later, keep)) == 2
    assert shelf.files.stored(uris["caller"]).exists(), "asking removes nothing"
    case = await shelf.stores.cases.save(taken(call_id=call_id(), outcome=Outcome.DISPATCH))
    assert await shelf.keeper.expire(later, keep, audit) == []
    async with shelf.stores.database.begin() as session:
        await session.execute(text("UPDATE cases SET closed_at = now() WHERE number = :n"), {"n": case.number})
    assert len(await shelf.keeper.expire(later, keep, audit)) == 2
    assert list(shelf.home.glob("recordings/closed/**/*.sealed")) == []
    assert set((await shelf.states()).values()) == {("expired", None)}
    assert await audit.first_break() is None
    calls = CallStore(shelf.stores.database, shelf.fields, centre_id=CENTRE)
    assert {line.state for line in await calls.recordings_of_call(call_id())} == {"expired"}
    await asyncio.sleep(0)


def _no_space(*_: object) -> None:
    raise OSError(28, "No space left on device")
