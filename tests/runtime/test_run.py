"""One of our processes on its own, as the supervisor or systemd starts it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotline.runtime.notify import Ear
from hotline.settings import PROJECT, Settings
from tests.patience import HELD_UP, LONG, until


def free_base() -> int:
    """A port base whose FastAGI port nobody uses now."""
    for base in range(18000, 19000, 7):
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", base + 3)) != 0:
                return base
    raise AssertionError("no free port")


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "run").mkdir()
    return os.environ | {"HOTLINE_HOME": str(tmp_path), "HOTLINE_PORT_BASE": str(free_base())}


@pytest.fixture
def ear() -> Iterator[Ear]:
    opened = Ear()
    yield opened
    opened.close()


def start(environ: dict[str, str], *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "hotline.run", "ivr", *words]
    return subprocess.Popen(
        command, cwd=PROJECT, env=environ, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )  # fmt: skip


def heard(ear: Ear, word: str, seconds: float = LONG) -> int:
    """The pid that said `word`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for pid, text in ear.heard():
            if word in text:
                return pid
        time.sleep(0.02)
    raise AssertionError(f"nobody said {word}")


def heard_from(ear: Ear, wanted: int, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if any(pid == wanted for pid, _ in ear.heard()):
            return
        time.sleep(0.02)
    raise AssertionError(f"nobody heard from {wanted}")


def test_ivr_says_ready_pings_logs_json_and_ends_on_sigterm(environ: dict[str, str], ear: Ear) -> None:
    ivr = start(environ | {"NOTIFY_SOCKET": ear.address})
    assert heard(ear, "READY=1") == ivr.pid
    assert heard(ear, "WATCHDOG=1") == ivr.pid
    begun = time.monotonic()
    ivr.send_signal(signal.SIGTERM)
    said, _ = ivr.communicate(timeout=LONG)
    assert time.monotonic() - begun < 3 + HELD_UP
    assert ivr.returncode == 0
    events = [json.loads(line) for line in said.splitlines()]
    assert {"event", "level", "timestamp", "process"} <= set(events[-1])
    assert events[-1]["event"] == "process_stopped"


def test_a_second_process_of_the_same_kind_on_a_node_is_refused(environ: dict[str, str], ear: Ear) -> None:
    first = start(environ | {"NOTIFY_SOCKET": ear.address})
    try:
        heard(ear, "READY=1")
        second = start(environ)
        said, _ = second.communicate(timeout=LONG)
        assert second.returncode == 1
        assert str(first.pid) in said
    finally:
        first.kill()
        first.communicate(timeout=LONG)


def test_a_spare_waits_beside_the_first_and_begins_when_told(environ: dict[str, str], ear: Ear) -> None:
    told = environ | {"NOTIFY_SOCKET": ear.address}
    first = start(told)
    heard(ear, "READY=1")
    spare = start(told, "--wait")
    assert spare.stdin
    try:
        with pytest.raises(AssertionError, match="nobody"):
            heard_from(ear, spare.pid, seconds=3)
        assert spare.poll() is None
        first.kill()
        first.communicate(timeout=LONG)
        spare.stdin.write("\n")
        spare.stdin.flush()
        assert heard(ear, "READY=1") == spare.pid
    finally:
        for one in (first, spare):
            one.kill()
            one.wait(LONG)


def test_a_spare_whose_supervisor_is_gone_ends(environ: dict[str, str]) -> None:
    spare = start(environ, "--wait")
    spare.communicate(timeout=LONG)
    assert spare.returncode == 0


def test_beat_probes_ivr_and_kills_it_when_it_hangs(environ: dict[str, str], ear: Ear) -> None:
    settings = Settings.read(environ)
    ivr = start(environ | {"NOTIFY_SOCKET": ear.address})
    heard(ear, "READY=1")
    prober = subprocess.Popen(
        [sys.executable, "-m", "hotline.cli", "beat"], cwd=PROJECT, env=environ | {"NOTIFY_SOCKET": ear.address}
    )
    try:
        assert heard(ear, "READY=1") == prober.pid
        touched = settings.home / "run/beat"
        until(touched.exists, "the first beat")
        for _ in range(2):
            last = touched.stat().st_mtime_ns
            until(lambda seen=last: touched.stat().st_mtime_ns > seen, "another beat")  # type: ignore[misc]
        ivr.send_signal(signal.SIGSTOP)
        assert ivr.wait(LONG) == -signal.SIGKILL
    finally:
        prober.terminate()
        prober.wait(LONG)
        ivr.kill()
        ivr.communicate(timeout=LONG)
    assert not (settings.home / "run/beat").exists()
