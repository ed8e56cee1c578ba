"""The screen pop: from the INVITE at the agent's browser to the caller card fully painted.

A real caller with three open cases among many others rings a real desk in Chromium, again and again; both
marks are set by the page itself on its own clock.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from hotline.phone.client import Phone
from hotline.trial import Trial
from tests.stories.desk import Desk, open_browser, write_tone

NUMBER = "13800006027"
"""The demo caller, who has three open cases."""
AGENT = "1001"
RING_SECONDS = 20.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--calls", type=int, default=50, help="calls to ring the desk with")
    parser.add_argument("--cases", type=int, default=100_000, help="cases in the store")


def measure(args: argparse.Namespace, home: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """Ring `calls` times. The result has p50 and p95 in milliseconds, and how many cards were whole."""
    trial = Trial(home / "pop", args.port_base, {"HOTLINE_RING_SECONDS": "30"})
    say("starting the hotline …")
    trial.start()
    try:
        say(f"filling {args.cases} cases …")
        filled = trial.command("demo-data", "--once", "--cases", str(args.cases), seconds=600)
        if filled.returncode:
            raise RuntimeError(f"demo-data: {filled.stderr or filled.stdout}")
        times = _ring_often(trial, home, args.calls, say)
    finally:
        trial.stop()
        trial.remove()
    ordered = sorted(times)
    return {
        "milliseconds": {
            "p50": round(statistics.median(ordered), 1),
            "p95": round(ordered[max(0, round(0.95 * len(ordered)) - 1)], 1),
            "greatest": round(ordered[-1], 1),
        },
        "calls": len(times),
        "cases": args.cases,
        "open_cases_shown": 3,
    }


def _ring_often(trial: Trial, home: Path, calls: int, say: Callable[[str], None]) -> list[float]:
    origin = trial.status()["addresses"]["web_local"].rstrip("/")
    with sync_playwright() as playwright, Phone.of(trial.settings) as phone:
        browser = open_browser(playwright, write_tone(home / "tone.wav", 1000))
        desk = Desk(browser, origin, AGENT, trial.passwords()[AGENT]).log_in().take_calls()
        times = []
        for number in range(calls):
            times.append(_ring_once(trial, phone, desk))
            if number % 10 == 9:
                say(f"{number + 1} of {calls} calls: last {times[-1]:.0f} ms")
        desk.close()
        browser.close()
    return times


def _ring_once(trial: Trial, phone: Phone, desk: Desk) -> float:
    """Milliseconds from INVITE to the painted card of one call; the caller then gives up."""
    phone.call(f"sip:12345@127.0.0.1:{trial.settings.port('sip')}", number=NUMBER)
    phone.wait_answered()
    phone.press("3")
    desk.wait_mark("call", "ringing", seconds=RING_SECONDS)
    took = _painted(desk)
    phone.hang_up()
    phone.wait_over()
    desk.wait_mark("call", "idle", seconds=RING_SECONDS)
    return took


def _painted(desk: Desk) -> float:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        marks = desk.page.evaluate(
            """() => {
                const card = document.querySelector('caller-card');
                const invite = Number(document.querySelector('[data-phone]').dataset.inviteAt || 0);
                const open = card.querySelectorAll('[data-list=open] [data-case-id]').length;
                return {invite, painted: Number(card.dataset.paintedAt || 0), open};
            }"""
        )
        if marks["painted"] >= marks["invite"] > 0:
            if marks["open"] != 3:
                raise RuntimeError(f"the card shows {marks['open']} open cases instead of 3\n{desk.said()}")
            return float(marks["painted"] - marks["invite"])
        desk.page.wait_for_timeout(20)
    raise RuntimeError(f"the card was not painted\n{desk.said()}")
