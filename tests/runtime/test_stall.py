"""The stall watch: a loop that stands still ends the process; a machine that stood still does not."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time

from hotline.runtime.stall import EXIT_CODE, StallWatch
from hotline.settings import PROJECT

SCRIPT = """
import asyncio, sys, time
from hotline.runtime.stall import StallWatch
async def main():
    StallWatch().start()
    await asyncio.sleep(0.3)
    print("up", flush=True)
    {then}
asyncio.run(main())
"""


def started(then: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT.format(then=then)], cwd=PROJECT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout
    assert process.stdout.readline() == "up\n"
    return process


def test_a_blocked_loop_ends_the_process_within_four_seconds() -> None:
    process = started("time.sleep(60)")
    begun = time.monotonic()
    _, said = process.communicate(timeout=10)
    assert process.returncode == EXIT_CODE
    assert 1.5 < time.monotonic() - begun < 4
    assert "loop_stalled" in said


def test_a_stopped_machine_is_not_a_stall() -> None:
    process = started("await asyncio.sleep(2)")
    process.send_signal(signal.SIGSTOP)
    time.sleep(3)
    os.kill(process.pid, signal.SIGCONT)
    process.communicate(timeout=10)
    assert process.returncode == 0


async def test_a_turning_loop_is_left_alone() -> None:
    stalls: list[float] = []
    watch = StallWatch(limit_s=0.5, give_up=stalls.append)
    watch.start()
    await asyncio.sleep(1.2)
    watch.stop()
    assert stalls == []
