"""The spool: a case saved while PostgreSQL is away is on the disk at once and in the store once."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from storage.cases import SavedCase
from storage.database import DatabaseAway
from storage.new_case import NewCase
from storage.spool import Spool
from tests.patience import LONG
from tests.postgres_server import Server
from tests.storage.conftest import Stores
from tests.storage.stories import NUMBER, call_id

Take = Callable[..., NewCase]
PROJECT = Path(__file__).resolve().parents[2]

DELIVERER = """
import asyncio, json, os, sys
from pathlib import Path
from storage.cases import CaseStore
from storage.database import Database
from storage.fields import Fields, new_hash_key, new_keyring
from storage.spool import Spool

async def main():
    database = Database(sys.argv[2])
    store = CaseStore(database, Fields(new_keyring(), new_hash_key(), "demo"), centre_id="demo")
    async def save(new):
        saved = await store.save(new)
        print(saved.number, flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        return saved
    await Spool(Path(sys.argv[1])).deliver(save)

asyncio.run(main())
"""


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    opened = Spool(tmp_path / "spool" / "spool.db")
    yield opened
    opened.close()


async def test_a_case_saved_without_postgresql_is_pending_and_then_delivered(
    spool: Spool, stores: Stores, postgres: Server, taken: Take
) -> None:
    new = taken(call_id=call_id())
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(spool.run(stores.cases.save))
        postgres.stop()
        try:
            with pytest.raises(DatabaseAway):
                await stores.cases.save(new)
            await spool.put(new)
            await asyncio.sleep(0.3)
            assert [one.new for one in await spool.pending("1001")] == [new]
            assert await spool.pending("1002") == []
        finally:
            postgres.start()
        async with asyncio.timeout(LONG):
            while await spool.pending():  # noqa: ASYNC110 - asks a file, which cannot set an event
                await asyncio.sleep(0.05)
        running.cancel()
    kept = await spool.find(str(new.form.idempotency))
    assert kept is not None
    assert (kept.state, kept.number, kept.new) == ("delivered", "DEMO2026112100001", None)
    assert (await stores.cases.whole(new.case_id)).call_ids == [call_id()]


async def test_a_save_that_had_arrived_although_its_answer_was_lost_is_not_doubled(
    spool: Spool, stores: Stores, taken: Take
) -> None:
    new = taken()
    await stores.cases.save(new)
    await spool.put(new)
    assert await spool.deliver(stores.cases.save) == 1
    assert len(await stores.cases.cases_of_agent("1001")) == 1


async def test_a_second_click_keeps_the_first_case(spool: Spool, taken: Take) -> None:
    new = taken()
    first = await spool.put(new)
    again = await spool.put(taken(idempotency=new.form.idempotency, text="第二次点击"))
    assert first.case_id == again.case_id == str(new.case_id)
    assert len(await spool.pending()) == 1


async def test_cases_wait_in_a_new_process_too_and_a_killed_delivery_doubles_nothing(
    spool: Spool, stores: Stores, taken: Take, database_url: str, tmp_path: Path
) -> None:
    for _ in range(30):
        await spool.put(taken())
    spool.close()
    path = tmp_path / "spool" / "spool.db"
    for _ in range(3):
        await asyncio.to_thread(_deliver_until_killed, path, database_url, 4)
    reopened = Spool(path)
    assert len(await reopened.pending()) == 30 - 3 * 3, "the fourth of each round was saved and not noted"
    await reopened.deliver(stores.cases.save)
    assert await reopened.pending() == []
    reopened.close()
    assert len(await stores.cases.cases_of_agent("1001", limit=100)) == 30


async def test_a_case_that_postgresql_refuses_is_kept_and_shown_and_blocks_no_other(
    spool: Spool, stores: Stores, taken: Take
) -> None:
    bad, good = taken(text="坏\0的"), taken()
    await spool.put(bad)
    await spool.put(good)
    assert await spool.deliver(stores.cases.save) == 1
    assert [(one.state, one.new) for one in await spool.pending()] == [("refused", bad)]


async def test_numbers_and_names_are_not_clear_in_the_file(spool: Spool, taken: Take, tmp_path: Path) -> None:
    await spool.put(taken())
    for file in (tmp_path / "spool").iterdir():
        held = file.read_bytes()
        assert NUMBER.encode() not in held
        assert "张三".encode() not in held
        assert file.stat().st_mode & 0o077 == 0


async def test_delivering_with_nothing_waiting_asks_nobody(spool: Spool) -> None:
    async def nobody(new: NewCase) -> SavedCase:
        raise AssertionError

    assert await spool.deliver(nobody) == 0


def _deliver_until_killed(path: Path, url: str, saved: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", DELIVERER, str(path), url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    for number in range(saved):
        if number:
            process.stdin.write("go on\n")
            process.stdin.flush()
        process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.communicate()
