"""Presses of the emergency key on test routes: how many reach an operator, and how soon the INVITE leaves.

Every fifth press meets a busy first route. Up to 20 presses a call; each operator answers and hangs up again.
`--all-down` runs Asterisk alone: 100 presses keyed as *110, from the native fallback on.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.emergency_sides import PATIENCE, ByCommand, ByTelephone, InChromium, Side, route_is_there
from hotline.phone.client import Phone, PhoneFailed

FIRST, SECOND = 20, 21
BUSY_EVERY = 5
MOST_PRESSES_A_CALL = 20
REACH_SECONDS = 10.0


@dataclass(kw_only=True)
class Presses:
    """What has been seen so far."""

    pressed: int = 0
    reached: int = 0
    milliseconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    ways = ("desk", "control", "second-call", "dtmf")
    parser.add_argument("--n", type=int, default=None, help="presses; 1000, or 100 with --all-down")
    parser.add_argument("--through", choices=ways, default="desk", help="who presses (desk: a click in Chromium)")
    parser.add_argument("--presses-a-call", type=int, default=MOST_PRESSES_A_CALL)
    parser.add_argument("--all-down", action="store_true", help="nothing but Asterisk runs; *110 is keyed")


def measure(args: argparse.Namespace, home: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """`pressed`, `reached`, and the time from the press to the first INVITE at a route's phone."""
    through = "dtmf" if args.all_down else args.through
    wanted = args.n or (100 if args.all_down else 1000)
    seen = Presses()
    with ExitStack() as opened:
        say(f"starting, to press {wanted} times through {through} …")
        side = _side(opened, through, home, args.port_base)
        phones = [opened.enter_context(Phone.of(side.settings, number)) for number in (FIRST, SECOND)]
        _wait_for_routes(side)
        while seen.pressed < wanted:
            _one_call(side, phones, seen, min(args.presses_a_call, wanted - seen.pressed))
            say(f"{seen.pressed} pressed, {seen.reached} reached")
    return _result(seen, through, all_down=through in {"dtmf", "second-call"})


def _side(opened: ExitStack, through: str, home: Path, port_base: int) -> Side:
    if through == "desk":
        return InChromium(opened, home, port_base)
    if through == "control":
        return ByCommand(opened, home)
    return ByTelephone(opened, home, keys=through == "dtmf")


def _wait_for_routes(side: Side) -> None:
    deadline = time.monotonic() + PATIENCE
    while not all(route_is_there(side.settings, number) for number in (FIRST, SECOND)):
        if time.monotonic() > deadline:
            raise RuntimeError("Asterisk never saw the operators' phones")
        time.sleep(0.5)


def _one_call(side: Side, phones: list[Phone], seen: Presses, presses: int) -> None:
    side.talk()
    for _ in range(presses):
        seen.pressed += 1
        try:
            seen.milliseconds.append(_press_once(side, phones, busy=seen.pressed % BUSY_EVERY == 0) * 1000)
            seen.reached += 1
        except PhoneFailed as failed:
            seen.failures.append(f"press {seen.pressed}: {failed}"[:300])
        side.settle()
    side.end_call()


def _press_once(side: Side, phones: list[Phone], *, busy: bool) -> float:
    """Seconds from the press to the INVITE. Raises PhoneFailed when no operator answered."""
    first, second = phones
    first.when_called(486 if busy else 200)
    second.when_called(200)
    time.sleep(0.1)  # the phones have heard it
    pressed = side.press()
    invited = first.wait("ringing", seconds=REACH_SECONDS)["at"]
    operator = second if busy else first
    operator.wait_state("confirmed", seconds=REACH_SECONDS)
    took: float = invited - pressed()
    operator.hang_up()
    operator.wait_over(seconds=REACH_SECONDS)
    return took


def _result(seen: Presses, through: str, *, all_down: bool) -> dict[str, Any]:
    ordered = sorted(seen.milliseconds)
    return {
        "pressed": seen.pressed,
        "reached": seen.reached,
        "click_to_invite_p50_ms": _at(ordered, 0.5),
        "click_to_invite_p99_ms": _at(ordered, 0.99),
        "click_to_invite_greatest_ms": _at(ordered, 1.0),
        "through": through,
        "only_asterisk_ran": all_down,
        "failures": seen.failures[:10],
    }


def _at(ordered: list[float], share: float) -> float | None:
    """The value that so many of the presses did not exceed."""
    return round(ordered[max(0, round(share * len(ordered)) - 1)], 1) if ordered else None
