"""The agent puts the caller on hold, mutes, hangs up, and is ready for the next one."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from hotline.phone.client import Phone
from hotline.phone.ear import Heard, hear
from tests.stories.conftest import AGENT_TONES, CALLER_TONE

pytestmark = [pytest.mark.real, pytest.mark.browser]

CLEAR, ABSENT = -30.0, -45.0
AGENT_TONE = AGENT_TONES["1001"]


def at_the_phone(phone: Phone, file: Path, seconds: float = 1.5) -> Heard:
    """What the caller hears from now on, for so long."""
    phone.record(file)
    time.sleep(seconds)
    phone.stop_recording()
    return hear(file)


def talking(desk, citizen) -> tuple:
    """An agent and a caller who hear each other; the caller's phone records nothing yet."""
    page = desk("1001")
    phone = citizen()
    phone.stop_recording()
    phone.press("3")
    page.answer_and_hear()
    return page, phone


def test_a_held_caller_hears_music_and_both_hear_each_other_again_when_fetched_back(desk, citizen, book, tmp_path):
    page, phone = talking(desk, citizen)
    page.act("hold")
    page.wait_mark("call", "held")
    held = at_the_phone(phone, tmp_path / "held.wav", 2.5).part(0.5)
    assert held.seconds_heard() > 1.5
    assert held.tone(AGENT_TONE) < held.level() - 6, "the agent is heard through the music"
    assert page.hear(1.0).tone(CALLER_TONE) < ABSENT
    page.act("hold")
    page.wait_mark("call", "in-call")
    again = at_the_phone(phone, tmp_path / "again.wav").part(0.5)
    assert again.tone(AGENT_TONE) > CLEAR
    assert page.hear().tone(CALLER_TONE) > CLEAR
    phone.hang_up()
    call = book.last_call(outcome="answered")
    assert call["hold_s"] == pytest.approx(3.5, abs=2)
    kinds = book.events(call["call_id"])
    assert (kinds.count("CallerHeld"), kinds.count("CallerRetrieved")) == (1, 1)


def test_a_muted_agent_is_not_heard_until_the_mute_ends(desk, citizen, tmp_path):
    page, phone = talking(desk, citizen)
    assert at_the_phone(phone, tmp_path / "before.wav").tone(AGENT_TONE) > CLEAR
    page.act("mute")
    page.wait_mark("muted", "true")
    time.sleep(0.5)  # what was under way when the microphone closed
    assert at_the_phone(phone, tmp_path / "muted.wav").tone(AGENT_TONE) < ABSENT
    assert page.hear(1.0).tone(CALLER_TONE) > CLEAR
    page.act("mute")
    page.wait_mark("muted", "false")
    assert at_the_phone(phone, tmp_path / "after.wav").part(0.5).tone(AGENT_TONE) > CLEAR
    phone.hang_up()


def test_the_agent_hangs_up_the_caller_hears_good_bye_and_the_next_call_comes(desk, citizen, book, tmp_path):
    page, phone = talking(desk, citizen)
    phone.record(tmp_path / "end.wav")
    page.hang_up()
    phone.wait_over(seconds=10)
    phone.stop_recording()
    assert hear(tmp_path / "end.wav").part(0.5).sounds_like_speech()
    first = book.last_call(outcome="answered")
    page.wait_mark("agent", "ready", seconds=10)
    kinds = [row["kind"] for row in book.rows("SELECT kind FROM events WHERE agent_id = '1001' ORDER BY at, seq")]
    assert kinds[-2:] == ["AgentWrapUpStarted", "AgentBecameReady"]
    next_one = citizen(number="13900005678")
    next_one.press("3")
    page.answer_and_hear()
    assert page.hear().tone(CALLER_TONE) > CLEAR
    next_one.hang_up()
    calls = book.answered(2)
    assert calls[-1]["call_id"] != first["call_id"]
