"""Asterisk is killed in the middle of a call: what was said until then can be heard."""

from __future__ import annotations

import signal
import time
import wave

import pytest

from hotline.phone.ear import hear
from tests.patience import HELD_UP, LONG
from tests.stories.conftest import AGENT_TONES, CALLER_TONE

pytestmark = [pytest.mark.real, pytest.mark.browser]

TALK_SECONDS = 9.0
LOST_AT_MOST = 1.5 + HELD_UP
"""How little exactly is lost, `tests/telephony/test_crash.py` says, without a browser beside it."""


def test_both_recordings_survive_kill_9_of_asterisk_and_the_caller_can_call_again(healthy, desk, citizen, book):
    page = desk("1001")
    phone = citizen()
    answered_at = time.monotonic()
    phone.press("3")
    page.answer_and_hear()
    talking_at = time.monotonic()
    call_id = page.call_id()
    page.page.wait_for_timeout(TALK_SECONDS * 1000)
    elapsed = {"caller": time.monotonic() - answered_at, "agent": time.monotonic() - talking_at}
    killed = healthy.signal("asterisk", signal.SIGKILL)
    healthy.wait_up("asterisk", other_than=killed, seconds=LONG)
    call = book.last_call(outcome="cut")
    assert (call["call_id"], call["agent_id"]) == (call_id, "1001")
    assert "CallCut" in book.events(call_id)
    sql = "SELECT * FROM recordings WHERE call_id = $1 AND state = 'closed'"
    rows = book.wait(lambda: (found := book.rows(sql, call_id))[1:] and found, "both recordings repaired")
    assert {row["role"] for row in rows} == {"caller", "agent"}
    for row in rows:
        file = healthy.home / row["uri"]
        with wave.open(str(file)) as whole:
            seconds = whole.getnframes() / whole.getframerate()
        assert seconds >= elapsed[row["role"]] - LOST_AT_MOST, (row["role"], seconds, elapsed)
        for tone in (CALLER_TONE, AGENT_TONES["1001"]):
            assert hear(file).tone_seconds(tone) > TALK_SECONDS - LOST_AT_MOST - 0.5, (row["role"], tone)
    plays_in_the_page(page, call_id)
    phone.quit()
    page.wait_mark("phone", "registered", seconds=2 * LONG)
    page.wait_mark("agent", "ready", seconds=2 * LONG)
    again = citizen()
    again.press("3")
    page.answer_and_hear()
    assert page.hear_until(lambda heard: heard.tone(CALLER_TONE) > -30.0).tone(CALLER_TONE) > -30.0
    again.hang_up()


def plays_in_the_page(page, call_id: str) -> None:
    page.open_view("calls")
    row = page.page.locator(f"#view tr[data-call-id='{call_id}']")
    row.wait_for(timeout=60_000)
    urls = str(row.locator("[data-play-call]").get_attribute("data-legs")).split()
    assert len(urls) == 2
    for url in urls:
        assert page.play(url) > 0.5
