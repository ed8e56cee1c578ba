"""The stall watch: a loop that stands still ends the process; a machine that stood still does not."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import time

from hotline.runtime.stall import EXIT_CODE, LIMIT_S, StallWatch
from hotline.settings import PROJECT
from tests.patience import HELD_UP, LONG

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
    process = started("time.sleep(600)")
    _, said = process.communicate(timeout=LONG)
    assert process.returncode == EXIT_CODE
    stalled = re.search(r'"loop_stalled".*"seconds": ([\d.]+)', said)
    assert stalled is not None
    # By the process's own clock: a machine that is late to look is not a loop that stood longer.
    assert LIMIT_S <= float(stalled[1]) < 4 + HELD_UP


def test_a_stopped_machine_is_not_a_stall() -> None:
    process = started("await asyncio.sleep(2)")
    process.send_signal(signal.SIGSTOP)
    time.sleep(3)
    os.kill(process.pid, signal.SIGCONT)
    process.communicate(timeout=LONG)
    assert process.returncode == 0


async def test_a_turning_loop_is_left_alone() -> None:
    stalls: list[float] = []
    watch = StallWatch(limit_s=2.0, give_up=stalls.append)
    watch.start()
    await asyncio.sleep(3.0)
    watch.stop()
    assert stalls == []
