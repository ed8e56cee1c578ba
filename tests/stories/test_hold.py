"""The agent puts the caller on hold, mutes, hangs up, and is ready for the next one."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hotline.phone.client import Phone
from hotline.phone.ear import Heard, hear
from tests.patience import LONG, again_until
from tests.stories.case_book import CaseBook
from tests.stories.conftest import AGENT_TONES, CALLER_TONE

pytestmark = [pytest.mark.real, pytest.mark.browser]

CLEAR, ABSENT = -30.0, -45.0
AGENT_TONE = AGENT_TONES["1001"]


def heard_at_the_phone(phone: Phone, file: Path, fits: Callable[[Heard], bool], seconds: float = 1.5) -> Heard:
    """What the caller hears, listened to again and again until it fits; after far too long the last one as it is."""

    def listen() -> Heard:
        phone.record(file)
        time.sleep(seconds)
        phone.stop_recording()
        return hear(file)

    return again_until(listen, fits)


def hears_the_agent(heard: Heard) -> bool:
    return heard.tone(AGENT_TONE) > CLEAR


def hears_no_agent(heard: Heard) -> bool:
    return heard.tone(AGENT_TONE) < ABSENT


def hears_only_music(heard: Heard) -> bool:
    return heard.seconds_heard() > 1.5 and heard.tone(AGENT_TONE) < heard.level() - 6


def hears_the_caller(heard: Heard) -> bool:
    return heard.tone(CALLER_TONE) > CLEAR


def talking(desk, citizen) -> tuple:
    """An agent and a caller who hear each other; the caller's phone records nothing yet."""
    page = desk("1001")
    phone = citizen()
    phone.stop_recording()
    phone.press("3")
    page.answer_and_hear()
    return page, phone


def kinds_of(book: CaseBook, agent: str) -> list[str]:
    """This agent's events, the newest last."""
    return [row["kind"] for row in book.rows("SELECT kind FROM events WHERE agent_id = $1 ORDER BY at, seq", agent)]


def test_a_held_caller_hears_music_and_both_hear_each_other_again_when_fetched_back(desk, citizen, book, tmp_path):
    page, phone = talking(desk, citizen)
    before = time.monotonic()
    page.act("hold")
    page.wait_mark("call", "held")
    held_from = time.monotonic()
    held = heard_at_the_phone(phone, tmp_path / "held.wav", hears_only_music, 2.0)
    assert held.seconds_heard() > 1.5
    assert held.tone(AGENT_TONE) < held.level() - 6, "the agent is heard through the music"
    assert page.hear_until(lambda heard: heard.tone(CALLER_TONE) < ABSENT, 1.0).tone(CALLER_TONE) < ABSENT
    held_for = time.monotonic() - held_from
    page.act("hold")
    page.wait_mark("call", "in-call")
    after = time.monotonic()
    again = heard_at_the_phone(phone, tmp_path / "again.wav", hears_the_agent)
    assert again.tone(AGENT_TONE) > CLEAR
    assert page.hear_until(hears_the_caller).tone(CALLER_TONE) > CLEAR
    phone.hang_up()
    call = book.last_call(outcome="answered")
    assert held_for - 0.5 < call["hold_s"] < after - before + 0.5
    kinds = book.events(call["call_id"])
    assert (kinds.count("CallerHeld"), kinds.count("CallerRetrieved")) == (1, 1)


def test_a_muted_agent_is_not_heard_until_the_mute_ends(desk, citizen, tmp_path):
    page, phone = talking(desk, citizen)
    assert hears_the_agent(heard_at_the_phone(phone, tmp_path / "before.wav", hears_the_agent))
    page.act("mute")
    page.wait_mark("muted", "true")
    assert hears_no_agent(heard_at_the_phone(phone, tmp_path / "muted.wav", hears_no_agent))
    assert page.hear_until(hears_the_caller).tone(CALLER_TONE) > CLEAR
    page.act("mute")
    page.wait_mark("muted", "false")
    assert hears_the_agent(heard_at_the_phone(phone, tmp_path / "after.wav", hears_the_agent))
    phone.hang_up()


def test_the_agent_hangs_up_the_caller_hears_good_bye_and_the_next_call_comes(desk, citizen, book, tmp_path):
    page, phone = talking(desk, citizen)
    phone.record(tmp_path / "end.wav")
    page.hang_up()
    phone.wait_over(seconds=LONG)
    phone.stop_recording()
    assert hear(tmp_path / "end.wav").part(0.5).sounds_like_speech()
    first = book.last_call(outcome="answered")
    page.wait_mark("agent", "ready")
    of_agent = "SELECT kind FROM events WHERE agent_id = '1001' ORDER BY at, seq"
    ending = ["AgentWrapUpStarted", "AgentBecameReady"]
    book.wait(lambda: [row["kind"] for row in book.rows(of_agent)][-2:] == ending, "a wrap-up, then ready")
    next_one = citizen(number="13900005678")
    next_one.press("3")
    page.answer_and_hear()
    assert page.hear_until(hears_the_caller).tone(CALLER_TONE) > CLEAR
    next_one.hang_up()
    calls = book.answered(2)
    assert calls[-1]["call_id"] != first["call_id"]
