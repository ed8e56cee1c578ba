"""The local journal: what it has acknowledged is on the disk, in order, and a bad disk stops nobody."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from cti.core.ports import JournalEntry
from storage.journal import GATHER_SECONDS, JournalWriteFailed, SqliteJournal, storable
from tests.patience import LONG
from tests.storage.stories import NOON, call_id, entry

PROJECT = Path(__file__).resolve().parents[2]

WRITER = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from cti.core.ports import JournalEntry
from storage.journal import SqliteJournal

async def main():
    journal = SqliteJournal(Path(sys.argv[1]), centre_id="demo", node_id="demo-1")
    async def write():
        while True:
            at = datetime.now(UTC)
            entry = JournalEntry(kind="MenuKeyPressed", at=at, call_id="c", agent_id=None, body={})
            seq = await journal.append(entry)
            print(journal.run_id, seq, flush=True)
    async with asyncio.TaskGroup() as tasks:
        for _ in range(8):
            tasks.create_task(write())

asyncio.run(main())
"""


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[SqliteJournal]:
    opened = SqliteJournal(tmp_path / "journal" / "journal.db", centre_id="demo", node_id="demo-1")
    yield opened
    await opened.close()


async def test_entries_get_their_numbers_at_receipt_and_are_read_in_that_order(
    journal: SqliteJournal,
) -> None:
    seqs = await asyncio.gather(*(journal.append(entry("MenuKeyPressed", n, key=str(n))) for n in range(20)))
    assert seqs == list(range(1, 21))
    rows = await journal.rows_after(0, 100)
    assert [json.loads(row.body)["key"] for row in rows] == [str(n) for n in range(20)]
    assert {(row.centre_id, row.node_id, row.run_id) for row in rows} == {("demo", "demo-1", journal.run_id)}
    assert rows[3].at == NOON + timedelta(seconds=3)
    assert [row.n for row in await journal.rows_after(rows[17].n, 1)] == [rows[18].n]


async def test_a_lone_entry_waits_a_few_milliseconds_for_company_and_no_longer(journal: SqliteJournal) -> None:
    assert GATHER_SECONDS <= 0.010
    async with asyncio.timeout(LONG):
        for number in range(1, 31):
            assert await journal.append(entry("MenuKeyPressed")) == number


async def test_entries_of_one_moment_share_one_commit(
    journal: SqliteJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits: list[int] = []
    store = journal._store
    monkeypatch.setattr(journal, "_store", lambda writes: (commits.append(len(writes)), store(writes)))
    await asyncio.gather(*(journal.append(entry("MenuKeyPressed")) for _ in range(2000)))
    assert commits == [2000]


async def test_what_was_acknowledged_is_there_after_kill_nine(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    acknowledged: set[tuple[str, int]] = set()
    for _ in range(3):
        acknowledged |= await asyncio.to_thread(_write_until_killed, path)
    journal = SqliteJournal(path, centre_id="demo", node_id="demo-1")
    stored = [(row.run_id, row.seq) for row in await journal.rows_after(0, 1_000_000)]
    await journal.close()
    assert len(acknowledged) > 50
    assert acknowledged <= set(stored)
    assert len(stored) == len(set(stored))


async def test_a_waiter_that_gives_up_loses_nothing(journal: SqliteJournal) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(journal.append(entry("CallerHungUp", cause=16)), 0)
    await journal.append(entry("MenuKeyPressed"))
    assert [row.kind for row in await journal.rows_after(0, 9)] == ["CallerHungUp", "MenuKeyPressed"]


async def test_closing_answers_everyone_who_still_waits(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "journal.db", centre_id="demo", node_id="demo-1")
    waiting = journal.append(entry("CallerHungUp", cause=16))
    await journal.close()
    assert await waiting == 1
    with pytest.raises(JournalWriteFailed):
        await journal.append(entry("MenuKeyPressed"))


async def test_closing_while_the_disk_does_not_answer_tells_the_waiting_that_it_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = SqliteJournal(tmp_path / "journal.db", centre_id="demo", node_id="demo-1")
    monkeypatch.setattr("storage.journal.BUSY_SECONDS", 0.05)
    other = sqlite3.connect(tmp_path / "journal.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiting = journal.append(entry("CallerHungUp", cause=16))
    await journal.close()
    with pytest.raises(JournalWriteFailed):
        await waiting
    other.execute("ROLLBACK")
    other.close()


async def test_a_failing_disk_is_told_at_once_and_what_it_missed_is_stored_when_it_is_back(
    tmp_path: Path,
) -> None:
    journal = SqliteJournal(tmp_path / "journal.db", centre_id="demo", node_id="demo-1")
    await journal.append(entry("MenuKeyPressed", key="1"))
    other = sqlite3.connect(tmp_path / "journal.db", isolation_level=None)
    other.execute("CREATE TRIGGER full BEFORE INSERT ON journal BEGIN SELECT raise(ABORT, 'disk is full'); END")
    with pytest.raises(JournalWriteFailed, match="disk is full"):
        await journal.append(entry("MenuKeyPressed", key="2"))
    assert journal.health.failing_since is not None
    assert journal.health.waiting == 1
    other.execute("DROP TRIGGER full")
    await journal.append(entry("MenuKeyPressed", key="3"))
    rows = await journal.rows_after(0, 9)
    assert [(row.seq, json.loads(row.body)["key"]) for row in rows] == [(1, "1"), (2, "2"), (3, "3")]
    assert journal.health.failing_since is None
    other.close()
    await journal.close()


async def test_pruning_forgets_only_what_was_drained_and_is_old(journal: SqliteJournal) -> None:
    for day in range(4):
        await journal.append(entry("MenuKeyPressed", day * 86400, key=str(day)))
    await journal.move_cursor("postgres", 2)
    await journal.prune("postgres", older_than=timedelta(days=1), now=NOON + timedelta(days=9))
    assert [row.n for row in await journal.rows_after(0, 9)] == [3, 4]
    await journal.move_cursor("postgres", 1)
    assert await journal.cursor("postgres") == 2, "a cursor never goes back"


async def test_row_numbers_are_not_used_again_after_pruning_everything(journal: SqliteJournal) -> None:
    await journal.append(entry("MenuKeyPressed"))
    await journal.move_cursor("postgres", 1)
    await journal.prune("postgres", older_than=timedelta(0), now=NOON + timedelta(days=1))
    await journal.append(entry("MenuKeyPressed"))
    assert [row.n for row in await journal.rows_after(1, 9)] == [2]


async def test_a_restarted_cti_finds_what_its_calls_had_been_through(journal: SqliteJournal) -> None:
    for number, kind in enumerate(("CallArrived", "CallerJoinedQueue")):
        await journal.append(entry(kind, number))
    await journal.append(entry("CallArrived", call=call_id(2)))
    found = await journal.entries_of_calls([call_id(1)])
    assert [one.kind for one in found] == ["CallArrived", "CallerJoinedQueue"]
    assert await journal.entries_of_calls([]) == []


async def test_a_restarted_cti_finds_what_its_agents_had_asked_for(journal: SqliteJournal) -> None:
    for agent, call in (("1001", None), ("1002", None), ("1001", call_id(1))):
        kind = "AgentAnswered" if call else "AgentPauseAsked"
        await journal.append(JournalEntry(kind=kind, at=NOON, call_id=call, agent_id=agent, body={"reason": "用餐"}))
    found = await journal.entries_of_agents(["1001"])
    assert [(one.kind, one.agent_id) for one in found] == [("AgentPauseAsked", "1001")]
    assert await journal.entries_of_agents([]) == []


async def test_calls_whose_end_was_never_written_are_named(journal: SqliteJournal) -> None:
    for n in range(1, 5):
        await journal.append(entry("CallArrived", n, call=call_id(n)))
    await journal.append(entry("CallerHungUp", 9, call=call_id(1), cause=16))
    await journal.append(entry("CallCut", 9, call=call_id(3), reason="restart"))
    assert await journal.unfinished_calls() == [call_id(2), call_id(4)]


async def test_calls_with_a_recording_of_which_no_finished_file_was_told_are_named(journal: SqliteJournal) -> None:
    for n, leg in ((1, "c"), (1, "a"), (2, "c")):
        await journal.append(entry("RecordingStarted", n, call=call_id(n), leg=leg, role="caller", path="x.sln"))
    for n, leg in ((1, "c"), (2, "c")):
        await journal.append(entry("RecordingClosed", 9, call=call_id(n), leg=leg, role="caller"))
    assert await journal.unclosed_recordings() == [call_id(1)]


@pytest.mark.parametrize("hostile", ["a\0b", "\udcff張", "\\u0000", "{{7*7}}\r\nAction: x", "😀" * 3000])
async def test_hostile_text_is_stored_and_stops_nothing(journal: SqliteJournal, hostile: str) -> None:
    await journal.append(entry("MenuKeyPressed", key=hostile))
    (row,) = await journal.rows_after(0, 9)
    assert "\0" not in json.loads(row.body)["key"]
    assert storable(row.body) == row.body


async def test_the_file_is_for_its_owner_alone(journal: SqliteJournal, tmp_path: Path) -> None:
    await journal.append(entry("MenuKeyPressed"))
    for file in (tmp_path / "journal").iterdir():
        assert file.stat().st_mode & 0o077 == 0, file


def _write_until_killed(path: Path) -> set[tuple[str, int]]:
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True, cwd=PROJECT
    )
    assert process.stdout is not None
    read = [process.stdout.readline() for _ in range(40)]
    process.send_signal(signal.SIGKILL)
    read += process.stdout.readlines()
    process.wait()
    whole = [line.split() for line in read if line.endswith("\n")]
    return {(run, int(seq)) for run, seq in whole}
