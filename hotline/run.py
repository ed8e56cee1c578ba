"""Runs one of our processes: signals, logs, the stall watch and the word that it is ready."""

from __future__ import annotations

import argparse
import asyncio
import gc
import importlib
import os
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import structlog
import uvloop

from hotline.runtime import logs, notify
from hotline.runtime.lock import FileLock, Held
from hotline.runtime.stall import EXIT_CODE, StallWatch
from hotline.settings import BadSetting, Settings

PROCESSES = ("ivr", "cti", "web")
PING_EVERY_S = 1.0
STOP_WITHIN_S = 4.0

Run = Callable[[Settings, Callable[[], None]], Awaitable[None]]


class Began(NamedTuple):
    """When a process began to start: seconds of the monotonic clock and of its processor."""

    at: float
    cpu: float

    @staticmethod
    def now() -> Began:
        return Began(time.monotonic(), time.process_time())


def main(argv: list[str] | None = None) -> int:
    """`python -m hotline.run ivr|cti|web`; 0 after a wanted stop, and for a spare that was not needed."""
    words = argparse.ArgumentParser(prog="hotline run", description="Run one process of the hotline.")
    words.add_argument("process", choices=PROCESSES)
    words.add_argument("--wait", action="store_true", help="import everything, then begin at a byte on standard input")
    given = words.parse_args(argv)
    name = given.process
    gc.disable()  # nothing of what is imported is garbage: to look for it would be a sixth of the start
    began = Began.now()
    if given.wait:
        importlib.import_module(f"hotline.wiring.{name}")
        gc.collect()
        gc.freeze()  # a tenth of a second that its beginning does not cost then
        if not os.read(sys.stdin.fileno(), 1):
            return 0
        began = Began.now()
    try:
        settings = Settings.read()
        logs.configure(name, settings.log_level)
        # Two cti of one node would both answer for the same calls.
        lock = FileLock(settings.home / f"run/{name}.lock", f"{name} ({settings.node_id})")
    except (BadSetting, Held) as error:
        print(error, flush=True)
        return 1
    run: Run = importlib.import_module(f"hotline.wiring.{name}").run
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_serve(name, run, settings, began))
    finally:
        lock.release()


async def _serve(name: str, run: Run, settings: Settings, began: Began) -> int:
    log = structlog.get_logger()
    watch = StallWatch()
    watch.start()
    stop = asyncio.Event()
    _on_signals(stop)
    try:
        async with asyncio.TaskGroup() as tasks:
            pings = tasks.create_task(_ping())
            work = tasks.create_task(_work(run, settings, lambda: _ready(log, name, began)))
            ending = tasks.create_task(stop.wait())
            await asyncio.wait({work, ending}, return_when=asyncio.FIRST_COMPLETED)
            for task in (work, ending, pings):
                task.cancel()
    except BaseExceptionGroup as failures:
        for failure in failures.exceptions:
            log.critical("process_failed", exc_info=failure)
        return EXIT_CODE
    finally:
        watch.stop()
    log.info("process_stopped")
    return 0 if stop.is_set() else EXIT_CODE


async def _work(run: Run, settings: Settings, ready: Callable[[], None]) -> None:
    await run(settings, ready)


async def _ping() -> None:
    while True:
        notify.tell(f"{notify.ALIVE}\n{notify.TASKS}{len(asyncio.all_tasks())}")
        await asyncio.sleep(PING_EVERY_S)


def _ready(log: structlog.typing.FilteringBoundLogger, name: str, began: Began) -> None:
    """With the seconds since it began, and those of a processor: apart, others held us up."""
    gc.enable()
    after_s, cpu_s = round(time.monotonic() - began.at, 2), round(time.process_time() - began.cpu, 2)
    log.info("process_ready", name=name, after_s=after_s, cpu_s=cpu_s)
    notify.tell(notify.READY)


def _on_signals(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()

    def asked() -> None:
        stop.set()
        # A clean-up that hangs must not outlive the supervisor's patience.
        last = threading.Timer(STOP_WITHIN_S, os._exit, args=(0,))
        last.daemon = True
        last.start()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked)


if __name__ == "__main__":
    raise SystemExit(main())
