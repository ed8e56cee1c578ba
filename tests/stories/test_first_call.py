"""A citizen calls and reaches a person: the stories everything else builds on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.patience import heard_until
from tests.stories.conftest import AGENT_TONES, CALLER_TONE

pytestmark = [pytest.mark.real, pytest.mark.browser]

CLEAR = -30.0


def test_key_3_reaches_the_enterprise_desk(desk, citizen, book):
    page = desk("1001")
    phone = citizen()
    phone.press("3")
    page.answer_and_hear()
    phone.hang_up()
    call = book.last_call(outcome="answered")
    assert (call["queue"], call["agent_id"], call["keys_pressed"]) == ("enterprise", "1001", "3")


def test_a_caller_who_presses_nothing_reaches_the_general_desk(desk, citizen, book):
    page = desk("1001")
    phone = citizen()
    page.wait_mark("call", "ringing")
    page.answer_and_hear()
    phone.hang_up()
    call = book.last_call(outcome="answered")
    assert (call["queue"], call["agent_id"], call["fallback"]) == ("general", "1001", False)


def test_both_sides_hear_each_other(desk, citizen, tmp_path: Path, book):
    page = desk("1001")
    phone = citizen()
    phone.press("3")
    page.answer_and_hear()
    at_desk = page.hear_until(lambda heard: heard.tone(CALLER_TONE) > CLEAR, 2.0)
    at_caller = heard_until(tmp_path / "heard-1.wav", lambda h: h.part(-2).tone(AGENT_TONES["1001"]) > CLEAR).part(-2)
    phone.stop_recording()
    phone.hang_up()
    assert at_desk.tone(CALLER_TONE) > CLEAR, f"the agent hears {at_desk.tone(CALLER_TONE):.0f} dBFS of the caller"
    assert at_caller.tone(AGENT_TONES["1001"]) > CLEAR, f"the caller hears {at_caller.level():.0f} dBFS"
    assert book.last_call()["outcome"] == "answered"
