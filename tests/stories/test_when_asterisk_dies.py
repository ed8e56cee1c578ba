"""Asterisk is killed under a desk: the page knows that its call is gone, and the next one is heard."""

from __future__ import annotations

import signal

import pytest

from tests.patience import LONG

pytestmark = [pytest.mark.real, pytest.mark.browser]


def killed(healthy) -> None:
    former = healthy.signal("asterisk", signal.SIGKILL)
    healthy.wait_up("asterisk", other_than=former, seconds=LONG)


def test_a_desk_that_rang_stops_ringing_and_takes_the_next_call(healthy, desk, citizen):
    """Nobody can cancel that ring any more: the phone in the page would ring on for a minute and be busy meanwhile."""
    page = desk("1001")
    rang = citizen()
    rang.press("3")
    page.wait_mark("call", "ringing")
    killed(healthy)
    rang.quit()
    page.wait_mark("call", "idle", seconds=LONG / 2)
    page.wait_mark("phone", "registered")
    page.wait_mark("agent", "ready")
    again = citizen()
    again.press("3")
    page.answer_and_hear()
    again.hang_up()


def test_calls_after_several_crashes_running_are_heard_at_once(healthy, desk, citizen):
    page = desk("1001")
    for _ in range(3):
        phone = citizen()
        phone.press("3")
        page.answer_and_hear()
        assert page.mark("call") == "in-call"
        killed(healthy)
        phone.quit()
        page.wait_mark("phone", "registered")
        page.wait_mark("agent", "ready")
