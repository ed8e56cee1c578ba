"""The supervisor with real small processes: it restarts, kills the silent, and leaves nobody behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from hotline.runtime.child import Service
from hotline.runtime.identity import Identity
from hotline.runtime.spare import Spare
from hotline.runtime.supervisor import SILENT_S, STOP_LAST_S, STOP_S, NotReady, Supervisor
from hotline.settings import PROJECT
from tests.patience import HELD_UP, LONG
from tests.patience import until as wait_until

MYSELF = Identity(os.geteuid(), os.getegid())

PINGS = """
import time
from hotline.runtime import notify
notify.tell(notify.READY)
while True:
    notify.tell(notify.ALIVE)
    time.sleep(0.2)
"""
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
WAITS = """
import os, sys, time
if sys.argv[1:] == ["--wait"]:
    print("waits", flush=True)
    if not os.read(0, 1):
        raise SystemExit
""" + PINGS
DIES_WAITING = "import sys\nif sys.argv[1:]: raise SystemExit('spare dies')\n" + PINGS
HAS_A_CHILD = "import subprocess, sys, time; print(subprocess.Popen(['sleep', '600']).pid, flush=True); time.sleep(600)"


def service(name: str, code: str, *, notifies: bool = False, ready_within_s: float = LONG) -> Service:
    environment = {"PYTHONPATH": str(PROJECT), "PATH": os.environ["PATH"]}
    ready = None if notifies else lambda: True
    command = [sys.executable, "-c", code]
    return Service(
        name=name, command=command, user=MYSELF, environment=environment, is_ready=ready, ready_within_s=ready_within_s
    )


@asynccontextmanager
async def supervising(logs: Path) -> AsyncIterator[Supervisor]:
    async with asyncio.TaskGroup() as tasks:
        supervisor = Supervisor(logs, tasks)
        try:
            yield supervisor
        finally:
            await supervisor.stop()


async def until(true: Callable[[], bool], seconds: float = LONG) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110  (another process cannot set an Event)
            await asyncio.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"


async def test_a_dead_process_is_started_again(tmp_path: Path) -> None:
    async with supervising(tmp_path) as supervisor:
        await supervisor.start(service("ivr", PINGS, notifies=True))
        first = supervisor.kept["ivr"].pid
        assert first
        os.kill(first, signal.SIGKILL)
        await until(lambda: supervisor.is_up("ivr") and supervisor.kept["ivr"].pid != first)
        assert supervisor.kept["ivr"].restarts == 1
    assert not alive(first)


async def test_who_has_served_is_started_again_at_once_however_often_he_dies_and_who_cannot_start_waits_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twelve times a longer wait would be two minutes and a half."""
    monkeypatch.setattr("hotline.runtime.supervisor.FIRST_BACKOFF_S", 0.02)
    monkeypatch.setattr("hotline.runtime.supervisor.LONGEST_BACKOFF_S", 600.0)
    monkeypatch.setattr("hotline.runtime.supervisor.SERVED_S", 0.1)
    deaths = 13
    async with supervising(tmp_path) as supervisor:
        await supervisor.start(service("one", PINGS, notifies=True))
        one = supervisor.kept["one"]
        for death in range(1, deaths):
            await until(lambda: one.state == "up" and one.has_served())
            os.kill(one.pid or 0, signal.SIGKILL)
            await until(lambda death=death: one.restarts >= death)  # type: ignore[misc]
        with pytest.raises(NotReady):
            await supervisor.start(service("broken", "pass", notifies=True))
        await asyncio.sleep(2)
        assert supervisor.kept["broken"].restarts < deaths


def with_a_spare(code: str) -> Service:
    return replace(service("web", code, notifies=True), waits_with=("--wait",))


async def test_when_one_dies_its_spare_begins_and_another_one_waits(tmp_path: Path) -> None:
    async with supervising(tmp_path) as supervisor:
        await supervisor.start(with_a_spare(WAITS))
        web = supervisor.kept["web"]
        for _ in range(3):
            await until(lambda: web.spare.pid is not None)
            first, waiting = web.pid, web.spare.pid
            assert first
            assert waiting
            os.kill(first, signal.SIGKILL)
            await until(lambda waiting=waiting: supervisor.is_up("web") and web.pid == waiting)  # type: ignore[misc]
        await until(lambda: web.spare.pid is not None)
        left = [web.pid, web.spare.pid]
    assert not any(alive(pid) for pid in left if pid)


async def test_a_spare_that_died_is_not_waited_for_and_not_started_all_the_time(tmp_path: Path) -> None:
    async with supervising(tmp_path) as supervisor:
        await supervisor.start(with_a_spare(DIES_WAITING))
        web, log = supervisor.kept["web"], tmp_path / "web.log"
        await until(lambda: "spare dies" in log.read_text())
        await asyncio.sleep(1.5)
        assert log.read_text().count("spare dies") == 1
        first = web.pid
        assert first
        os.kill(first, signal.SIGKILL)
        await until(lambda: supervisor.is_up("web") and web.pid != first)


async def test_an_unneeded_spare_is_ended(tmp_path: Path) -> None:
    spare = Spare(with_a_spare(WAITS), tmp_path / "web.log")
    pid = spare.prepare()
    assert pid
    assert spare.prepare() is None, "one is enough"
    await until(lambda: "waits" in (tmp_path / "web.log").read_text())
    spare.end()
    assert not alive(pid)
    assert spare.take() is None


async def test_a_process_that_stops_pinging_is_killed_and_started_again(tmp_path: Path) -> None:
    async with supervising(tmp_path) as supervisor:
        await supervisor.start(service("cti", PINGS, notifies=True))
        first = supervisor.kept["cti"].pid
        assert first
        os.kill(first, signal.SIGSTOP)
        begun = time.monotonic()
        await until(lambda: not alive(first))
        assert 1 < time.monotonic() - begun < SILENT_S + 2 + HELD_UP
        await until(lambda: supervisor.is_up("cti"))


async def test_a_process_that_no_longer_answers_is_killed_only_after_five_misses(tmp_path: Path) -> None:
    said: list[bool] = []

    async def answers() -> bool:
        said.append(len(said) < 2)
        return said[-1]

    async with supervising(tmp_path) as supervisor:
        deaf = replace(service("asterisk", "import time; time.sleep(600)"), answers=answers)
        await supervisor.start(deaf)
        first = supervisor.kept["asterisk"].pid
        assert first
        await until(lambda: not alive(first))
        assert said[:7] == [True] * 2 + [False] * 5


async def test_another_process_cannot_say_ready_for_it(tmp_path: Path) -> None:
    async with supervising(tmp_path) as supervisor:
        quiet = service("web", "import time; time.sleep(600)", notifies=True, ready_within_s=1)
        other = service("other", PINGS, notifies=True)
        await supervisor.start(other)
        with pytest.raises(NotReady):
            await supervisor.start(quiet)


async def test_stop_ends_the_deaf_and_the_stopped_within_five_seconds(tmp_path: Path) -> None:
    async with supervising(tmp_path) as supervisor:
        await supervisor.start(service("web", DEAF), service("ivr", PINGS, notifies=True), service("postgres", DEAF))
        os.kill(supervisor.kept["ivr"].pid or 0, signal.SIGSTOP)
        pids = [kept.pid for kept in supervisor.kept.values()]
        begun = time.monotonic()
        await supervisor.stop()
        assert time.monotonic() - begun < 5 + HELD_UP
        assert STOP_S + STOP_LAST_S < 5
        assert not any(alive(pid) for pid in pids if pid)


async def test_what_a_process_started_does_not_outlive_it(tmp_path: Path) -> None:
    async with supervising(tmp_path) as supervisor:
        await supervisor.start(service("web", HAS_A_CHILD))
        log = tmp_path / "web.log"
        await until(lambda: log.read_text().strip().isdigit())
        grandchild = int(log.read_text())
        assert alive(grandchild)
    assert not alive(grandchild)


async def test_a_process_that_cannot_start_is_named_with_the_end_of_its_log(tmp_path: Path) -> None:
    async with supervising(tmp_path) as supervisor:
        broken = service("web", "raise SystemExit('no such port')", notifies=True)
        with pytest.raises(NotReady, match=r"web[\s\S]*no such port"):
            await supervisor.start(broken)


def test_children_end_even_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    script = f"""
import asyncio, os, sys
sys.path[:0] = [{str(PROJECT)!r}]
from pathlib import Path
from tests.runtime.test_supervisor import PINGS, service, supervising
async def main():
    async with supervising(Path({str(tmp_path)!r})) as supervisor:
        await supervisor.start(service("ivr", PINGS, notifies=True))
        print(supervisor.kept["ivr"].pid, flush=True)
        await asyncio.sleep(600)
asyncio.run(main())
"""
    parent = subprocess.Popen([sys.executable, "-c", script], cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    child = int(parent.stdout.readline())
    assert alive(child)
    parent.kill()
    parent.wait()
    wait_until(lambda: not alive(child), "the child ends too")
