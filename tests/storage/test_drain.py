"""Journal → PostgreSQL: each event once, whatever is killed, stopped or slow meanwhile."""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from storage import drain
from storage.drain import NAME, Drainer
from storage.fields import Fields
from storage.journal import SqliteJournal
from tests.patience import LONG
from tests.postgres_server import Server
from tests.storage.stories import answered_call, arrival, call_id, entry

PROJECT = Path(__file__).resolve().parents[2]

DRAINER = """
import asyncio, sys
from pathlib import Path
from storage.drain import Drainer
from storage.journal import SqliteJournal

async def main():
    journal = SqliteJournal(Path(sys.argv[1]), centre_id="demo", node_id="demo-1")
    store = journal.move_cursor
    async def told(name, n):
        print(n, flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        await store(name, n)
    journal.move_cursor = told
    await Drainer(journal, sys.argv[2], batch=40).drain()

asyncio.run(main())
"""


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[SqliteJournal]:
    opened = SqliteJournal(tmp_path / "journal.db", centre_id="demo", node_id="demo-1")
    yield opened
    await opened.close()


async def fetch(url: str, sql: str, *values: Any) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetch(sql, *values)
    finally:
        await connection.close()


@asynccontextmanager
async def running(drainer: Drainer) -> AsyncIterator[None]:
    """The drainer beside the test, cancelled at its end."""
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(drainer.run())
        try:
            yield
        finally:
            task.cancel()


async def until(question: Any, seconds: float = LONG) -> None:
    async with asyncio.timeout(seconds):
        while not await question():  # noqa: ASYNC110 - asks another process, which cannot set an event
            await asyncio.sleep(0.05)


async def test_an_answered_call_becomes_its_events_one_call_and_its_recording(
    journal: SqliteJournal, database_url: str, fields: Fields
) -> None:
    for one in answered_call(fields):
        await journal.append(one)
    drainer = Drainer(journal, database_url)
    await drainer.drain()
    await drainer.close()
    assert len(await fetch(database_url, "SELECT * FROM events")) == 10
    (call,) = await fetch(database_url, "SELECT * FROM calls")
    assert call["outcome"] == "answered"
    assert (call["queue"], call["agent_id"], call["keys_pressed"], call["dialled"]) == (
        "enterprise",
        "1001",
        "3",
        "12345",
    )
    assert (call["wait_s"], call["talk_s"], call["hold_s"]) == (12.0, 40.0, 20.0)
    assert fields.open_bytes(call["number_key"], call["number_sealed"]) == "13800006027"
    (recording,) = await fetch(database_url, "SELECT * FROM recordings")
    assert (recording["state"], recording["uri"]) == (
        "recording",
        f"recordings/raw/2026/11/21/{call_id()}.caller.sln",
    )


async def test_events_that_come_in_two_batches_build_the_same_call(
    journal: SqliteJournal, database_url: str, fields: Fields
) -> None:
    drainer = Drainer(journal, database_url, batch=3)
    for one in answered_call(fields):
        await journal.append(one)
        await drainer.drain()
    await drainer.close()
    (call,) = await fetch(database_url, "SELECT * FROM calls")
    assert (call["wait_s"], call["talk_s"], call["hold_s"], call["outcome"]) == (12.0, 40.0, 20.0, "answered")


async def test_a_crash_between_commit_and_cursor_counts_nothing_twice(
    journal: SqliteJournal, database_url: str, fields: Fields
) -> None:
    for one in answered_call(fields):
        await journal.append(one)
    for _ in range(3):
        drainer = Drainer(journal, database_url)
        drainer._cursor = 0
        await drainer.drain()
        await drainer.close()
    assert len(await fetch(database_url, "SELECT * FROM events")) == 10
    (call,) = await fetch(database_url, "SELECT * FROM calls")
    assert (call["talk_s"], call["hold_s"]) == (40.0, 20.0)


async def test_a_drainer_killed_between_commit_and_cursor_loses_and_doubles_nothing(
    journal: SqliteJournal, database_url: str, fields: Fields, tmp_path: Path
) -> None:
    stories = [answered_call(fields, n) for n in range(1, 121)]
    for story in zip(*stories, strict=True):
        await asyncio.gather(*(journal.append(one) for one in story))
    for batches in (1, 3, 5):
        await asyncio.to_thread(_drain_until_killed, tmp_path / "journal.db", database_url, batches)
    assert await journal.cursor(NAME) == 40 * (0 + 2 + 4)
    last = Drainer(journal, database_url)
    await last.drain()
    await last.close()
    (counted,) = await fetch(database_url, "SELECT count(*) n FROM events")
    assert counted["n"] == 1200
    sums = await fetch(database_url, "SELECT outcome, wait_s, talk_s, hold_s, count(*) FROM calls GROUP BY 1, 2, 3, 4")
    assert [tuple(row) for row in sums] == [("answered", 12.0, 40.0, 20.0, 120)]


async def test_a_stopped_postgresql_is_waited_for_and_then_gets_everything(
    journal: SqliteJournal, postgres: Server, database_url: str, fields: Fields
) -> None:
    drainer = Drainer(journal, database_url, linger=0.05)
    async with running(drainer):
        await journal.append(arrival(fields))
        await until(lambda: _drained(journal))
        postgres.stop()
        try:
            for one in answered_call(fields, 2):
                await journal.append(one)
            await until(lambda: _is(drainer.lag.away_since is not None and drainer.lag.waiting == 10))
        finally:
            postgres.start()
        await until(lambda: _drained(journal))
        await until(lambda: _is(drainer.lag.away_since is None))
    assert len(await fetch(database_url, "SELECT * FROM events")) == 11


async def test_a_frozen_postgresql_raises_the_alarm_and_is_left_alone(
    journal: SqliteJournal,
    postgres: Server,
    database_url: str,
    fields: Fields,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(drain, "ANSWER_SECONDS", 0.5)
    monkeypatch.setattr(drain, "CONNECT_SECONDS", 0.5)
    drainer = Drainer(journal, database_url, linger=0.05)
    async with running(drainer):
        await journal.append(arrival(fields))
        await until(lambda: _drained(journal))
        postgres.suspend()
        try:
            await journal.append(entry("CallerHungUp", 3, cause=16))
            await until(lambda: _is(drainer.lag.away_since is not None))
        finally:
            postgres.resume()
        await until(lambda: _drained(journal))
    (call,) = await fetch(database_url, "SELECT outcome FROM calls")
    assert call["outcome"] == "abandoned_in_menu"


async def test_an_event_that_postgresql_cannot_store_is_set_aside_alone(
    journal: SqliteJournal, database_url: str, fields: Fields, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.journal.storable", lambda text: text)
    for one in answered_call(fields):
        await journal.append(one)
    await journal.append(entry("MenuKeyPressed", 3, key="\0"))
    await journal.append(arrival(fields, call=call_id(2)))
    drainer = Drainer(journal, database_url)
    await drainer.drain()
    await drainer.close()
    assert drainer.lag.refused == 1
    assert len(await fetch(database_url, "SELECT * FROM events")) == 11
    assert await journal.cursor(NAME) == 12


async def test_a_body_of_the_wrong_shape_is_kept_as_an_event_and_spoils_no_other(
    journal: SqliteJournal, database_url: str, fields: Fields
) -> None:
    await journal.append(entry("CallArrived", number={"x": 1}, call=call_id(3)))
    await journal.append(arrival(fields))
    drainer = Drainer(journal, database_url)
    await drainer.drain()
    await drainer.close()
    assert len(await fetch(database_url, "SELECT * FROM events")) == 2
    assert len(await fetch(database_url, "SELECT * FROM calls WHERE number_hash IS NOT NULL")) == 1


async def test_no_number_and_no_name_is_anywhere_in_the_database_or_the_journal(
    journal: SqliteJournal, postgres: Server, database_url: str, fields: Fields, tmp_path: Path
) -> None:
    numbers = [f"1390000{n:04d}" for n in range(100)]
    for n, number in enumerate(numbers, 1):
        await journal.append(arrival(fields, call=call_id(n), number=number, name=f"李金丝雀{n}"))
    drainer = Drainer(journal, database_url)
    await drainer.drain()
    await drainer.close()
    await fetch(database_url, "CHECKPOINT")
    files = [path for path in postgres.folder.rglob("*") if path.is_file()] + list(tmp_path.glob("journal.db*"))
    canary = re.compile("139000000[0-9]{2}|李金丝雀".encode())
    assert all(canary.search(number.encode()) for number in numbers)
    held = {path.name: path.read_bytes() for path in files}
    assert any(b"number_hash" in content for content in held.values())
    assert [name for name, content in held.items() if canary.search(content)] == []


async def _drained(journal: SqliteJournal) -> bool:
    return await journal.cursor(NAME) == await journal.last()


async def _is(truth: bool) -> bool:
    return truth


def _drain_until_killed(path: Path, url: str, batches: int) -> None:
    """Killed right after a commit, before its cursor is written."""
    process = subprocess.Popen(
        [sys.executable, "-c", DRAINER, str(path), url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    for batch in range(batches):
        if batch:
            process.stdin.write("go on\n")
            process.stdin.flush()
        process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.communicate()
