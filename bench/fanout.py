"""From an event at cti to the desks: 200 WebSocket clients and one Chromium, then a burst of 20,000 events.

A whole hotline runs; events of invented calls are added to the stream that its cti hears from Asterisk
(`bench/ami_tap.py`). Each caller joins a queue (every desk shows it), rings one desk, talks and goes.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from bench.ami_tap import AmiTap
from bench.desk_clients import DeskClients, agents_of
from bench.invented_calls import KINDS_A_CALL, InventedCall, burst
from bench.page_ear import PageEar
from hotline.trial import Trial

BENCH_CALLS, EVENTS_A_SECOND = 40, 4.0
TAP_PORT = 9
PATIENCE = 180.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--clients", type=int, default=200, help="desks, each an agent of its own")
    parser.add_argument("--calls", type=int, default=BENCH_CALLS, help="invented calls to time")
    parser.add_argument("--burst", type=int, default=20_000, help="events of the burst; 0 for none")
    parser.add_argument("--no-browser", action="store_true", help="leave Chromium out")


def measure(args: argparse.Namespace, home: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """`milliseconds` has p50, p95 and greatest of every desk's update; `burst` what became of each event."""
    port = args.port_base + TAP_PORT
    trial = Trial(home / "fanout", args.port_base, {"HOTLINE_AMI_PORT": str(port), "HOTLINE_WRAP_UP_SECONDS": "5"})
    with AmiTap(args.port_base + 2, port) as tap:
        say("starting the hotline …")
        trial.start()
        try:
            return _measured(args, trial, tap, home, say)
        finally:
            trial.stop()
            trial.remove()


def _measured(
    args: argparse.Namespace, trial: Trial, tap: AmiTap, home: Path, say: Callable[[str], None]
) -> dict[str, Any]:
    agents = agents_of(trial, args.clients)
    ear = None if args.no_browser else PageEar(trial, home)
    try:
        say(f"{args.clients} desks, {args.calls} calls …")
        times = asyncio.run(_timed(args, trial, tap, agents, ear))
        result: dict[str, Any] = {"clients": args.clients, "calls": args.calls, **_figures(times, ear)}
        if args.burst:
            say(f"a burst of {args.burst} events …")
            result["burst"] = _burst(trial, tap, agents, args.burst)
    finally:
        if ear is not None:
            ear.close()
    return result


async def _timed(
    args: argparse.Namespace, trial: Trial, tap: AmiTap, agents: Sequence[str], ear: PageEar | None
) -> dict[str, list[float]]:
    """What → milliseconds, one for each desk that had to show it."""
    times: dict[str, list[float]] = {"queue": [], "ring": [], "answer": []}
    async with DeskClients(trial, agents) as desks:
        await desks.sign_on()
        for number in range(args.calls):
            call = InventedCall(number, agent=agents[number % len(agents)])
            own = desks.of(call.agent)
            times["queue"] += await _step(tap, call.joins(), desks.all_see_waiting(1), ear)
            times["ring"] += await _step(tap, call.rings(), own.sees_call("ringing"))
            times["answer"] += await _step(tap, call.answered(), own.sees_call("talking"))
            await _step(tap, call.ends(), desks.all_see_waiting(0), ear)
    return times


async def _step(
    tap: AmiTap, events: list[dict[str, str]], shown: Callable[[], Awaitable[list[float]]], ear: PageEar | None = None
) -> list[float]:
    """Say the events; milliseconds until each of those desks had the frame. The page shows queues alone."""
    watch = shown()
    begun = time.time()
    if ear is not None:
        ear.said(begun)
    tap.say(events)
    async with asyncio.timeout(PATIENCE):
        at = await watch
    await asyncio.sleep(1 / EVENTS_A_SECOND)
    return [(each - begun) * 1000 for each in at]


def _figures(times: dict[str, list[float]], ear: PageEar | None) -> dict[str, Any]:
    every = [each for kind in times.values() for each in kind]
    figures: dict[str, Any] = {"milliseconds": _summary(every)}
    figures |= {f"{kind}_ms": _summary(values) for kind, values in times.items()}
    if ear is not None:
        figures["chromium_ms"] = _summary(ear.times())
    return figures


def _summary(values: Sequence[float]) -> dict[str, float]:
    ordered = sorted(values)
    if not ordered:
        return {"p50": 0.0, "p95": 0.0, "greatest": 0.0}
    last = ordered[max(0, round(0.95 * len(ordered)) - 1)]
    return {"p50": round(statistics.median(ordered), 1), "p95": round(last, 1), "greatest": round(ordered[-1], 1)}


def _burst(trial: Trial, tap: AmiTap, agents: Sequence[str], events: int) -> dict[str, Any]:
    """All at once; each event must be a row of the journal and of PostgreSQL."""
    calls, said = burst(events, agents)
    begun = time.monotonic()
    tap.say(said)
    found = asyncio.run(_until_stored(trial, calls, begun))
    return {"events": len(said), "calls": len(calls), **found}


async def _until_stored(trial: Trial, calls: Sequence[str], begun: float) -> dict[str, Any]:
    import asyncpg

    expected = {kind: count * len(calls) for kind, count in KINDS_A_CALL.items()}
    connection = await asyncpg.connect(trial.database_url().replace("+asyncpg", ""))
    stored: dict[str, int] = {}
    try:
        while time.monotonic() - begun < PATIENCE:
            rows = await connection.fetch(
                "SELECT kind, count(*) AS n FROM events WHERE call_id = ANY($1) GROUP BY kind", list(calls)
            )
            stored = {row["kind"]: row["n"] for row in rows if row["kind"] in expected}
            if stored == expected:
                break
            await asyncio.sleep(0.5)
    finally:
        await connection.close()
    lost = sum(expected[kind] - stored.get(kind, 0) for kind in expected)
    return {"lost": lost, "stored": sum(stored.values()), "seconds": round(time.monotonic() - begun, 1)}
