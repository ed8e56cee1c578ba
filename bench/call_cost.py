"""What a call costs: our whole path against a bare native dialplan, as a ratio of processor time.

Both Asterisks run side by side and take turns. Each turn is a window of calls (ten a second, the rate that
a node must bear) and an idle window of equal length; what the idle one used is taken off. The bare arm does
the same work natively (record the caller, greeting, key 3, queue), without manager, guard, gate, AGI or any
other process.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.bare import BareAsterisk
from bench.cpu import spent, tree_seconds
from bench.sipp import Crowd, run_crowd
from hotline.trial import Trial

CALLS, RATE, HOLD = 100, 10.0, 4.0
SETTLE = 3.0
BARE, BARE_CALLER = 2100, 2300
"""Ports of the bare Asterisk and of its callers, from our hotline's port base on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One side of the comparison: where it is called and which process trees it is."""

    name: str
    target: str
    roots: Callable[[], list[int]]
    local_port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    milliseconds: float
    failed: int


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--alternations", type=int, default=5, help="turns of each arm (at least 5 to publish)")
    parser.add_argument("--calls", type=int, default=CALLS, help="calls a turn")


def measure(args: argparse.Namespace, home: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """Run the alternations. The result's `ratio` has median, least and greatest."""
    trial = Trial(home / "ours", args.port_base)
    bare = BareAsterisk(home / "bare", args.port_base + BARE, trial.settings)
    say("starting our hotline and a bare Asterisk …")
    trial.start()
    try:
        bare.start()
        arms = (_bare_arm(bare, args.port_base + BARE_CALLER), _our_arm(trial))
        turns = [_alternation(n, arms, args.calls, say) for n in range(args.alternations + 1)][1:]
    finally:
        bare.stop()
        trial.stop()
        trial.remove()
        bare.remove()
    return _result(turns, args.calls)


def _bare_arm(bare: BareAsterisk, local_port: int) -> Arm:
    target = f"127.0.0.1:{bare.sip_port}"
    return Arm(name="bare", target=target, roots=lambda: [bare.pid], local_port=local_port)


def _our_arm(trial: Trial) -> Arm:
    target = f"127.0.0.1:{trial.settings.port('sip')}"
    roots = [int(trial.status()["supervisor"]["pid"])]
    return Arm(name="ours", target=target, roots=lambda: roots, local_port=trial.settings.port("phones"))


def _alternation(number: int, arms: tuple[Arm, Arm], calls: int, say: Callable[[str], None]) -> dict[str, Turn]:
    """One turn of each arm; the order changes each time. The very first alternation is only a warm-up."""
    order = arms if number % 2 else arms[::-1]
    turns = {arm.name: _turn(arm, calls) for arm in order}
    words = ", ".join(f"{name} {turn.milliseconds:.1f} ms a call" for name, turn in sorted(turns.items()))
    say(f"{'warm-up' if number == 0 else f'alternation {number}'}: {words}")
    return turns


def _turn(arm: Arm, calls: int) -> Turn:
    begun = time.monotonic()
    start = tree_seconds(arm.roots())
    crowd = Crowd(calls=calls, rate=RATE, hold=HOLD)
    outcome = run_crowd(crowd, target=arm.target, local_port=arm.local_port)
    time.sleep(SETTLE)
    loaded = tree_seconds(arm.roots())
    time.sleep(time.monotonic() - begun)
    idle = tree_seconds(arm.roots())
    used = spent(start, loaded) - spent(loaded, idle)
    return Turn(milliseconds=used / calls * 1000, failed=outcome.failed)


def _result(turns: list[dict[str, Turn]], calls: int) -> dict[str, Any]:
    ratios = [turn["ours"].milliseconds / turn["bare"].milliseconds for turn in turns]
    middle = {name: statistics.median(t[name].milliseconds for t in turns) for name in ("bare", "ours")}
    return {
        "ratio": {"median": round(statistics.median(ratios), 3), "least": round(min(ratios), 3),
                  "greatest": round(max(ratios), 3)},
        "milliseconds_a_call": {name: round(value, 2) for name, value in middle.items()},
        "alternations": len(turns),
        "calls": calls * len(turns) * 2,
        "failed": sum(turn.failed for pair in turns for turn in pair.values()),
    }  # fmt: skip
