"""Callers who give up and agents who do not answer."""

from __future__ import annotations

import time

import pytest

from hotline.phone.ear import Heard, hear
from tests.patience import heard_until

pytestmark = [pytest.mark.real, pytest.mark.browser]


def test_a_caller_who_gives_up_in_the_menu_is_journaled_so(citizen, book, tmp_path):
    phone = citizen()
    heard = heard_until(tmp_path / "heard-1.wav", Heard.sounds_like_speech)
    phone.stop_recording()
    phone.hang_up()
    call = book.last_call()
    assert call["outcome"] == "abandoned_in_menu"
    assert heard.sounds_like_speech()


def test_a_caller_who_gives_up_in_the_queue_heard_something_there_and_is_journaled_so(citizen, book, tmp_path):
    phone = citizen()
    phone.press("3")
    pressed = time.monotonic()
    book.wait(lambda: [row for row in book.calls() if row["joined_at"]], "the caller in the queue")
    time.sleep(3)
    phone.stop_recording()
    phone.hang_up()
    call = book.last_call()
    waited = time.monotonic() - pressed
    assert (call["outcome"], call["queue"]) == ("abandoned_in_queue", "enterprise")
    assert 3 - 0.5 < call["wait_s"] < waited
    assert hear(tmp_path / "heard-1.wav").part(-2).seconds_heard() > 1.5


def test_an_agent_who_does_not_answer_loses_the_call_to_the_next(desk, citizen, book):
    silent = desk("1001")
    phone = citizen()
    phone.press("0")
    silent.wait_mark("call", "ringing")
    helper = desk("1002")
    helper.wait_mark("call", "ringing")
    helper.answer_and_hear()
    silent.wait_mark("call", "idle")
    phone.hang_up()
    call = book.last_call(outcome="answered")
    assert call["agent_id"] == "1002"
    kinds = book.events(call["call_id"])
    assert kinds.index("AgentDidNotAnswer") < kinds.index("AgentAnswered")
